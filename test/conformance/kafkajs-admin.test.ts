// The administrator's calls of kafkajs: topics, configs, offsets and groups.
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { eventually, kafkaClient, readTopic, receiveAll, uniqueName } from '../support/kafkajs.ts'

const { ConfigResourceTypes } = kafkajs
let broker: TestBroker
let kafka: Kafka
let admin: Admin

beforeAll(async () => {
  broker = await startTestBroker()
  kafka = kafkaClient(broker.bootstrap)
  admin = kafka.admin({ retry: { retries: 2 } })
  await admin.connect()
})
afterAll(async () => {
  await admin.disconnect()
  await broker.stop()
})

async function newTopic(partitions = 1): Promise<string> {
  const topic = uniqueName('admin')
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })
  return topic
}

async function produce(
  topic: string,
  count: number,
  timestamps?: readonly number[],
): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  for (let index = 0; index < count; index++) {
    const timestamp = timestamps?.[index]
    const message = { value: String(index), partition: 0 }
    const stamped = timestamp === undefined ? message : { ...message, timestamp: String(timestamp) }
    await producer.send({ topic, messages: [stamped] })
  }
  await producer.disconnect()
}

/** Consumes `count` messages of `topic` as `groupId`, commits and leaves. */
async function consumeAs(groupId: string, topic: string, count: number): Promise<void> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 })
  const received = await receiveAll(consumer, [topic])
  await eventually(`${count} messages`, () => received.length >= count)
  await consumer.disconnect()
}

describe('topics', () => {
  test('a created topic is listed and described, and creating it again says so', async () => {
    const topic = uniqueName('admin')
    const topics = [{ topic, numPartitions: 3, configEntries: [] }]
    expect(await admin.createTopics({ topics })).toBe(true)
    expect(await admin.createTopics({ topics })).toBe(false)
    expect(await admin.listTopics()).toContain(topic)
    const { topics: described } = await admin.fetchTopicMetadata({ topics: [topic] })
    expect(described).toHaveLength(1)
    const partitions = described[0]?.partitions ?? []
    expect(partitions.map(({ partitionId }) => partitionId).sort()).toEqual([0, 1, 2])
    for (const { partitionErrorCode, leader, replicas, isr } of partitions) {
      expect(partitionErrorCode).toBe(0)
      expect(replicas).toEqual([leader])
      expect(isr).toEqual([leader])
    }
  })

  test('validateOnly checks a topic and does not create it', async () => {
    const topic = uniqueName('admin')
    const topics = [{ topic, numPartitions: 2 }]
    await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics })
    expect(await admin.listTopics()).not.toContain(topic)
  })

  test.each([
    ['a slash in the name', { topic: 'a/b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['three replicas on one broker', { replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
    [
      'an unknown config',
      { configEntries: [{ name: 'no.such.config', value: '1' }] },
      'INVALID_CONFIG',
    ],
    [
      'a nonsense config value',
      { configEntries: [{ name: 'retention.ms', value: 'abc' }] },
      'INVALID_CONFIG',
    ],
  ])('%s is refused', async (_what, change, type) => {
    const topics = [{ topic: uniqueName('refused'), numPartitions: 1, ...change }]
    const refused: unknown = await admin.createTopics({ topics }).catch((error: unknown) => error)
    const errors = (refused as { errors?: { type: string }[] }).errors
    expect(errors?.map((error) => error.type) ?? [(refused as { type: string }).type]).toEqual([
      type,
    ])
  })

  test('a deleted topic is gone, and can be created anew and empty', async () => {
    const topic = await newTopic()
    await produce(topic, 5)
    await admin.deleteTopics({ topics: [topic] })
    await eventually('it is gone', async () => !(await admin.listTopics()).includes(topic))
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    expect(await admin.fetchTopicOffsets(topic)).toEqual([
      { partition: 0, offset: '0', high: '0', low: '0' },
    ])
    await produce(topic, 1)
    expect((await readTopic(kafka, topic, 1)).map(({ offset }) => offset)).toEqual([0])
  })

  test('deleting an unknown topic is an error', async () => {
    await expect(admin.deleteTopics({ topics: [uniqueName('nope')] })).rejects.toThrow()
  })

  test('partitions can be added and not taken away', async () => {
    const topic = await newTopic(2)
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
    await eventually('four partitions', async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0]?.partitions.length === 4
    })
    await expect(
      admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }),
    ).rejects.toThrow()
  })

  test('the cluster is one broker at the address that the client uses', async () => {
    const cluster = await admin.describeCluster()
    expect(cluster.clusterId).not.toBe('')
    expect(cluster.brokers).toHaveLength(1)
    expect(cluster.brokers[0]).toMatchObject({ host: '127.0.0.1', port: broker.port })
    expect(cluster.controller).toBe(cluster.brokers[0]?.nodeId)
  })

  test('topic configs are described with their values and sources', async () => {
    const topic = uniqueName('admin')
    const configEntries = [{ name: 'retention.ms', value: '123456' }]
    await admin.createTopics({ topics: [{ topic, configEntries }] })
    const { resources } = await admin.describeConfigs({
      includeSynonyms: true,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    })
    const entries = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry]))
    expect(entries.get('retention.ms')).toMatchObject({ configValue: '123456', isDefault: false })
    expect(entries.get('cleanup.policy')).toMatchObject({ configValue: 'delete' })
    expect(entries.get('max.message.bytes')).toMatchObject({ configValue: '1048588' })
    expect(entries.size).toBeGreaterThan(20)
  })
})

