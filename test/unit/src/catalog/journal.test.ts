import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../../src/base/brands.ts'
import { openCatalog } from '../../../../src/catalog/open.ts'
import { Journal } from '../../../../src/catalog/journal.ts'
import { ProducerIds } from '../../../../src/catalog/producer-ids.ts'
import {
  configRecord,
  featureLevelRecord,
  leaderChangeRecord,
  newPartitionRecord,
  noLeader,
  removeTopicRecord,
  topicRecord,
} from '../../../../src/catalog/records.ts'
import type { MetadataRecord } from '../../../../src/catalog/records.ts'
import { createMissingTopics, ensureInternalTopic } from '../../../../src/catalog/topic-creation.ts'
import { brokerConfigWith } from '../../../../src/config/broker-config.ts'
import { silentLogger } from '../../../../src/io/logger.ts'
import type { Logger } from '../../../../src/io/logger.ts'
import { buildRecordBatch } from '../../../../protocol/records.ts'
import { batchIsControl, batchRecordCount } from '../../../../protocol/record-batch.ts'
import { MemoryMetadataLog } from '../../../support/memory-metadata-log.ts'

const id = toTopicId('MLgrI7vhSz9bltcBNUkHWw')
const directoryId = 'yZc-Tb1eSB65A4eGrMSmIw'
const clock = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0, after: () => () => undefined }
const context = {
  config: brokerConfigWith({ 'offsets.topic.num.partitions': '4' }),
  random: counting(),
}

/** Bytes that differ at every call. */
function counting() {
  let calls = 0
  return { bytes: (count: number) => Buffer.alloc(count, ++calls) }
}

function journalOn(log: MemoryMetadataLog, batchBytesMax = 1 << 20): Journal {
  return new Journal(log, { clock, logger: silentLogger }, { batchBytesMax })
}

async function replayed(log: MemoryMetadataLog): Promise<MetadataRecord[]> {
  const records: MetadataRecord[] = []
  await journalOn(log).replay((record) => records.push(record))
  return records
}

function open(log: MemoryMetadataLog, logger: Logger = silentLogger) {
  return openCatalog({
    log,
    clusterId: 'anVEaUvbTISJZxzwk-4slA',
    nodeId: 1,
    rack: null,
    directoryIds: [directoryId],
    endpoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092 }],
    initialConfigs: new Map([['min.insync.replicas', '1']]),
    clock,
    random: context.random,
    logger,
  })
}

function topicOf(partitions: number): MetadataRecord[] {
  const placement = { replicas: [1], directory: directoryId }
  const numbers = [...Array(partitions).keys()]
  return [topicRecord('big', id), ...numbers.map((n) => newPartitionRecord(id, n, placement))]
}

describe('the journal', () => {
  test('a commit is one batch, and replays as it was written', async () => {
    const log = new MemoryMetadataLog()
    const records = [
      ...topicOf(2),
      configRecord('topic', 'big', { name: 'retention.ms', value: '9' }),
      removeTopicRecord(id),
    ]
    await journalOn(log).append(records)
    expect(log.batches).toHaveLength(1)
    expect(await replayed(log)).toEqual(records)
  })

  test('the bytes of a topic record are those that Apache Kafka writes', async () => {
    const log = new MemoryMetadataLog()
    await journalOn(log).append([topicRecord('t1795227835', toTopicId('cb5gW5qcTTy1r8Ty8ZZupg'))])
    const value = '0102000c743137393532323738333571be605b9a9c4d3cb5afc4f2f1966ea600'
    expect(log.bytes.toString('hex')).toContain(value)
  })

  test('a commit beyond a batch is a transaction that counts only as a whole', async () => {
    const log = new MemoryMetadataLog()
    const journal = journalOn(log, 2048)
    await journal.append(topicOf(100))
    expect(log.batches.length).toBeGreaterThan(4)
    expect(await replayed(log)).toEqual(topicOf(100))
    const torn = new MemoryMetadataLog(log.batches.slice(0, -1))
    expect(await replayed(torn)).toEqual([])
  })

  test('a transaction that was cut off is ended before the next commit', async () => {
    const log = new MemoryMetadataLog()
    const journal = journalOn(log, 2048)
    log.failAfter = 2
    await expect(journal.append(topicOf(100))).rejects.toThrow('KAFKA_STORAGE_ERROR')
    await journal.append([featureLevelRecord('metadata.version', 25)])
    expect(await replayed(log)).toEqual([featureLevelRecord('metadata.version', 25)])
  })

  test('a transaction that a crash cut off is ended at the next start', async () => {
    const log = new MemoryMetadataLog()
    await journalOn(log, 2048).append(topicOf(100))
    const torn = new MemoryMetadataLog(log.batches.slice(0, -1))
    const catalog = await open(torn)
    expect(catalog.topicCount).toBe(0)
    expect((await open(torn)).registration).toBeDefined()
  })

  test('records of unknown types are skipped, with one line for each type', async () => {
    const log = new MemoryMetadataLog()
    const acl = { timestamp: 0, key: null, value: Buffer.from([1, 18, 0, 1, 2, 3]) }
    log.append(buildRecordBatch({ records: [acl, acl] }))
    const lines: unknown[] = []
    await open(log, { ...silentLogger, info: (fields) => lines.push(fields) })
    expect(lines).toEqual([{ apiKey: 18, records: 2 }])
  })
})

