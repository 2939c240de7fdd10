import { describe, expect, test } from 'vitest'
import { buildRecordBatch } from '../../../protocol/records.ts'
import { SimBroker } from '../../support/sim-broker.ts'

async function brokerWith(quotas: Record<string, number>): Promise<SimBroker> {
  const broker = await SimBroker.start()
  await createTopic(broker, 't')
  const ops = Object.entries(quotas).map(([key, value]) => ({ key, value, remove: false }))
  const entity = [{ entityType: 'user', entityName: 'ANONYMOUS' }]
  const altered = await broker.ask('AlterClientQuotas', 1, {
    entries: [{ entity, ops }],
    validateOnly: false,
  })
  expect(altered.entries.map((entry) => entry.errorCode)).toEqual([0])
  broker.connection.mutedMs.length = 0
  return broker
}

async function createTopic(broker: SimBroker, name: string, numPartitions = 1, version = 7) {
  const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }
  const answer = await broker.ask('CreateTopics', version, {
    topics: [topic],
    timeoutMs: 1000,
    validateOnly: false,
  })
  const [{ errorCode, errorMessage } = { errorCode: -1, errorMessage: '' }] = answer.topics
  return { errorCode, errorMessage, throttleTimeMs: answer.throttleTimeMs }
}

const records = (byteLength: number): Buffer =>
  buildRecordBatch({ records: [{ timestamp: 1, key: null, value: Buffer.alloc(byteLength) }] })

const produceRequest = (byteLength: number, acks = 1) => ({
  transactionalId: null,
  acks,
  timeoutMs: 1000,
  topicData: [{ name: 't', partitionData: [{ index: 0, records: records(byteLength) }] }],
})

async function fetch(broker: SimBroker, fetchOffset = 0) {
  const partition = { partition: 0, fetchOffset, partitionMaxBytes: 1e6, currentLeaderEpoch: -1 }
  const answer = await broker.ask('Fetch', 11, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1e6,
    topics: [{ topic: 't', partitions: [partition] }],
    forgottenTopicsData: [],
    rackId: '',
  } as never)
  return answer
}

describe('produce', () => {
  test('is appended, answered with its throttle time, and mutes its connection that long', async () => {
    const broker = await brokerWith({ producer_byte_rate: 1000 })
    const calm = await broker.ask('Produce', 9, produceRequest(5000))
    expect(calm.throttleTimeMs).toBe(0)
    expect(broker.connection.mutedMs).toEqual([])
    const over = await broker.ask('Produce', 9, produceRequest(10_000))
    expect(over.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 1 })
    // A little more than 15,000 bytes at 1000 bytes per second, of which ten seconds are free.
    expect(over.throttleTimeMs).toBeGreaterThan(5000)
    expect(over.throttleTimeMs).toBeLessThan(6000)
    expect(broker.connection.mutedMs).toEqual([over.throttleTimeMs])
    await broker.core.close()
  })

  test('without answers only the muting tells', async () => {
    const broker = await brokerWith({ producer_byte_rate: 1000, request_percentage: 1 })
    expect(await broker.send('Produce', 9, produceRequest(20_000, 0))).toBe('no-answer')
    expect(broker.connection.mutedMs).toHaveLength(1)
    await broker.core.close()
  })

  test('other users go on', async () => {
    const broker = await brokerWith({ producer_byte_rate: 1000 })
    await broker.ask('Produce', 9, produceRequest(20_000))
    const other = broker.connect('User:other')
    const answer = await broker.send('Produce', 9, produceRequest(20_000), other)
    expect(answer).toMatchObject({ throttleTimeMs: 0 })
    expect(other.mutedMs).toEqual([])
    await broker.core.close()
  })
})

