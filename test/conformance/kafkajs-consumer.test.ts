// kafkajs as a consumer: where it starts, what it commits, seek, pause and batches.
import { type Consumer, type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import {
  eventually,
  kafkaClient,
  receiveAll,
  toReceived,
  uniqueName,
  type Received,
} from '../support/kafkajs.ts'

let broker: TestBroker
let kafka: Kafka
const open: Consumer[] = []

beforeAll(async () => {
  broker = await startTestBroker()
  kafka = kafkaClient(broker.bootstrap)
})
afterAll(async () => {
  await Promise.all(open.map((consumer) => consumer.disconnect()))
  await broker.stop()
})

function newConsumer(groupId = uniqueName('group')): Consumer {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, sessionTimeout: 10_000 })
  open.push(consumer)
  return consumer
}

/** A topic of its own that holds the values "0", "1", … spread over its partitions in turn. */
async function topicWith(count: number, partitions = 1): Promise<string> {
  const topic = uniqueName('consume')
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })
  await admin.disconnect()
  await append(topic, count, partitions)
  return topic
}

async function append(topic: string, count: number, partitions = 1, from = 0): Promise<void> {
  if (count === 0) return
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: count }, (_, index) => ({
    value: String(from + index),
    partition: index % partitions,
  }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

const values = (received: readonly Received[]): (string | null)[] =>
  received.map(({ value }) => value)
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index))

describe('where a consumer starts', () => {
  test('from the beginning: all that is there, and then what comes', async () => {
    const topic = await topicWith(10)
    const received = await receiveAll(newConsumer(), [topic])
    await eventually('what was there', () => received.length === 10)
    await append(topic, 10, 1, 10)
    await eventually('what came later', () => received.length === 20)
    expect(values(received)).toEqual(numbers(0, 20))
  })

  test('from the end: only what comes later', async () => {
    const topic = await topicWith(10)
    const consumer = newConsumer()
    const received: Received[] = []
    let assigned = false
    consumer.on(consumer.events.FETCH, () => (assigned = true))
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: false })
    await consumer.run({ eachMessage: async (payload) => void received.push(toReceived(payload)) })
    await eventually('the first fetch', () => assigned)
    await append(topic, 5, 1, 10)
    await eventually('what came later', () => received.length >= 5)
    expect(values(received)).toEqual(numbers(10, 15))
  })

  test('several topics and a pattern feed one consumer', async () => {
    const prefix = uniqueName('pattern')
    const producer = kafka.producer()
    await producer.connect()
    for (const suffix of ['a', 'b']) {
      await producer.send({ topic: `${prefix}-${suffix}`, messages: [{ value: suffix }] })
    }
    await producer.disconnect()
    const other = await topicWith(1)
    const consumer = newConsumer()
    const received: Received[] = []
    await consumer.connect()
    await consumer.subscribe({ topics: [new RegExp(`^${prefix}-.*`), other], fromBeginning: true })
    await consumer.run({ eachMessage: async (payload) => void received.push(toReceived(payload)) })
    await eventually('one message of each topic', () => received.length === 3)
    expect(received.map(({ topic }) => topic).sort()).toEqual(
      [`${prefix}-a`, `${prefix}-b`, other].sort(),
    )
  })
})