describe('opening the catalog', () => {
  test('a new cluster begins as a KRaft log does: control records, features, registration', async () => {
    const log = new MemoryMetadataLog()
    const catalog = await open(log)
    const first = log.batches[0] ?? Buffer.alloc(0)
    expect([batchIsControl(first, 0), batchRecordCount(first, 0)]).toEqual([true, 3])
    expect((await replayed(log)).map((record) => record.type)).toEqual([
      'FeatureLevel',
      'FeatureLevel',
      'Config',
      'RegisterBroker',
    ])
    expect(catalog.features.get('metadata.version')).toBe(25)
    expect(catalog.configs('broker', '').get('min.insync.replicas')).toBe('1')
    expect(catalog.registration).toMatchObject({ brokerId: 1, brokerEpoch: 6, fenced: false })
    expect(catalog.lastOffset).toBe(6)
  })

  test('what was committed is there after a restart, and the broker has a new epoch', async () => {
    const log = new MemoryMetadataLog()
    const before = await open(log)
    await createMissingTopics(before, ['orders', 'payments'], context)
    await ensureInternalTopic(before, '__consumer_offsets', context)
    await before.commit([configRecord('topic', 'orders', { name: 'retention.ms', value: '5' })])
    await before.commit([removeTopicRecord(before.topic('payments')?.id ?? id)])
    const after = await open(new MemoryMetadataLog(log.batches))
    expect([...after.topics()]).toEqual([...before.topics()])
    expect(after.topic('__consumer_offsets')?.partitions).toHaveLength(4)
    expect(after.partitionCount).toBe(before.partitionCount)
    expect(after.registration?.brokerEpoch).toBeGreaterThan(before.registration?.brokerEpoch ?? 0)
    expect([...after.features]).toEqual([...before.features])
  })

  test('partitions that Kafka left without a leader are taken over', async () => {
    const log = new MemoryMetadataLog()
    const before = await open(log)
    await before.commit([...topicOf(1), leaderChangeRecord(id, 0, { leader: noLeader, isr: null })])
    const after = await open(new MemoryMetadataLog(log.batches))
    expect(after.topic('big')?.partitions[0]).toMatchObject({ leader: 1, leaderEpoch: 2 })
  })

  test('a metadata version from the future is refused at start', async () => {
    const log = new MemoryMetadataLog()
    await journalOn(log).append([featureLevelRecord('metadata.version', 34)])
    await expect(open(log)).rejects.toThrow(/metadata.version 34/)
  })
})

describe('producer ids', () => {
  test('go up by one, and never come again after a restart', async () => {
    const log = new MemoryMetadataLog()
    const before = new ProducerIds(await open(log))
    expect([await before.next(), await before.next()]).toEqual([0, 1])
    const after = new ProducerIds(await open(new MemoryMetadataLog(log.batches)))
    expect(await after.next()).toBe(1000)
  })

  test('those who ask while a block is written get ids of that block', async () => {
    const log = new MemoryMetadataLog()
    const ids = new ProducerIds(await open(log))
    log.isAsynchronous = true
    const got = await Promise.all([ids.next(), ids.next(), ids.next()])
    expect(got).toEqual([0, 1, 2])
    log.isAsynchronous = false
    for (let count = 3; count < 1000; count++) await ids.next()
    expect(await ids.next()).toBe(1000)
  })

  test('a block that cannot be written is an error for now', async () => {
    const log = new MemoryMetadataLog()
    const ids = new ProducerIds(await open(log))
    log.failAfter = 0
    expect(() => ids.next()).toThrow('KAFKA_STORAGE_ERROR')
    expect(await ids.next()).toBe(0)
  })
})

describe('topics on need', () => {
  test('internal topics get settings of their own, whatever the defaults are', async () => {
    const catalog = await open(new MemoryMetadataLog())
    const topic = await ensureInternalTopic(catalog, '__consumer_offsets', context)
    expect(topic?.isInternal).toBe(true)
    expect(topic?.configs).toEqual(
      new Map([
        ['compression.type', 'producer'],
        ['cleanup.policy', 'compact'],
        ['segment.bytes', '104857600'],
      ]),
    )
    expect(await ensureInternalTopic(catalog, '__consumer_offsets', context)).toBe(topic)
    expect(await ensureInternalTopic(catalog, 'mine', context)).toBeUndefined()
  })

  test('legal names are made in one commit, the others are named with a reason', async () => {
    const log = new MemoryMetadataLog()
    const catalog = await open(log)
    const before = log.batches.length
    const refusals = await createMissingTopics(catalog, ['a', 'b', 'bad name!', 'a'], context)
    expect([...refusals].map(([name, { error }]) => [name, error])).toEqual([
      ['bad name!', 'INVALID_TOPIC_EXCEPTION'],
    ])
    expect(catalog.topicCount).toBe(2)
    expect(log.batches.length - before).toBe(1)
  })
})
