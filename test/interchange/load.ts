// The load that a data directory gets before it changes hands: everything that lies in one, in all
// its forms. Spoken by kafkajs where a client library does, by our codecs where none can.
import kafkajs, { type Kafka, type Producer } from 'kafkajs'
import { randomBytes } from 'node:crypto'
import { kafkaClient } from '../support/kafkajs.ts'
import { createTopic } from '../support/partition-reader.ts'
import { WireClient } from '../support/wire-client.ts'

const { CompressionTypes } = kafkajs
const codecs = ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const
const keys = 20
const rounds = 6
const pauseMs = 30
/** The open transaction stays open while its directory changes hands. */
const openForMs = 600_000

/** Everything below is written in the name of `round`, so that two rounds can be told apart. */
export interface Load {
  readonly bootstrap: string
  readonly round: string
}

/** Topics, configs, records of all kinds, groups and transactions; leaves one transaction open. */
export async function applyLoad({ bootstrap, round }: Load): Promise<void> {
  const kafka = kafkaClient(bootstrap)
  const wire = await WireClient.open(bootstrap)
  try {
    await makeTopics(wire, round)
    await produceAllCodecs(kafka, round)
    await produceCompacted(kafka, round)
    await trim(wire, `trimmed-${round}`)
    // Before the transactions: their offsets need a coordinator that is there.
    await commitOffsets(kafka, wire, round)
    await endTransactions(kafka, round)
    await changeConfigs(wire, round)
  } finally {
    wire.end()
  }
}

async function makeTopics(wire: WireClient, round: string): Promise<void> {
  const names = codecs.map((codec) => `codec-${codec.toLowerCase()}-${round}`)
  for (const name of names) await createTopic(wire, { name, partitions: 2 })
  const compaction = {
    'cleanup.policy': 'compact',
    'segment.ms': 50,
    'min.cleanable.dirty.ratio': 0.01,
    'delete.retention.ms': 0,
  }
  await createTopic(wire, { name: `compacted-${round}`, partitions: 1 }, compaction)
  await createTopic(wire, { name: `transactional-${round}`, partitions: 2 })
  const retention = { 'retention.ms': 3_600_000_000, 'max.message.bytes': 100_000 }
  await createTopic(wire, { name: `trimmed-${round}`, partitions: 1 }, retention)
  await createTopic(wire, { name: `deleted-${round}`, partitions: 3 })
  await wire.call('DeleteTopics', 4, { topicNames: [`deleted-${round}`], timeoutMs: 10_000 })
}

async function produceAllCodecs(kafka: Kafka, round: string): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const codec of codecs) {
    for (const partition of [0, 1]) {
      for (let batch = 0; batch < 3; batch++) {
        const messages = Array.from({ length: 40 }, (_, at) => ({
          partition,
          key: `${at}`,
          value: `${codec} ${round} ${batch} ${'x'.repeat(at)}`,
          headers: { batch: `${batch}` },
        }))
        const topic = `codec-${codec.toLowerCase()}-${round}`
        await producer.send({ topic, messages, compression: CompressionTypes[codec] })
      }
    }
  }
  const messages = Array.from({ length: 50 }, (_, at) => ({ key: `${at}`, value: `trim ${at}` }))
  for (let batch = 0; batch < 4; batch++) {
    await producer.send({ topic: `trimmed-${round}`, messages })
  }
  await producer.disconnect()
}

/** Keys that are written again and again, and removed: several segments, so that there is work. */
async function produceCompacted(kafka: Kafka, round: string): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  for (let turn = 0; turn < rounds; turn++) {
    const messages = Array.from({ length: keys }, (_, at) => ({
      key: `${at}`,
      value: turn === rounds - 2 && at < 3 ? null : `${round} ${turn}`,
    })).filter((_, at) => turn < rounds - 1 || at > 5)
    await producer.send({
      topic: `compacted-${round}`,
      messages,
      compression: turn % 2 === 0 ? CompressionTypes.None : CompressionTypes.GZIP,
    })
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  await producer.disconnect()
}

function transactional(kafka: Kafka, id: string): Producer {
  return kafka.producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: openForMs,
  })
}

async function endTransactions(kafka: Kafka, round: string): Promise<void> {
  const topic = `transactional-${round}`
  for (const ends of ['commit', 'abort'] as const) {
    const producer = transactional(kafka, `${ends}-${round}`)
    await producer.connect()
    for (let turn = 0; turn < 3; turn++) {
      const transaction = await producer.transaction()
      const value = `${ends} ${turn} ${round}`
      await transaction.send({ topic, messages: [0, 1].map((partition) => ({ partition, value })) })
      const partitions = [{ partition: 0, offset: `${turn}` }]
      const topics = [{ topic, partitions }]
      await transaction.sendOffsets({ consumerGroupId: `transactional-${round}`, topics })
      await transaction[ends]()
    }
    await producer.disconnect()
  }
  const open = transactional(kafka, `open-${round}`)
  await open.connect()
  const transaction = await open.transaction()
  await transaction.send({ topic, messages: [{ partition: 1, value: `open ${round}` }] })
  await open.disconnect()
  const plain = kafka.producer()
  await plain.connect()
  await plain.send({ topic, messages: [{ partition: 1, value: `behind the open one ${round}` }] })
  await plain.disconnect()
}

