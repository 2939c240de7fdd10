// Clients from before Kafka 0.11, request by request: Produce 0-2 and Fetch 0-3 with message formats 0 and 1
// and every codec of their time, converted on the way into the log and out of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompressionCodec } from '../../protocol/compression.ts'
import { errorName } from '../../protocol/errors.ts'
import { buildMessageSet, readMessages, type LegacyMagic } from '../../protocol/message-set.ts'
import { batchCompression, batchMagic, batchSizeAt } from '../../protocol/record-batch.ts'
import {
  buildCompressedRecordBatch,
  buildRecordBatch,
  readRecords,
  type BatchRecord,
} from '../../protocol/records.ts'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { uniqueName } from '../support/kafkajs.ts'
import { createTopic, readPartition } from '../support/partition-reader.ts'
import { WireClient } from '../support/wire-client.ts'

const limitBytes = 1 << 24
const timestamp = 1_700_000_000_000
const codecIds: readonly CompressionCodec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const legacyCodecs: readonly CompressionCodec[] = ['none', 'gzip', 'snappy', 'lz4']

/** Which Produce and Fetch versions speak which message format. */
const formats: readonly { magic: LegacyMagic; produce: number[]; fetch: number[] }[] = [
  { magic: 0, produce: [0, 1], fetch: [0, 1] },
  { magic: 1, produce: [2], fetch: [2, 3] },
]
const matrix = formats.flatMap((format) => legacyCodecs.map((codec) => ({ ...format, codec })))
const fetchVersionWithBatches = 4

interface Message {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
}

let broker: TestBroker
let client: WireClient

beforeAll(async () => {
  broker = await startTestBroker()
  client = await WireClient.open(broker.bootstrap)
})

afterAll(async () => {
  client.end()
  await broker.stop()
})

async function freshTopic(configs: Record<string, string> = {}): Promise<string> {
  const name = uniqueName('legacy')
  await createTopic(client, { name, partitions: 2 }, configs)
  return name
}

/** Messages with all kinds of keys and values, large enough that compression counts. */
function messagesFrom(offset: number, count: number): Message[] {
  return Array.from({ length: count }, (_, at) => ({
    offset: offset + at,
    timestamp: timestamp + at,
    key: at % 3 === 0 ? null : `key-${offset + at}`,
    value: at % 5 === 4 ? null : `value-${offset + at}-${'abc'.repeat(at % 50)}`,
  }))
}

const bytesOrNull = (text: string | null): Buffer | null =>
  text === null ? null : Buffer.from(text)

async function messageSet(
  messages: readonly Message[],
  magic: LegacyMagic,
  codec: CompressionCodec,
): Promise<Buffer> {
  const written = messages.map((message, at) => ({
    offset: at,
    timestamp: message.timestamp,
    key: bytesOrNull(message.key),
    value: bytesOrNull(message.value),
  }))
  return buildMessageSet({ magic, messages: written, timestampType: 'CreateTime' }, codec)
}

async function produce(
  version: number,
  topic: string,
  records: Buffer,
  partition = 0,
): Promise<{ error: string; baseOffset: number }> {
  const { responses } = await client.call('Produce', version, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  })
  const { errorCode = -1, baseOffset = -1 } = responses[0]?.partitionResponses[0] ?? {}
  return { error: errorName(errorCode), baseOffset }
}

async function fetch(
  version: number,
  topic: string,
  offset = 0,
  partitionMaxBytes = limitBytes,
): Promise<{ error: string; bytes: Buffer; highWatermark: number }> {
  const { responses } = await client.call('Fetch', version, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes }] }],
    forgottenTopicsData: [],
  })
  const answer = responses[0]?.partitions[0]
  const { errorCode = -1, records = null, highWatermark = -1 } = answer ?? {}
  const bytes = records === null ? Buffer.alloc(0) : Buffer.from(records as Buffer)
  return { error: errorName(errorCode), bytes, highWatermark }
}

/** The messages in a set, whose entries must all be of one format. */
async function messagesIn(set: Buffer, magic: LegacyMagic): Promise<Message[]> {
  const messages: Message[] = []
  for (let at = 0; at < set.length;) {
    const size = batchSizeAt(set, at, set.length)
    if (size < 0) break
    expect(batchMagic(set, at)).toBe(magic)
    for (const message of await readMessages(set, at, limitBytes)) messages.push(plain(message))
    at += size
  }
  return messages
}

const plain = ({ offset, timestamp: time, key, value }: Omit<BatchRecord, 'headers'>): Message => ({
  offset,
  timestamp: time,
  key: key?.toString() ?? null,
  value: value?.toString() ?? null,
})

const withoutTimes = (messages: readonly Message[]): Message[] =>
  messages.map((message) => ({ ...message, timestamp: -1 }))