describe('offsets of topics', () => {
  test('low and high offsets follow what is produced and deleted', async () => {
    const topic = await newTopic()
    await produce(topic, 10)
    expect(await admin.fetchTopicOffsets(topic)).toEqual([
      { partition: 0, offset: '10', high: '10', low: '0' },
    ])
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
    expect(await admin.fetchTopicOffsets(topic)).toEqual([
      { partition: 0, offset: '10', high: '10', low: '4' },
    ])
    const received = await readTopic(kafka, topic, 6)
    expect(received.map(({ offset }) => offset)).toEqual([4, 5, 6, 7, 8, 9])
  })

  test('a time is looked up to the first message that is not older', async () => {
    const topic = await newTopic()
    const start = Date.now() - 100_000
    await produce(
      topic,
      5,
      [0, 1, 2, 3, 4].map((index) => start + index * 1000),
    )
    const at = async (timestamp: number): Promise<string | undefined> =>
      (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp))[0]?.offset
    expect(await at(start - 1)).toBe('0')
    expect(await at(start + 2000)).toBe('2')
    expect(await at(start + 2001)).toBe('3')
    expect(await at(start + 60_000)).toBe('5')
  })
})

describe('groups', () => {
  test('a group is listed, described with its member, and deleted once it is empty', async () => {
    const topic = await newTopic()
    await produce(topic, 3)
    const groupId = uniqueName('group')
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 })
    const received = await receiveAll(consumer, [topic])
    await eventually('three messages', () => received.length === 3)
    const { groups } = await admin.listGroups()
    expect(groups).toContainEqual({ groupId, protocolType: 'consumer' })
    const { groups: described } = await admin.describeGroups([groupId])
    expect(described[0]).toMatchObject({
      errorCode: 0,
      groupId,
      state: 'Stable',
      protocolType: 'consumer',
      protocol: 'RoundRobinAssigner',
    })
    expect(described[0]?.members).toHaveLength(1)
    expect(described[0]?.members[0]).toMatchObject({ clientId: 'ottla-test' })
    await expect(admin.deleteGroups([groupId])).rejects.toThrow()
    await consumer.disconnect()
    expect(await admin.deleteGroups([groupId])).toMatchObject([{ groupId, errorCode: 0 }])
    const after = await admin.listGroups()
    expect(after.groups.map((group) => group.groupId)).not.toContain(groupId)
  })

  test('committed offsets are fetched, set and reset', async () => {
    const topic = await newTopic(2)
    await produce(topic, 6)
    const groupId = uniqueName('group')
    await consumeAs(groupId, topic, 6)
    const committed = async (): Promise<string[]> => {
      const fetched = await admin.fetchOffsets({ groupId, topics: [topic] })
      const partitions = fetched[0]?.partitions ?? []
      return partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => offset)
    }
    expect((await committed())[0]).toBe('6')
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '2' }] })
    expect((await committed())[0]).toBe('2')
    await consumeAs(groupId, topic, 4)
    expect((await committed())[0]).toBe('6')
    await admin.resetOffsets({ groupId, topic, earliest: true })
    await consumeAs(groupId, topic, 6)
    await admin.resetOffsets({ groupId, topic, earliest: false })
    const all = await admin.fetchOffsets({ groupId, topics: [topic], resolveOffsets: true })
    expect(all[0]?.partitions.find(({ partition }) => partition === 0)?.offset).toBe('6')
  })

  test('an unknown group has no offsets and is described as dead', async () => {
    const groupId = uniqueName('nobody')
    const topic = await newTopic()
    expect(await admin.fetchOffsets({ groupId, topics: [topic] })).toEqual([
      {
        topic,
        partitions: [{ partition: 0, offset: '-1', metadata: null }],
      },
    ])
    const { groups } = await admin.describeGroups([groupId])
    expect(groups[0]).toMatchObject({ groupId, state: 'Dead', members: [] })
  })
})
