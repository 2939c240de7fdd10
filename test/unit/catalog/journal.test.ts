// Commits as batches and transactions, and what replay makes of torn ones.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { openCatalog } from '../../../src/catalog/open.ts'
import { Journal } from '../../../src/catalog/journal.ts'
import {
  configRecord,
  featureLevelRecord,
  newPartitionRecord,
  removeTopicRecord,
  topicRecord,
} from '../../../src/catalog/records.ts'
import type { MetadataRecord } from '../../../src/catalog/records.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { Logger } from '../../../src/io/logger.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'
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

  test('a commit is synced once, however many batches it takes', async () => {
    const log = new MemoryMetadataLog()
    await journalOn(log).append(topicOf(10))
    expect(log.syncCount).toBe(1)
    await journalOn(log, 2048).append(topicOf(100))
    expect(log.batches.length).toBeGreaterThan(4)
    expect(log.syncCount).toBe(2)
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
    const other = { timestamp: 0, key: null, value: Buffer.from([1, 21, 0, 1, 2, 3]) }
    await log.append(buildRecordBatch({ records: [other, other] }))
    const lines: unknown[] = []
    await open(log, { ...silentLogger, info: (fields) => lines.push(fields) })
    expect(lines).toEqual([{ apiKey: 21, records: 2 }])
  })
})
