// The first records of a cluster, and what a restart brings back.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { fenceBroker, openCatalog } from '../../../src/catalog/open.ts'
import { Journal } from '../../../src/catalog/journal.ts'
import {
  configRecord,
  featureLevelRecord,
  leaderChangeRecord,
  newPartitionRecord,
  noLeader,
  removeTopicRecord,
  topicRecord,
} from '../../../src/catalog/records.ts'
import type { MetadataRecord } from '../../../src/catalog/records.ts'
import { createMissingTopics, ensureInternalTopic } from '../../../src/catalog/topic-creation.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { Logger } from '../../../src/io/logger.ts'
import { batchIsControl, batchRecordCount } from '../../../protocol/record-batch.ts'
import { MemoryMetadataLog } from '../../support/memory-metadata-log.ts'

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
    endpoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
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

describe('opening the catalog', () => {
  test('a new cluster begins as a KRaft log does: control records, features, registration', async () => {
    const log = new MemoryMetadataLog()
    const catalog = await open(log)
    const first = log.batches[0] ?? Buffer.alloc(0)
    expect([batchIsControl(first, 0), batchRecordCount(first, 0)]).toEqual([true, 3])
    expect((await replayed(log)).map((record) => record.type)).toEqual([
      'FeatureLevel',
      'FeatureLevel',
      'FeatureLevel',
      'FeatureLevel',
      'FeatureLevel',
      'FeatureLevel',
      'Config',
      'RegisterBroker',
    ])
    expect(catalog.features.get('metadata.version')).toBe(25)
    expect(catalog.configs('broker', '').get('min.insync.replicas')).toBe('1')
    expect(catalog.registration).toMatchObject({ brokerId: 1, brokerEpoch: 10, fenced: false })
    expect(catalog.lastOffset).toBe(10)
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

  test('a clean stop fences the registration, and the next start has a new one', async () => {
    const log = new MemoryMetadataLog()
    const catalog = await open(log)
    await fenceBroker(catalog)
    expect(catalog.registration?.fenced).toBe(true)
    const after = await open(new MemoryMetadataLog(log.batches))
    expect(after.registration?.fenced).toBe(false)
  })
})
