// kafkajs in transactions: what is committed is read, what is aborted is not, offsets go with the
// records, and a producer that another took the place of cannot commit.
import type { Kafka, Producer } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { kafkaClient, readTopic, uniqueName } from '../support/kafkajs.ts'

let broker: TestBroker
let kafka: Kafka

beforeAll(async () => {
  broker = await startTestBroker()
  kafka = kafkaClient(broker.bootstrap)
})
afterAll(() => broker.stop())

async function newTopic(): Promise<string> {
  const topic = uniqueName('transactions')
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  await admin.disconnect()
  return topic
}

async function transactional(transactionalId: string): Promise<Producer> {
  const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  return producer
}

async function committedOffset(groupId: string, topic: string): Promise<string | undefined> {
  const admin = kafka.admin()
  await admin.connect()
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
  await admin.disconnect()
  return offsets?.partitions.find(({ partition }) => partition === 0)?.offset
}

test('consumers read what is committed and nothing of what is aborted', async () => {
  const topic = await newTopic()
  const producer = await transactional(uniqueName('tx'))
  for (const [index, ends] of (['commit', 'abort', 'commit'] as const).entries()) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: `${index}a` }, { value: `${index}b` }] })
    await transaction[ends]()
  }
  await producer.disconnect()
  const values = (await readTopic(kafka, topic, 4)).map(({ value }) => value)
  expect(values).toEqual(['0a', '0b', '2a', '2b'])
})

test('offsets count when their transaction is committed, and not when it is aborted', async () => {
  const topic = await newTopic()
  const groupId = uniqueName('group')
  const producer = await transactional(uniqueName('tx'))
  const endWith = async (offset: string, ends: 'commit' | 'abort') => {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: offset }] })
    const topics = [{ topic, partitions: [{ partition: 0, offset }] }]
    await transaction.sendOffsets({ consumerGroupId: groupId, topics })
    await transaction[ends]()
  }
  await endWith('5', 'commit')
  expect(await committedOffset(groupId, topic)).toBe('5')
  await endWith('9', 'abort')
  expect(await committedOffset(groupId, topic)).toBe('5')
  await producer.disconnect()
})

test('a producer that another took the place of cannot commit', async () => {
  const topic = await newTopic()
  const transactionalId = uniqueName('tx')
  const first = await transactional(transactionalId)
  const open = await first.transaction()
  await open.send({ topic, messages: [{ value: 'of the first' }] })
  const second = await transactional(transactionalId)
  const taken = await second.transaction()
  await taken.send({ topic, messages: [{ value: 'of the second' }] })
  await taken.commit()
  await expect(open.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
  const values = (await readTopic(kafka, topic, 1)).map(({ value }) => value)
  expect(values).toEqual(['of the second'])
  await first.disconnect()
  await second.disconnect()
})
