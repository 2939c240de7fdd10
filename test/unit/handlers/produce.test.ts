import { beforeEach, describe, expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { buildRecordBatch, readRecords } from '../../../protocol/records.ts'
import { SimBroker } from '../../support/sim-broker.ts'

let broker: SimBroker

beforeEach(async () => {
  broker = await SimBroker.start()
})

const batchOf = (count = 1, changes: object = {}): Buffer =>
  buildRecordBatch({
    records: Array.from({ length: count }, (_, index) => ({
      timestamp: broker.clock.nowMs(),
      key: Buffer.from(`k${index}`),
      value: Buffer.from(`v${index}`),
    })),
    ...changes,
  })

async function produce(
  partitions: { topic?: string; index?: number; records: Buffer | null }[],
  options: { acks?: number; version?: number; transactionalId?: string } = {},
) {
  const topicData = partitions.map(({ topic = 't', index = 0, records }) => ({
    name: topic,
    partitionData: [{ index, records }],
  }))
  const request = {
    acks: options.acks ?? -1,
    timeoutMs: 1000,
    topicData,
    transactionalId: options.transactionalId ?? null,
  }
  const answer = await broker.send('Produce', options.version ?? 9, request)
  if (typeof answer === 'string') return answer
  return answer.responses.flatMap((topic) =>
    topic.partitionResponses.map((partition) => ({
      topic: topic.name,
      partition: partition.index,
      error: errorName(partition.errorCode),
      baseOffset: partition.baseOffset,
      logStartOffset: partition.logStartOffset,
    })),
  )
}

describe('Produce', () => {
  test('offsets count up over batches, in request order', async () => {
    await broker.createTopic('t', 2)
    const first = await produce([
      { records: batchOf(3) },
      { topic: 't', index: 1, records: batchOf(1) },
    ])
    expect(first).toEqual([
      { topic: 't', partition: 0, error: 'NONE', baseOffset: 0, logStartOffset: 0 },
      { topic: 't', partition: 1, error: 'NONE', baseOffset: 0, logStartOffset: 0 },
    ])
    expect(await produce([{ records: batchOf(2) }])).toMatchObject([{ baseOffset: 3 }])
    expect(broker.bugs).toEqual([])
  })

  test('an unknown topic or partition is refused beside partitions that are written', async () => {
    await broker.createTopic('t')
    const answers = await produce([
      { topic: 'no', records: batchOf() },
      { records: batchOf() },
      { index: 9, records: batchOf() },
    ])
    expect(answers).toMatchObject([
      { topic: 'no', error: 'UNKNOWN_TOPIC_OR_PARTITION', baseOffset: -1 },
      { topic: 't', partition: 0, error: 'NONE' },
      { topic: 't', partition: 9, error: 'UNKNOWN_TOPIC_OR_PARTITION', baseOffset: -1 },
    ])
  })

  test('a partition that is named twice counts once, with its last records', async () => {
    await broker.createTopic('t')
    expect(await produce([{ records: batchOf(5) }, { records: batchOf(1) }])).toMatchObject([
      { baseOffset: 0 },
    ])
    expect(await produce([{ records: batchOf() }])).toMatchObject([{ baseOffset: 1 }])
  })

  test('acks other than -1, 0 and 1 are refused for every partition', async () => {
    await broker.createTopic('t')
    expect(await produce([{ records: batchOf() }], { acks: 2 })).toMatchObject([
      { error: 'INVALID_REQUIRED_ACKS' },
    ])
    expect(await produce([{ records: batchOf() }])).toMatchObject([{ baseOffset: 0 }])
  })

  test('acks 0 has no answer, and a refusal closes the connection', async () => {
    await broker.createTopic('t')
    expect(await produce([{ records: batchOf() }], { acks: 0 })).toBe('no-answer')
    expect(await produce([{ topic: 'no', records: batchOf() }], { acks: 0 })).toBe('close')
    expect(await produce([{ records: batchOf() }])).toMatchObject([{ baseOffset: 1 }])
  })

  test('no records and damaged records are refused', async () => {
    await broker.createTopic('t')
    const damaged = batchOf()
    damaged[damaged.length - 1]! ^= 1
    expect(await produce([{ records: null }])).toMatchObject([
      { error: 'INVALID_RECORD', logStartOffset: 0 },
    ])
    expect(await produce([{ records: damaged }])).toMatchObject([
      { error: 'CORRUPT_MESSAGE', logStartOffset: -1 },
    ])
  })

  test('a duplicate of an idempotent producer gets the original offset, a gap is refused', async () => {
    await broker.createTopic('t')
    const send = (baseSequence: number) =>
      produce([{ records: batchOf(2, { producerId: 7, producerEpoch: 0, baseSequence }) }])
    expect(await send(0)).toMatchObject([{ error: 'NONE', baseOffset: 0 }])
    expect(await send(2)).toMatchObject([{ error: 'NONE', baseOffset: 2 }])
    expect(await send(0)).toMatchObject([{ error: 'NONE', baseOffset: 0 }])
    expect(await send(9)).toMatchObject([
      { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', logStartOffset: 0 },
    ])
    expect(await send(4)).toMatchObject([{ error: 'NONE', baseOffset: 4 }])
  })

  test('transactional records of nobody’s transaction are refused', async () => {
    await broker.createTopic('t')
    const records = () =>
      batchOf(1, { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true })
    expect(await produce([{ records: records() }])).toMatchObject([
      { error: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' },
    ])
    expect(await produce([{ records: records() }], { transactionalId: 'x' })).toMatchObject([
      { error: 'INVALID_PRODUCER_ID_MAPPING', logStartOffset: -1 },
    ])
  })

  test('records that the topic refuses are named by their index', async () => {
    await broker.createTopic('t', 1, { 'cleanup.policy': 'compact' })
    const records = buildRecordBatch({
      records: [
        { timestamp: 1, key: Buffer.from('k'), value: null },
        { timestamp: 1, key: null, value: Buffer.from('v') },
      ],
    })
    const answer = await broker.ask('Produce', 9, {
      acks: -1,
      timeoutMs: 1,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    })
    const [partition] = answer.responses[0]?.partitionResponses ?? []
    expect(errorName(partition?.errorCode ?? 0)).toBe('INVALID_RECORD')
    expect(partition?.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1])
    expect(partition?.errorMessage).not.toBeNull()
  })

  test('from version 13 on topics are named by id', async () => {
    const topicId = await broker.createTopic('t')
    const ask = (id: string) =>
      broker.ask('Produce', 13, {
        acks: -1,
        timeoutMs: 1,
        topicData: [{ topicId: id, partitionData: [{ index: 0, records: batchOf() }] }],
      })
    const good = await ask(topicId)
    expect(good.responses[0]).toMatchObject({
      topicId,
      partitionResponses: [{ errorCode: 0, baseOffset: 0 }],
    })
    const unknown = await ask('AAAAAAAAAAAAAAAAAAAAcQ')
    expect(errorName(unknown.responses[0]?.partitionResponses[0]?.errorCode ?? 0)).toBe(
      'UNKNOWN_TOPIC_ID',
    )
  })

  test('what is acknowledged is there after the process died', async () => {
    await broker.createTopic('t')
    await produce([{ records: batchOf(3) }])
    const next = await SimBroker.start({}, { disk: broker.disk.kill() })
    const answer = await next.ask('Fetch', 12, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        { topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000 }] },
      ],
    })
    const records = answer.responses[0]?.partitions[0]?.records
    expect(records instanceof Buffer ? await readRecords(records, 0, 10_000) : []).toHaveLength(3)
  })
})
