// kafkajs as a producer: what it sends is what a consumer reads, for every way of sending, every
// codec and every refusal.
import kafkajs, { type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { kafkaClient, readTopic, uniqueName, valuesByPartition } from '../support/kafkajs.ts'

const { CompressionTypes } = kafkajs
let broker: TestBroker
let kafka: Kafka

beforeAll(async () => {
  broker = await startTestBroker()
  kafka = kafkaClient(broker.bootstrap)
})
afterAll(() => broker.stop())

/** Creates a topic for one test. */
async function newTopic(partitions = 1, configs: Record<string, string> = {}): Promise<string> {
  const topic = uniqueName('produce')
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [
      {
        topic,
        numPartitions: partitions,
        configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
  })
  await admin.disconnect()
  return topic
}

describe('what is sent is what is read', () => {
  test('key, value, headers and timestamp of a message arrive as they were sent', async () => {
    const topic = await newTopic()
    const producer = kafka.producer()
    await producer.connect()
    const timestamp = Date.now() - 60_000
    const [metadata] = await producer.send({
      topic,
      messages: [
        {
          key: 'a key',
          value: 'grüße ✓',
          headers: { trace: 'abc', many: ['one', 'two'], empty: '' },
          timestamp: String(timestamp),
        },
      ],
    })
    await producer.disconnect()
    expect(metadata).toMatchObject({
      topicName: topic,
      partition: 0,
      errorCode: 0,
      baseOffset: '0',
    })
    expect(await readTopic(kafka, topic, 1)).toEqual([
      {
        topic,
        partition: 0,
        offset: 0,
        key: 'a key',
        value: 'grüße ✓',
        timestamp,
        headers: { trace: 'abc', many: ['one', 'two'], empty: '' },
      },
    ])
  })

  test('null keys, tombstones and empty values stay apart', async () => {
    const topic = await newTopic()
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({
      topic,
      messages: [
        { key: null, value: 'no key' },
        { key: 'tombstone', value: null },
        { key: 'empty', value: '' },
        { key: '', value: 'empty key' },
      ],
    })
    await producer.disconnect()
    const received = await readTopic(kafka, topic, 4)
    expect(received.map(({ key, value }) => [key, value])).toEqual([
      [null, 'no key'],
      ['tombstone', null],
      ['empty', ''],
      ['', 'empty key'],
    ])
  })

  test('messages of one key land in one partition, in order', async () => {
    const topic = await newTopic(4)
    const producer = kafka.producer()
    await producer.connect()
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`)
    for (let round = 0; round < 5; round++) {
      await producer.send({
        topic,
        messages: keys.map((key) => ({ key, value: `${key}:${round}` })),
      })
    }
    await producer.disconnect()
    const received = await readTopic(kafka, topic, 100)
    expect(received).toHaveLength(100)
    expect(valuesByPartition(received).size).toBeGreaterThan(1)
    for (const key of keys) {
      const own = received.filter((message) => message.key === key)
      expect(new Set(own.map((message) => message.partition)).size).toBe(1)
      expect(own.map((message) => message.value)).toEqual([0, 1, 2, 3, 4].map((n) => `${key}:${n}`))
    }
  })

  test('sendBatch writes to several topics and partitions in one call', async () => {
    const [first, second] = [await newTopic(2), await newTopic(1)]
    const producer = kafka.producer()
    await producer.connect()
    const metadata = await producer.sendBatch({
      topicMessages: [
        {
          topic: first,
          messages: [
            { value: 'a', partition: 0 },
            { value: 'b', partition: 1 },
          ],
        },
        { topic: second, messages: [{ value: 'c' }] },
      ],
    })
    await producer.disconnect()
    expect(metadata.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0])
    const received = await readTopic(kafka, first, 2)
    expect(received.map(({ value }) => value).sort()).toEqual(['a', 'b'])
    expect((await readTopic(kafka, second, 1)).map(({ value }) => value)).toEqual(['c'])
  })

  test.each([0, 1, -1])('acks=%i: every message arrives once and in order', async (acks) => {
    const topic = await newTopic()
    const producer = kafka.producer()
    await producer.connect()
    const values = Array.from({ length: 200 }, (_, index) => `message ${index}`)
    for (let at = 0; at < values.length; at += 20) {
      const messages = values.slice(at, at + 20).map((value) => ({ value }))
      await producer.send({ topic, acks, messages })
    }
    const received = await readTopic(kafka, topic, values.length)
    await producer.disconnect()
    expect(received.map(({ value }) => value)).toEqual(values)
    expect(received.map(({ offset }) => offset)).toEqual(values.map((_, index) => index))
  })

  test('an idempotent producer writes every message once and in order', async () => {
    const topic = await newTopic(2)
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    for (let round = 0; round < 50; round++) {
      const messages = [0, 1].map((partition) => ({ partition, value: String(round) }))
      await producer.send({ topic, messages })
    }
    await producer.disconnect()
    const values = valuesByPartition(await readTopic(kafka, topic, 100))
    const expected = Array.from({ length: 50 }, (_, index) => String(index))
    expect(values.get(0)).toEqual(expected)
    expect(values.get(1)).toEqual(expected)
  })
})

describe('compression', () => {
  const codecs = [
    ['none', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ] as const

  test.each(codecs)('%s batches are read as they were written', async (_name, compression) => {
    const topic = await newTopic()
    const producer = kafka.producer()
    await producer.connect()
    const messages = Array.from({ length: 100 }, (_, index) => ({
      key: `key ${index}`,
      value: `value ${index} `.repeat(20),
      headers: { index: String(index) },
    }))
    await producer.send({ topic, compression, messages })
    await producer.send({ topic, compression, messages: messages.slice(0, 1) })
    await producer.disconnect()
    const received = await readTopic(kafka, topic, 101)
    expect(received.map(({ offset }) => offset)).toEqual(received.map((_, index) => index))
    expect(
      received.slice(0, 100).map(({ key, value, headers }) => ({ key, value, headers })),
    ).toEqual(messages)
  })

  test.each(codecs.slice(1))(
    'a topic with compression.type=%s holds what was sent',
    async (name) => {
      const topic = await newTopic(1, { 'compression.type': name })
      const producer = kafka.producer()
      await producer.connect()
      const values = Array.from({ length: 50 }, (_, index) => `plain ${index} `.repeat(10))
      const messages = values.map((value) => ({ value }))
      await producer.send({ topic, messages })
      await producer.send({ topic, compression: CompressionTypes.GZIP, messages })
      await producer.disconnect()
      const received = await readTopic(kafka, topic, 100)
      expect(received.map(({ value }) => value)).toEqual([...values, ...values])
    },
  )
})

describe('limits and refusals', () => {
  test('a message of 900 KB passes, also beside small ones', async () => {
    const topic = await newTopic()
    const producer = kafka.producer()
    await producer.connect()
    const large = 'x'.repeat(900_000)
    await producer.send({ topic, messages: [{ value: 'before' }] })
    await producer.send({ topic, messages: [{ value: large }] })
    await producer.send({ topic, messages: [{ value: 'after' }] })
    await producer.disconnect()
    const received = await readTopic(kafka, topic, 3)
    expect(received.map(({ value }) => value)).toEqual(['before', large, 'after'])
  })

  test('a message beyond max.message.bytes is refused and nothing of it is stored', async () => {
    const topic = await newTopic(1, { 'max.message.bytes': '2000' })
    const producer = kafka.producer()
    await producer.connect()
    const tooLarge = producer.send({ topic, messages: [{ value: 'x'.repeat(5000) }] })
    await expect(tooLarge).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' })
    await producer.send({ topic, messages: [{ value: 'small' }] })
    await producer.disconnect()
    const received = await readTopic(kafka, topic, 1)
    expect(received.map(({ value, offset }) => [value, offset])).toEqual([['small', 0]])
  })

  test('sending to an unknown topic creates it', async () => {
    const topic = uniqueName('auto')
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic, messages: [{ value: 'first' }] })
    await producer.disconnect()
    expect((await readTopic(kafka, topic, 1)).map(({ value }) => value)).toEqual(['first'])
  })

  test('without auto-creation an unknown topic is refused, and is not created', async () => {
    const topic = uniqueName('unknown')
    const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 1 } })
    await producer.connect()
    const refused = producer.send({ topic, messages: [{ value: 'lost' }] })
    await expect(refused).rejects.toMatchObject({
      cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' },
    })
    await producer.disconnect()
    const admin = kafka.admin()
    await admin.connect()
    expect(await admin.listTopics()).not.toContain(topic)
    await admin.disconnect()
  })

  test('a topic with LogAppendTime answers and stores the time of the broker', async () => {
    const topic = await newTopic(1, { 'message.timestamp.type': 'LogAppendTime' })
    const producer = kafka.producer()
    await producer.connect()
    const before = Date.now()
    const [metadata] = await producer.send({ topic, messages: [{ value: 'v', timestamp: '1000' }] })
    await producer.disconnect()
    const stamped = Number(metadata?.logAppendTime)
    expect(stamped).toBeGreaterThanOrEqual(before)
    expect(stamped).toBeLessThanOrEqual(Date.now())
    expect((await readTopic(kafka, topic, 1)).map(({ timestamp }) => timestamp)).toEqual([stamped])
  })
})