describe('offsets', () => {
  test('a group goes on where it committed', async () => {
    const topic = await topicWith(10)
    const groupId = uniqueName('group')
    const first = newConsumer(groupId)
    const before = await receiveAll(first, [topic])
    await eventually('the first ten', () => before.length === 10)
    await first.disconnect() // commits what was resolved
    await append(topic, 5, 1, 10)
    const after = await receiveAll(newConsumer(groupId), [topic])
    await eventually('the rest', () => after.length >= 5)
    expect(values(after)).toEqual(numbers(10, 15))
  })

  test('without auto-commit only commitOffsets moves the group', async () => {
    const topic = await topicWith(10)
    const groupId = uniqueName('group')
    const first = newConsumer(groupId)
    const seen: Received[] = []
    await first.connect()
    await first.subscribe({ topic, fromBeginning: true })
    await first.run({
      autoCommit: false,
      eachMessage: async (payload) => void seen.push(toReceived(payload)),
    })
    await eventually('all ten', () => seen.length === 10)
    await first.commitOffsets([{ topic, partition: 0, offset: '4', metadata: 'by hand' }])
    await first.disconnect()

    const admin = kafka.admin()
    await admin.connect()
    const committed = await admin.fetchOffsets({ groupId, topics: [topic] })
    await admin.disconnect()
    expect(committed).toEqual([
      { topic, partitions: [{ partition: 0, offset: '4', metadata: 'by hand' }] },
    ])
    const again = await receiveAll(newConsumer(groupId), [topic])
    await eventually('the rest', () => again.length >= 6)
    expect(values(again)).toEqual(numbers(4, 10))
  })

  test('seek reads again from the offset asked for', async () => {
    const topic = await topicWith(10)
    const consumer = newConsumer()
    const received = await receiveAll(consumer, [topic])
    await eventually('all ten', () => received.length === 10)
    consumer.seek({ topic, partition: 0, offset: '7' })
    await eventually('three again', () => received.length >= 13)
    expect(values(received)).toEqual([...numbers(0, 10), ...numbers(7, 10)])
  })

  test('seek beyond the end resets by the policy instead of stopping', async () => {
    const topic = await topicWith(3)
    const consumer = newConsumer()
    const received = await receiveAll(consumer, [topic])
    await eventually('all three', () => received.length === 3)
    consumer.seek({ topic, partition: 0, offset: '5000' })
    await eventually('the beginning again', () => received.length >= 6)
    expect(values(received).slice(0, 6)).toEqual([...numbers(0, 3), ...numbers(0, 3)])
  })
})

describe('flow', () => {
  test('a paused topic delivers nothing until it is resumed, and loses nothing', async () => {
    const topic = await topicWith(5)
    const consumer = newConsumer()
    const received = await receiveAll(consumer, [topic])
    await eventually('the first five', () => received.length === 5)
    consumer.pause([{ topic }])
    await append(topic, 5, 1, 5)
    let heartbeats = 0
    consumer.on(consumer.events.HEARTBEAT, () => heartbeats++)
    const other = await receiveAll(newConsumer(), [topic])
    await eventually('another consumer sees them', () => other.length === 10)
    expect(received).toHaveLength(5)
    consumer.resume([{ topic }])
    await eventually('the rest', () => received.length === 10)
    expect(values(received)).toEqual(numbers(0, 10))
  })

  test('eachBatch sees whole batches, their high watermark, and resolves offset by offset', async () => {
    const topic = await topicWith(50, 2)
    const groupId = uniqueName('group')
    const consumer = newConsumer(groupId)
    const seen: string[] = []
    const watermarks = new Set<string>()
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }) => {
        watermarks.add(batch.highWatermark)
        for (const message of batch.messages) {
          seen.push(`${batch.partition}@${message.offset}`)
          resolveOffset(message.offset)
          await heartbeat()
        }
        await commitOffsetsIfNecessary()
      },
    })
    await eventually('all fifty', () => seen.length === 50)
    await consumer.disconnect()
    expect(new Set(seen).size).toBe(50)
    expect([...watermarks]).toEqual(['25'])
  })

  test('small fetch limits still make progress through large messages', async () => {
    const topic = uniqueName('large')
    const producer = kafka.producer()
    await producer.connect()
    const sent = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(50_000))
    for (const value of sent) await producer.send({ topic, messages: [{ value }] })
    await producer.disconnect()
    const consumer = kafka.consumer({
      groupId: uniqueName('group'),
      maxBytes: 1000,
      maxBytesPerPartition: 1000,
      maxWaitTimeInMs: 200,
    })
    open.push(consumer)
    const received = await receiveAll(consumer, [topic])
    await eventually('all five', () => received.length === 5)
    expect(values(received)).toEqual(sent)
  })

  test('minBytes waits for the data or for maxWaitTime, whichever comes first', async () => {
    const topic = await topicWith(1)
    const consumer = kafka.consumer({
      groupId: uniqueName('group'),
      minBytes: 100_000,
      maxWaitTimeInMs: 400,
    })
    open.push(consumer)
    const received = await receiveAll(consumer, [topic])
    await eventually('the one message, after the wait', () => received.length === 1)
    expect(values(received)).toEqual(['0'])
  })
})
