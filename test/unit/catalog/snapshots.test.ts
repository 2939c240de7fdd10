// The catalog with snapshots: a start from one equals a start from the whole log, whatever lies in
// it; old ones go; damaged ones are passed over.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { StartupRefused } from '../../../src/base/startup-refused.ts'
import { imageRecords } from '../../../src/catalog/image-records.ts'
import { openCatalog } from '../../../src/catalog/open.ts'
import { configRecord, newPartitionRecord, topicRecord } from '../../../src/catalog/records.ts'
import { encodeSnapshot } from '../../../src/catalog/snapshot.ts'
import type { SnapshotId } from '../../../src/catalog/snapshot.ts'
import { findSnapshot } from '../../../src/catalog/snapshots.ts'
import type { SnapshotStore } from '../../../src/catalog/snapshots.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'
import { Writer } from '../../../protocol/writer.ts'
import {
  encodeAccessControlEntryRecord,
  encodeRemoveAccessControlEntryRecord,
} from '../../../protocol/codecs/metadata-records.ts'
import { MemoryMetadataLog } from '../../support/memory-metadata-log.ts'

const topicId = toTopicId('MLgrI7vhSz9bltcBNUkHWw')
const directory = 'yZc-Tb1eSB65A4eGrMSmIw'
const [alice, bob] = ['3TLgrI7vhSz9bltcBNUkHg', '4TLgrI7vhSz9bltcBNUkHg']
const clock = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0, after: () => () => undefined }

class MemorySnapshots implements SnapshotStore {
  readonly files = new Map<SnapshotId, Buffer>()
  bootstrap: Buffer | null = null

  list(): SnapshotId[] {
    return [...this.files.keys()]
  }

  read(id: SnapshotId): Buffer {
    return this.files.get(id) ?? Buffer.alloc(0)
  }

  epochBelow(): number {
    return 1
  }

  write(id: SnapshotId, bytes: Buffer): Promise<void> {
    this.files.set(id, bytes)
    return Promise.resolve()
  }

  applyRetention(): void {
    // Nothing goes here.
  }

  readBootstrap(): Buffer | null {
    return this.bootstrap
  }
}

function open(log: MemoryMetadataLog, store: SnapshotStore, recordBytesMax = 1 << 20) {
  const rules = { recordBytesMax, intervalMs: 0 }
  return openCatalog({
    log,
    clusterId: 'anVEaUvbTISJZxzwk-4slA',
    nodeId: 1,
    rack: null,
    directoryIds: [directory],
    endpoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
    initialConfigs: new Map([['min.insync.replicas', '1']]),
    clock,
    random: { bytes: (count) => Buffer.alloc(count, 7) },
    logger: silentLogger,
    snapshots: { store, rules, onBug: () => expect.unreachable() },
  })
}

/** The value of a record that the catalog does not obey. */
function framed(apiKey: number, encode: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  for (const part of [1, apiKey, 0]) writer.uvarint(part)
  encode(writer)
  return writer.finishBuffer()
}

function aclFor(id: string, principal: string): Buffer {
  const rest = { resourceName: 'orders', patternType: 3, host: '*', operation: 3 }
  const entry = { id, principal, resourceType: 2, permissionType: 3, ...rest }
  return framed(18, (writer) => encodeAccessControlEntryRecord(writer, entry, 0))
}

function appendValues(log: MemoryMetadataLog, values: readonly Buffer[]): void {
  const records = values.map((value) => ({ timestamp: 1, key: null, value }))
  void log.append(buildRecordBatch({ records }))
}

describe('the catalog with snapshots', () => {
  test('is the same from a snapshot as from the whole log', async () => {
    const [log, store] = [new MemoryMetadataLog(), new MemorySnapshots()]
    const first = await open(log, store)
    await first.commit([
      topicRecord('orders', topicId),
      newPartitionRecord(topicId, 0, { replicas: [1], directory }),
      configRecord('topic', 'orders', { name: 'retention.ms', value: '5' }),
      configRecord('group', 'readers', { name: 'consumer.session.timeout.ms', value: '50000' }),
    ])
    const eager = await open(log, store, 1)
    await eager.close()
    expect(store.files.size).toBeGreaterThan(0)
    const whole = await open(new MemoryMetadataLog(log.batches), new MemorySnapshots())
    const again = await open(new MemoryMetadataLog(log.batches), store)
    expect([...imageRecords(again.image)]).toEqual([...imageRecords(whole.image)])
    expect(again.kraftVersion).toBe(1)
  })

  test('carries on what it does not obey, without what was removed', async () => {
    const [log, store] = [new MemoryMetadataLog(), new MemorySnapshots()]
    await open(log, store)
    const fromTheFuture = framed(99, (writer) => writer.int32(42))
    const removal = framed(19, (writer) =>
      encodeRemoveAccessControlEntryRecord(writer, { id: bob }, 0),
    )
    appendValues(log, [aclFor(alice, 'User:alice'), aclFor(bob, 'User:bob'), fromTheFuture])
    appendValues(log, [removal])
    const eager = await open(log, store, 1)
    await eager.close()
    const snapshot = await findSnapshot(store, 0, silentLogger)
    const values = snapshot?.values.map((value) => value.toString('hex'))
    expect(values).toContain(aclFor(alice, 'User:alice').toString('hex'))
    expect(values).toContain(fromTheFuture.toString('hex'))
    expect(values).not.toContain(aclFor(bob, 'User:bob').toString('hex'))
  })

  test('passes over a damaged snapshot, and refuses to start when the log needs it', async () => {
    const store = new MemorySnapshots()
    const content = { raftState: new Map(), values: [aclFor(alice, 'User:alice')] }
    const good = encodeSnapshot(content, { epoch: 1, lastTimestampMs: 1, nowMs: 1 })
    store.files.set({ endOffset: 10, epoch: 1 }, good)
    store.files.set({ endOffset: 20, epoch: 1 }, good.subarray(0, -5))
    expect(await findSnapshot(store, 10, silentLogger)).toMatchObject({ endOffset: 10 })
    expect(await findSnapshot(store, 0, silentLogger)).toMatchObject({ endOffset: 10 })
    await expect(findSnapshot(store, 15, silentLogger)).rejects.toThrow(StartupRefused)
    expect(await findSnapshot(new MemorySnapshots(), 0, silentLogger)).toBeNull()
  })

  test('begins with what bootstrap.checkpoint says', async () => {
    const [log, store] = [new MemoryMetadataLog(), new MemorySnapshots()]
    const donor = await open(new MemoryMetadataLog(), new MemorySnapshots())
    const level = framed(12, (writer) => {
      writer.uvarint('metadata.version'.length + 1)
      for (const byte of Buffer.from('metadata.version')) writer.int8(byte)
      writer.int16(22)
      writer.uvarint(0)
    })
    const content = { raftState: new Map(), values: [level, aclFor(alice, 'User:alice')] }
    store.bootstrap = encodeSnapshot(content, { epoch: 0, lastTimestampMs: 0, nowMs: 1 })
    const catalog = await open(log, store)
    expect(donor.features.get('metadata.version')).toBe(25)
    expect([...catalog.features]).toEqual([['metadata.version', 22]])
    // The voters of a directory that was formatted without any are in the configuration.
    expect(catalog.kraftVersion).toBe(0)
  })
})