describe.each(matrix)('message format $magic with codec $codec', ({ magic, codec, ...format }) => {
  const known = (messages: readonly Message[]): Message[] =>
    magic === 0 ? withoutTimes(messages) : [...messages]

  test('is stored as batches with the same messages and codec', async () => {
    const topic = await freshTopic()
    const sent: Message[] = []
    for (const version of format.produce) {
      const messages = messagesFrom(sent.length, 40)
      const records = await messageSet(messages, magic, codec)
      expect(await produce(version, topic, records)).toEqual({
        error: 'NONE',
        baseOffset: sent.length,
      })
      sent.push(...messages)
    }
    const batches = await readPartition(client, { topic, partition: 0 })
    expect(batches).toHaveLength(format.produce.length)
    const stored = batches.flatMap(({ records }) => records.map(plain))
    expect(stored).toEqual(known(sent))
    const { bytes } = await fetch(fetchVersionWithBatches, topic)
    expect(batchMagic(bytes, 0)).toBe(2)
    expect(codecIds[batchCompression(bytes, 0)]).toBe(codec)
  })

  test('is what old consumers get of batches that a new producer wrote', async () => {
    const topic = await freshTopic()
    const sent = messagesFrom(0, 60)
    const records = sent.map((message) => ({
      timestamp: message.timestamp,
      key: bytesOrNull(message.key),
      value: bytesOrNull(message.value),
      headers: [{ key: 'lost', value: Buffer.from('old formats have no headers') }],
    }))
    for (const half of [records.slice(0, 30), records.slice(30)]) {
      const batch = await buildCompressedRecordBatch({ records: half }, codec)
      expect((await produce(9, topic, batch)).error).toBe('NONE')
    }
    for (const version of format.fetch) {
      const all = await fetch(version, topic)
      expect(all.highWatermark).toBe(60)
      expect(await messagesIn(all.bytes, magic)).toEqual(known(sent))
      // From the middle of a batch: whatever comes before in a wrapper is the consumer's to skip.
      const middle = await messagesIn((await fetch(version, topic, 45)).bytes, magic)
      expect(middle.filter(({ offset }) => offset >= 45)).toEqual(known(sent.slice(45)))
      expect(middle[0]?.offset).toBe(codec === 'none' ? 45 : 30)
    }
  })
})

test('a consumer of any version reads what producers of all versions wrote', async () => {
  const topic = await freshTopic()
  const sent: Message[] = []
  for (const { magic, produce: versions } of formats) {
    for (const version of versions) {
      const messages = messagesFrom(sent.length, 5)
      await produce(version, topic, await messageSet(messages, magic, 'gzip'))
      sent.push(...(magic === 0 ? withoutTimes(messages) : messages))
    }
  }
  for (const version of [3, 9, 13]) {
    if (version === 13) continue // by id: the same records, another address
    const messages = messagesFrom(sent.length, 5)
    const records = messages.map(({ key, value, timestamp: time }) => ({
      timestamp: time,
      key: bytesOrNull(key),
      value: bytesOrNull(value),
    }))
    await produce(version, topic, buildRecordBatch({ records }))
    sent.push(...messages)
  }
  for (let version = 0; version <= 3; version++) {
    const magic = version < 2 ? 0 : 1
    const { bytes } = await fetch(version, topic)
    const expected = magic === 0 ? withoutTimes(sent) : sent
    expect(await messagesIn(bytes, magic)).toEqual(expected)
  }
  for (let version = fetchVersionWithBatches; version <= 12; version++) {
    const { bytes } = await fetch(version, topic)
    const stored: Message[] = []
    for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at, bytes.length)) {
      stored.push(...(await readRecords(bytes, at, limitBytes)).map(plain))
    }
    expect(stored).toEqual(sent)
  }
})

test('old requests that are pipelined over one connection are answered in order', async () => {
  const topic = await freshTopic()
  const sent: Message[] = []
  const answers: Promise<{ error: string; baseOffset: number }>[] = []
  const expected: { error: string; baseOffset: number }[] = []
  for (let round = 0; round < 40; round++) {
    const { magic, codec, produce: versions } = matrix[round % matrix.length] ?? { produce: [] }
    if (magic === undefined || codec === undefined) continue
    const messages = messagesFrom(sent.length, 1 + (round % 9))
    const records = await messageSet(messages, magic, codec)
    expected.push({ error: 'NONE', baseOffset: sent.length })
    sent.push(...messages)
    answers.push(produce(versions[0] ?? 0, topic, records))
  }
  expect(await Promise.all(answers)).toEqual(expected)
  const stored = await readPartition(client, { topic, partition: 0 })
  expect(withoutTimes(stored.flatMap(({ records }) => records.map(plain)))).toEqual(
    withoutTimes(sent),
  )
})

