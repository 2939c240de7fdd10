// Topics that are made on need.
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../../src/catalog/open.ts'
import { createMissingTopics, ensureInternalTopic } from '../../../src/catalog/topic-creation.ts'
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
