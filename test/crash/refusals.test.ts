// What a broker refuses at its start or later, with the exit code and the words that help; and that a refused
// start harms nothing.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  BrokerRefusedToStart,
  newDataDirectory,
  startTestBroker,
  type TestBroker,
  type TestBrokerOptions,
} from '../support/broker.ts'
import { WireClient } from '../support/wire-client.ts'

let broker: TestBroker

beforeAll(async () => {
  broker = await startTestBroker()
})

afterAll(() => broker.stop())

/** How a start that must fail ends. */
async function refusal(options: TestBrokerOptions): Promise<{ code: number | null; text: string }> {
  try {
    const started = await startTestBroker(options)
    await started.stop()
  } catch (error) {
    if (!(error instanceof BrokerRefusedToStart)) throw error
    return { code: error.exit.code, text: error.output }
  }
  throw new Error('the broker started')
}

async function expectServing(): Promise<void> {
  const client = await WireClient.open(broker.bootstrap)
  const { errorCode } = await client.call('ApiVersions', 0, {})
  expect(errorCode).toBe(0)
  client.end()
}

test('a second broker on the same data directory ends with 2 and says who holds it', async () => {
  const { code, text } = await refusal({ dataDir: broker.dataDir })
  expect(code).toBe(2)
  expect(text).toContain(`${broker.dataDir} is in use by another broker`)
  await expectServing()
})

test('a port that is taken ends the start with 1, names the listener, and frees the data', async () => {
  const dataDir = newDataDirectory()
  const { code, text } = await refusal({ dataDir, port: broker.port })
  expect(code).toBe(1)
  expect(text).toContain(String(broker.port))
  const started = await startTestBroker({ dataDir })
  expect((await started.stop()).code).toBe(0)
  await expectServing()
})

test.each([
  ['num.partitions', 'many'],
  ['log.segment.bytes', '-5'],
  ['ottla.durability', 'perhaps'],
  ['listeners', 'nonsense'],
])('%s=%s ends the start with 1 and names the key and the value', async (key, value) => {
  const { code, text } = await refusal({ overrides: { [key]: value } })
  expect(code).toBe(1)
  expect(text).toContain(key)
  expect(text).toContain(value)
})

test('an unknown key is a warning, and the broker serves', async () => {
  const started = await startTestBroker({ overrides: { 'num.partitoins': 3 } })
  expect(started.output()).toContain('num.partitoins')
  expect((await started.stop()).code).toBe(0)
})

test('a damaged meta.properties ends the start with 2 and names the file', async () => {
  const dataDir = newDataDirectory()
  const path = join(dataDir, 'meta.properties')
  writeFileSync(path, 'version=1\nnothing=useful\n')
  const { code, text } = await refusal({ dataDir })
  expect(code).toBe(2)
  expect(text).toContain(path)
})

test.each(['a/b', '../escape', '..', '.', '', 'a b', 'x'.repeat(250)])(
  'a topic named "%s" is refused and leaves no directory',
  async (name) => {
    const directories = () => readdirSync(broker.dataDir).sort()
    const before = directories()
    const client = await WireClient.open(broker.bootstrap)
    const { topics } = await client.call('CreateTopics', 7, {
      topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    })
    const invalidTopic = 17
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([invalidTopic])
    client.end()
    expect(directories()).toEqual(before)
  },
)
