// Consume, transform, produce with kafkajs, exactly once: broker, producer and processor are processes of their own,
// and each is killed (SIGKILL) in turn. What a consumer of committed data reads at the end is each input once.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startTestBroker } from '../support/broker.ts'
import { eventually, kafkaClient, readTopic } from '../support/kafkajs.ts'
import { createTopic, readPartition } from '../support/partition-reader.ts'
import { WireClient } from '../support/wire-client.ts'

const rounds = Number(process.env['OTTLA_CRASH_ROUNDS'] ?? 2)
const worker = fileURLToPath(new URL('../support/exactly-once-worker.ts', import.meta.url))
const loadMs = 900
const settings = { 'ottla.group.disconnect.timeout.ms': 500 }
const [input, output] = ['input', 'output']

/** A worker that is started again whenever it ends. */
class Worker {
  readonly #args: readonly string[]
  #child: ChildProcess | null = null
  #isOver = false
  lives = 0

  constructor(...args: readonly string[]) {
    this.#args = args
    this.#start()
  }

  #start(): void {
    this.lives += 1
    const args = ['--import', 'tsx', worker, ...this.#args]
    const child = spawn(process.execPath, args, { stdio: 'ignore' })
    this.#child = child
    child.once('exit', () => {
      if (!this.#isOver) this.#start()
    })
  }

  /** SIGKILL; the next life begins at once. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async end(): Promise<void> {
    this.#isOver = true
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}

async function endOf(client: WireClient, topic: string): Promise<number> {
  const batches = await readPartition(client, { topic, partition: 0 })
  return (batches.at(-1)?.lastOffset ?? -1) + 1
}

test('each input is read once from the output, whoever is killed', async () => {
  const first = await startTestBroker({ overrides: settings })
  const { bootstrap, port, dataDir } = first
  let broker = first
  const setup = await WireClient.open(bootstrap)
  for (const name of [input, output]) await createTopic(setup, { name, partitions: 1 }, {})
  setup.end()
  const producer = new Worker('produce', bootstrap, input)
  const processor = new Worker('process', bootstrap, input, output)
  try {
    await waitForOutput(bootstrap, 0)
    for (let round = 0; round < rounds; round++) {
      producer.kill()
      await sleep(loadMs)
      await broker.kill()
      broker = await startTestBroker({ port, dataDir, overrides: settings })
      await sleep(loadMs)
      processor.kill()
      await sleep(loadMs)
    }
    await producer.end()
    await waitForOutput(bootstrap, await inputEnd(bootstrap))
  } finally {
    await Promise.all([producer.end(), processor.end()])
  }
  const count = await inputEnd(bootstrap)
  const received = await readTopic(kafkaClient(bootstrap), output, count)
  expect(count).toBeGreaterThan(0)
  expect(producer.lives).toBeGreaterThan(rounds)
  expect(processor.lives).toBeGreaterThan(rounds)
  expect(received.map(({ value }) => value)).toEqual(
    Array.from({ length: count }, (_, offset) => `0@${offset}`),
  )
  await broker.stop()
})

async function inputEnd(bootstrap: string): Promise<number> {
  const client = await WireClient.open(bootstrap)
  try {
    return await endOf(client, input)
  } finally {
    client.end()
  }
}

/** Until the processor has committed `offset` (or anything at all, for 0). */
async function waitForOutput(bootstrap: string, offset: number): Promise<void> {
  const admin = kafkaClient(bootstrap).admin()
  await admin.connect()
  const committed = async (): Promise<boolean> => {
    const groupId = `${input}-processor`
    const [found] = await admin.fetchOffsets({ groupId, topics: [input] })
    return Number(found?.partitions[0]?.offset ?? -1) >= Math.max(1, offset)
  }
  try {
    await eventually(`the processor is at ${offset}`, committed, 60_000)
  } finally {
    await admin.disconnect()
  }
}