async function trim(wire: WireClient, name: string): Promise<void> {
  const partitions = [{ partitionIndex: 0, offset: 60 }]
  await wire.call('DeleteRecords', 2, { topics: [{ name, partitions }], timeoutMs: 10_000 })
}

/** Offsets of a group without members, of a classic group, and of a group of KIP-848. */
async function commitOffsets(kafka: Kafka, wire: WireClient, round: string): Promise<void> {
  const topic = `codec-none-${round}`
  const admin = kafka.admin()
  await admin.connect()
  const partitions = [{ partition: 0, offset: '17' }]
  await admin.setOffsets({ groupId: `simple-${round}`, topic, partitions })
  await admin.disconnect()
  await joinClassic(kafka, topic, `classic-${round}`)
  await joinConsumer(wire, topic, `consumer-${round}`)
}

async function joinClassic(kafka: Kafka, topic: string, groupId: string): Promise<void> {
  const consumer = kafka.consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const seen = new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: () => {
        resolve()
        return Promise.resolve()
      },
    })
  })
  await seen
  await consumer.commitOffsets([{ topic, partition: 1, offset: '23' }])
  await consumer.disconnect()
}

async function joinConsumer(wire: WireClient, topic: string, groupId: string): Promise<void> {
  const memberId = `${randomBytes(8).toString('hex')}-${groupId}`
  const joined = await wire.call('ConsumerGroupHeartbeat', 0, {
    groupId,
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 20_000,
    subscribedTopicNames: [topic],
    topicPartitions: [],
  })
  if (joined.errorCode !== 0) throw new Error(`ConsumerGroupHeartbeat: ${joined.errorMessage}`)
  const partitions = [0, 1].map((partitionIndex) => ({
    partitionIndex,
    committedOffset: 11 + partitionIndex,
    committedMetadata: 'kept',
  }))
  const committed = await wire.call('OffsetCommit', 9, {
    groupId,
    generationIdOrMemberEpoch: joined.memberEpoch,
    memberId,
    topics: [{ name: topic, partitions }],
  })
  const errorCode = committed.topics[0]?.partitions[0]?.errorCode
  if (errorCode !== 0) throw new Error(`OffsetCommit of ${groupId}: error ${errorCode}`)
}

async function changeConfigs(wire: WireClient, round: string): Promise<void> {
  const set = (name: string, value: string) => ({ name, configOperation: 0, value })
  await wire.call('IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType: 2,
        resourceName: `codec-gzip-${round}`,
        configs: [set('retention.bytes', '123456789'), set('min.insync.replicas', '1')],
      },
      { resourceType: 4, resourceName: '', configs: [set('log.cleaner.threads', '2')] },
    ],
    validateOnly: false,
  })
}

/** What only an Apache Kafka keeps yet, of the kinds that brokers of ours pass on: see `readSecurity`. */
export async function applySecurity(bootstrap: string): Promise<void> {
  const wire = await WireClient.open(bootstrap)
  try {
    const acl = (principal: string) => ({
      resourceType: 2,
      resourceName: 'codec-none',
      resourcePatternType: 4,
      principal,
      host: '*',
      operation: 3,
      permissionType: 3,
    })
    await wire.call('CreateAcls', 3, { creations: [acl('User:alice'), acl('User:bob')] })
    await wire.call('DeleteAcls', 3, {
      filters: [
        {
          resourceTypeFilter: 2,
          resourceNameFilter: 'codec-none',
          patternTypeFilter: 4,
          principalFilter: 'User:bob',
          hostFilter: '*',
          operation: 3,
          permissionType: 3,
        },
      ],
    })
    const salted = { salt: randomBytes(16), saltedPassword: randomBytes(32) }
    const upsertion = { name: 'alice', mechanism: 1, iterations: 4096, ...salted }
    await wire.call('AlterUserScramCredentials', 0, { deletions: [], upsertions: [upsertion] })
    const entity = [{ entityType: 'client-id', entityName: 'slow' }]
    const ops = [{ key: 'producer_byte_rate', value: 1024, remove: false }]
    await wire.call('AlterClientQuotas', 1, { entries: [{ entity, ops }], validateOnly: false })
  } finally {
    wire.end()
  }
}