test('a topic with append time gives old clients that time, and one codec for all', async () => {
  const topic = await freshTopic({
    'message.timestamp.type': 'LogAppendTime',
    'compression.type': 'gzip',
  })
  const before = Date.now()
  const set = await messageSet(messagesFrom(0, 10), 1, 'snappy')
  expect((await produce(2, topic, set)).error).toBe('NONE')
  const { bytes } = await fetch(3, topic)
  const messages = await messagesIn(bytes, 1)
  expect(messages).toHaveLength(10)
  expect(messages.every((message) => message.timestamp >= before)).toBe(true)
  const batches = await fetch(fetchVersionWithBatches, topic)
  expect(codecIds[batchCompression(batches.bytes, 0)]).toBe('gzip')
})

test('zstd is refused where the version cannot say it', async () => {
  const topic = await freshTopic()
  const records = [{ timestamp, key: null, value: Buffer.from('z') }]
  const batch = await buildCompressedRecordBatch({ records }, 'zstd')
  expect((await produce(6, topic, batch)).error).toBe('UNSUPPORTED_COMPRESSION_TYPE')
  expect((await produce(7, topic, batch)).error).toBe('NONE')
  for (const version of [0, 3]) {
    expect((await fetch(version, topic)).error).toBe('UNSUPPORTED_COMPRESSION_TYPE')
  }
  // Nothing is converted from version 4 on: Kafka, too, hands out what is stored.
  for (const version of [4, 9, 10]) expect((await fetch(version, topic)).error).toBe('NONE')
  const chosen = await freshTopic({ 'compression.type': 'zstd' })
  expect((await produce(7, chosen, buildRecordBatch({ records }))).error).toBe('NONE')
  expect((await fetch(9, chosen)).error).toBe('UNSUPPORTED_COMPRESSION_TYPE')
  expect((await fetch(10, chosen)).error).toBe('NONE')
})

test('damaged and foreign message sets are refused and leave nothing', async () => {
  const topic = await freshTopic()
  const whole = await messageSet(messagesFrom(0, 5), 1, 'gzip')
  const damaged = Buffer.from(whole)
  damaged[whole.length - 1] = (damaged[whole.length - 1] ?? 0) ^ 0xff
  expect((await produce(2, topic, damaged)).error).toBe('CORRUPT_MESSAGE')
  const nobody = await produce(1, uniqueName('nobody'), whole)
  expect(nobody.error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  expect((await produce(2, topic, whole, 7)).error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  expect(await readPartition(client, { topic, partition: 0 })).toEqual([])
})

test('an old client finds its way: Metadata 0, ListOffsets 0, the group APIs 0', async () => {
  const topic = await freshTopic()
  await produce(0, topic, await messageSet(messagesFrom(0, 12), 0, 'none'))
  const metadata = await client.call('Metadata', 0, { topics: [{ name: topic }] })
  expect(metadata.brokers.map(({ port }) => port)).toEqual([broker.port])
  expect(metadata.topics[0]?.partitions).toHaveLength(2)
  const listed = await client.call('ListOffsets', 0, {
    replicaId: -1,
    topics: [
      { name: topic, partitions: [{ partitionIndex: 0, timestamp: -1, maxNumOffsets: 10 }] },
    ],
  } as never)
  expect(listed.topics[0]?.partitions[0]?.oldStyleOffsets).toEqual([12, 0])

  const groupId = uniqueName('group')
  const coordinator = await client.call('FindCoordinator', 0, { key: groupId })
  expect(coordinator).toMatchObject({ errorCode: 0, port: broker.port })
  const joined = await client.call('JoinGroup', 0, {
    groupId,
    sessionTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('subscription') }],
  })
  expect(joined).toMatchObject({ errorCode: 0, generationId: 1, leader: joined.memberId })
  const member = { groupId, generationId: joined.generationId, memberId: joined.memberId }
  const assignment = Buffer.from('mine')
  const assignments = [{ memberId: joined.memberId, assignment }]
  const synced = await client.call('SyncGroup', 0, { ...member, assignments })
  expect(synced).toMatchObject({ errorCode: 0, assignment })
  const committed = await client.call('OffsetCommit', 1, {
    groupId,
    generationIdOrMemberEpoch: joined.generationId,
    memberId: joined.memberId,
    topics: [
      {
        name: topic,
        partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'old' }],
      },
    ],
  })
  expect(committed.topics[0]?.partitions[0]?.errorCode).toBe(0)
  const topics = [{ name: topic, partitionIndexes: [0] }]
  const fetched = await client.call('OffsetFetch', 1, { groupId, topics })
  expect(fetched.topics[0]?.partitions[0]).toMatchObject({ committedOffset: 7, metadata: 'old' })
  expect((await client.call('Heartbeat', 0, member)).errorCode).toBe(0)
  const left = await client.call('LeaveGroup', 0, { groupId, memberId: joined.memberId })
  expect(left.errorCode).toBe(0)
})