describe('fetch', () => {
  test('over the quota gets nothing, and all of it later', async () => {
    const broker = await brokerWith({ consumer_byte_rate: 1000 })
    await broker.ask('Produce', 9, produceRequest(6000))
    const first = await fetch(broker)
    expect(first.throttleTimeMs).toBe(0)
    expect(first.responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(6000)
    const second = await fetch(broker)
    expect(second).toMatchObject({ errorCode: 0, responses: [] })
    expect(second.throttleTimeMs).toBeGreaterThan(1000)
    expect(broker.connection.mutedMs).toEqual([second.throttleTimeMs])
    broker.clock.advance(12_000)
    const third = await fetch(broker)
    expect(third.throttleTimeMs).toBe(0)
    expect(third.responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(6000)
    await broker.core.close()
  })

  test('never asks the log for more than the quota lets through at once', async () => {
    const broker = await brokerWith({ consumer_byte_rate: 500 })
    for (let at = 0; at < 4; at++) await broker.ask('Produce', 9, produceRequest(2000))
    // As much as ten seconds allow, and the fields around it: a moment later that fits.
    const first = await fetch(broker)
    expect(first.throttleTimeMs).toBeLessThan(200)
    broker.clock.advance(first.throttleTimeMs)
    const answer = await fetch(broker)
    expect(answer.throttleTimeMs).toBe(0)
    expect(answer.responses[0]?.partitions[0]?.records?.length).toBe(5000)
    await broker.core.close()
  })
})

describe('changes to topics', () => {
  const tooMany = 89

  test('are refused while the client owes, from the versions on that know the error', async () => {
    const broker = await brokerWith({ controller_mutation_rate: 1 })
    expect(await createTopic(broker, 'many', 15)).toMatchObject({ errorCode: 0, throttleTimeMs: 0 })
    const refused = await createTopic(broker, 'more')
    expect(refused).toMatchObject({ errorCode: tooMany, throttleTimeMs: 4000 })
    expect(broker.connection.mutedMs).toEqual([4000])
    const deleted = await broker.ask('DeleteTopics', 5, { topicNames: ['many'], timeoutMs: 1000 })
    expect(deleted).toMatchObject({ throttleTimeMs: 4000, responses: [{ errorCode: tooMany }] })
    const grown = await broker.ask('CreatePartitions', 3, {
      topics: [{ name: 'many', count: 16, assignments: null }],
      timeoutMs: 1000,
      validateOnly: false,
    })
    expect(grown).toMatchObject({ throttleTimeMs: 4000, results: [{ errorCode: tooMany }] })
    broker.clock.advance(4000)
    expect(await createTopic(broker, 'more')).toMatchObject({ errorCode: 0 })
    await broker.core.close()
  })

  test('of older clients are made, and the client waits', async () => {
    const broker = await brokerWith({ controller_mutation_rate: 1 })
    const old = await createTopic(broker, 'many', 15, 5)
    expect(old).toMatchObject({ errorCode: 0, throttleTimeMs: 4000 })
    expect(await createTopic(broker, 'more', 1, 5)).toMatchObject({ throttleTimeMs: 5000 })
    await broker.core.close()
  })
})

test('a fetch that is throttled for its time is sent empty, and its bytes are not counted', async () => {
  const broker = await brokerWith({ request_percentage: 1, consumer_byte_rate: 1000 })
  await broker.ask('Produce', 9, produceRequest(2000))
  const { quotas } = broker.core.services
  quotas.spent({ principal: 'User:ANONYMOUS', clientId: null }, 1000)
  const throttled = await fetch(broker)
  expect(throttled.responses).toEqual([])
  expect(throttled.throttleTimeMs).toBe(1000)
  expect(broker.connection.mutedMs.at(-1)).toBe(1000)
  expect([...quotas.use('consumer_byte_rate')]).toMatchObject([{ rate: 0 }])
  broker.clock.advance(20_000)
  const calm = await fetch(broker)
  expect(calm.throttleTimeMs).toBe(0)
  expect(calm.responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(2000)
  await broker.core.close()
})

test('the time that a fetch has waited for data is not counted', async () => {
  const broker = await brokerWith({ request_percentage: 1 })
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }]
  const waiting = broker.ask('Fetch', 11, {
    maxWaitMs: 30_000,
    minBytes: 1,
    topics: [{ topic: 't', partitions }],
  })
  broker.clock.advance(30_000)
  expect(await waiting).toMatchObject({ throttleTimeMs: 0 })
  await broker.core.close()
})

test('what brokers ask of each other is not counted', async () => {
  const broker = await brokerWith({ request_percentage: 0.000001 })
  await broker.ask('WriteTxnMarkers', 1, { markers: [] })
  expect(broker.connection.mutedMs).toEqual([])
  await broker.core.close()
})

test('a quota that is gone throttles no more', async () => {
  const broker = await brokerWith({ producer_byte_rate: 10 })
  await broker.ask('Produce', 9, produceRequest(1000))
  const op = { key: 'producer_byte_rate', value: 0, remove: true }
  const entity = [{ entityType: 'user', entityName: 'ANONYMOUS' }]
  await broker.ask('AlterClientQuotas', 1, {
    entries: [{ entity, ops: [op] }],
    validateOnly: false,
  })
  expect(await broker.ask('Produce', 9, produceRequest(1000))).toMatchObject({ throttleTimeMs: 0 })
  await broker.core.close()
})
