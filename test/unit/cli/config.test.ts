// What `ottla config` prints, and where it says that values come from.
import { expect, test } from 'vitest'
import { MetadataImage } from '../../../src/catalog/image.ts'
import { configRecord, topicRecord } from '../../../src/catalog/records.ts'
import { toTopicId } from '../../../src/base/brands.ts'
import { printConfig } from '../../../src/cli/config.ts'

const file = 'num.partitions=3\n\nlog.retention.hours=5\nssl.key.password=secret\n'

interface Given {
  readonly all?: boolean
  readonly asJson?: boolean
  readonly overrides?: readonly string[]
  readonly topics?: readonly string[]
  readonly image?: MetadataImage | Error
}

async function run(given: Given = {}) {
  let [out, error] = ['', '']
  const { all = false, asJson = false, overrides = [], topics = [], image = null } = given
  const code = await printConfig(
    { kind: 'config', file: 'server.properties', overrides, all, asJson, topics },
    {
      readMetadata: () => (image instanceof Error ? Promise.reject(image) : Promise.resolve(image)),
      environment: { KAFKA_NUM_PARTITIONS: '4', KAFKA_BROKER_ID: '9' },
      readText: () => file,
      writeOut: (text) => (out += text),
      writeError: (text) => (error += text),
    },
  )
  return { code, out, error }
}

test('each value stands under its source, the strongest one; defaults are left out', async () => {
  const { code, out } = await run({ overrides: ['auto.create.topics.enable=false'] })
  expect(code).toBe(0)
  expect(out).toContain('# environment variable KAFKA_NUM_PARTITIONS\nnum.partitions=4\n')
  expect(out).toContain('# server.properties line 3\nlog.retention.hours=5\n')
  expect(out).toContain('# --override\nauto.create.topics.enable=false\n')
  expect(out).not.toContain('log.segment.bytes')
})

test('secrets are hidden', async () => {
  const { out } = await run()
  expect(out).toContain('#ssl.key.password= (hidden)')
  expect(out).not.toContain('secret')
})

test('with --all defaults are there too; JSON names key, value and source', async () => {
  expect((await run({ all: true })).out).toContain('# default\nlog.segment.bytes=1073741824\n')
  const rows: unknown = JSON.parse((await run({ asJson: true })).out)
  expect(rows).toContainEqual({
    key: 'num.partitions',
    value: '4',
    source: 'environment variable KAFKA_NUM_PARTITIONS',
    hidden: false,
  })
})

test('what start would refuse is refused', async () => {
  const { code, error } = await run({ overrides: ['num.io.threads=x'] })
  expect(code).toBe(1)
  expect(error).toContain('num.io.threads=x (--override) is refused')
})

/** A data directory in which things were set while a broker ran. */
function imageOf(): MetadataImage {
  const image = new MetadataImage()
  image.apply(topicRecord('orders', toTopicId('AAAAAAAAAAAAAAAAAAAABw')))
  for (const [resource, name, key, value] of [
    ['broker', '', 'log.cleaner.threads', '3'],
    ['broker', '', 'log.retention.ms', '70000'],
    ['broker', '9', 'log.retention.ms', '80000'],
    ['broker', '9', 'max.connections', 'many'],
    ['broker', '9', 'listener.name.tls.ssl.keystore.password', 'secret'],
    ['topic', 'orders', 'cleanup.policy', 'compact'],
  ] as const) {
    image.apply(configRecord(resource, name, { name: key, value }))
  }
  return image
}

test('what was set while a broker ran stands before what was provided, as the broker takes it', async () => {
  const { code, out, error } = await run({ image: imageOf() })
  expect(code).toBe(0)
  expect(out).toContain('# set for this broker, while it ran\nlog.retention.ms=80000\n')
  expect(out).toContain('# set for all brokers, while one ran\nlog.cleaner.threads=3\n')
  expect(out).toContain('# environment variable KAFKA_NUM_PARTITIONS\nnum.partitions=4\n')
  expect(out).not.toContain('secret')
  expect(out).not.toContain('max.connections=many')
  expect(error).toBe('ottla: the dynamic value of max.connections does not fit, and is left out\n')
})

test('topics are told on request, with what they take from their broker', async () => {
  const { out } = await run({ image: imageOf(), topics: ['orders'] })
  expect(out).toContain('# topic orders: set for the topic\ncleanup.policy=compact\n')
  expect(out).toContain(
    '# topic orders: log.retention.ms, set for this broker, while it ran\nretention.ms=80000\n',
  )
  const rows: unknown = JSON.parse(
    (await run({ image: imageOf(), topics: ['orders'], asJson: true })).out,
  )
  const row = { key: 'cleanup.policy', value: 'compact', source: 'set for the topic' }
  expect(rows).toContainEqual({ topic: 'orders', ...row, hidden: false })
  const unknown = await run({ image: imageOf(), topics: ['nowhere'] })
  expect(unknown).toMatchObject({ code: 1, out: '' })
  expect(unknown.error).toContain('the data directory has no topic "nowhere"')
})

test('where the metadata cannot be read, what was provided is told all the same', async () => {
  const { code, out, error } = await run({ image: new Error('EACCES') })
  expect(code).toBe(0)
  expect(out).toContain('num.partitions=4\n')
  expect(error).toBe('ottla: what was set while a broker ran is not shown: EACCES\n')
})
