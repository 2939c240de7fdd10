// Producer ids never repeat.
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../../src/catalog/open.ts'
import { ProducerIds } from '../../../src/catalog/producer-ids.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { Logger } from '../../../src/io/logger.ts'
import { MemoryMetadataLog } from '../../support/memory-metadata-log.ts'

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
