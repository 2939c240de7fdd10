// Logs to compact, and what is in them: records by key, read back batch by batch.
import { readRecords } from '../../../protocol/records.ts'
import { buildCompressedRecordBatch, buildRecordBatch } from '../../../protocol/records.ts'
import type { BatchRecord } from '../../../protocol/records.ts'
import type { CompressionCodec } from '../../../protocol/compression.ts'
import type { TopicConfig } from '../../../src/config/topic-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { compactableRange } from '../../../src/log/compaction.ts'
import { Compactor, describeSegment } from '../../../src/log/compactor.ts'
import type { CompactionOutcome } from '../../../src/log/compactor.ts'
import { Pace } from '../../../src/log/pace.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { append, appendMarker, marker, readBytes, startMs, world } from './fixtures.ts'
import type { World } from './fixtures.ts'
import type { SimDisk } from '../../../src/testing/sim-disk.ts'

export interface Keyed {
  readonly key: string
  /** Null: a tombstone. */
  readonly value: string | null
}

export interface KeyedOptions {
  readonly codec?: CompressionCodec
  readonly timestamp?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
}

/** A world whose log rolls after `segmentBytes` and is compacted. */
export function compactedWorld(
  options: { segmentBytes?: number; disk?: SimDisk; config?: Partial<TopicConfig> } = {},
): World {
  return world({
    ...(options.disk === undefined ? {} : { disk: options.disk }),
    config: {
      segmentBytes: options.segmentBytes ?? 500,
      cleanupPolicy: { compact: true, delete: false },
      deleteRetentionMs: 1000,
      ...options.config,
    },
  })
}

export function keyed(records: readonly Keyed[], options: KeyedOptions = {}): Buffer {
  const { codec = 'none', timestamp = startMs, ...producer } = options
  const spec = {
    records: records.map(({ key, value }) => ({
      timestamp,
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: [{ key: 'h', value: Buffer.from(key) }],
    })),
    ...producer,
  }
  if (codec === 'none') return buildRecordBatch(spec)
  const built = buildCompressedRecordBatch(spec, codec)
  if (built instanceof Promise) throw new Error(`${codec} works asynchronously here`)
  return built
}

export function put(log: PartitionLog, key: string, value: string | null): void {
  append(log, keyed([{ key, value }]))
}

/** Ends the active segment: what was appended so far may be compacted. */
export function roll(log: PartitionLog): void {
  const before = log.segments.length
  while (log.segments.length === before) put(log, 'roll', 'x'.repeat(100))
}

export function endTransaction(log: PartitionLog, producerId: number, isCommit: boolean): void {
  appendMarker(log, marker(producerId, isCommit))
}

/** One run over all that may be compacted, from `compactedTo` on. */
export async function compact(
  around: World,
  log: PartitionLog,
  options: { compactedTo?: number; mapBytes?: number } = {},
): Promise<CompactionOutcome> {
  const { logStartOffset, logEndOffset, lastStableOffset } = log
  const state = {
    segments: log.segments.map(describeSegment),
    logStartOffset,
    logEndOffset,
    lastStableOffset,
    compactedTo: options.compactedTo,
  }
  const range = compactableRange(state, log.config, around.clock.nowMs())
  const compactor = new Compactor(log, {
    disk: around.disk,
    clock: around.clock,
    logger: silentLogger,
    pace: new Pace(around.clock, Infinity),
    mapBytes: options.mapBytes ?? 1_000_000,
    seed: Buffer.alloc(16, 7),
  })
  return compactor.run(range)
}

export interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly attributes: number
  readonly baseTimestamp: number
  readonly producerId: number
  readonly baseSequence: number
  readonly isControl: boolean
  readonly records: readonly BatchRecord[]
}

/** Every batch of the log as a reader gets it, in order. */
export async function batches(log: PartitionLog): Promise<StoredBatch[]> {
  const found: StoredBatch[] = []
  let next: number = log.logStartOffset
  while (next < log.logEndOffset) {
    const bytes = readBytes(log, next)
    if (bytes.length === 0) break
    for (let at = 0; at < bytes.length; at += bytes.readInt32BE(at + 8) + 12) {
      const baseOffset = Number(bytes.readBigInt64BE(at))
      const lastOffset = baseOffset + bytes.readInt32BE(at + 23)
      if (lastOffset < next) throw new Error('a read goes back')
      found.push({
        baseOffset,
        lastOffset,
        attributes: bytes.readInt16BE(at + 21),
        baseTimestamp: Number(bytes.readBigInt64BE(at + 27)),
        producerId: Number(bytes.readBigInt64BE(at + 43)),
        baseSequence: bytes.readInt32BE(at + 53),
        isControl: (bytes.readInt16BE(at + 21) & 0x20) !== 0,
        records: await readRecords(bytes, at, 1_000_000),
      })
      next = lastOffset + 1
    }
  }
  return found
}

/** `offset key=value` of every data record in the log. */
export async function contents(log: PartitionLog): Promise<string[]> {
  const found = await batches(log)
  return found
    .filter(({ isControl }) => !isControl)
    .flatMap(({ records }) => records)
    .map(
      ({ offset, key, value }) =>
        `${offset} ${String(key)}=${value === null ? '-' : String(value)}`,
    )
}

/** What a reader from the beginning ends up with. */
export function latest(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of lines) {
    const [, key = '', value = ''] = /^\d+ ([^=]*)=(.*)$/.exec(line) ?? []
    if (value === '-') values.delete(key)
    else values.set(key, value)
  }
  return values
}
