// One batch under compaction: kept as it is, rebuilt with the records that stay, emptied (its header
// alone tells of offsets and sequences), or dropped. Knows nothing of files. Rebuilding copies
// records byte for byte; only timestamps move, when the delete horizon takes the base timestamp's
// place (KIP-534).
import { assert } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain } from '../base/maybe-promise.ts'
import { readControlType } from '../../protocol/control-records.ts'
import {
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCompression,
  batchHasDeleteHorizon,
  batchHeaderBytes,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchTimestampType,
  noValue,
  writeBatchHeader,
} from '../../protocol/record-batch.ts'
import { RecordCursor } from '../../protocol/records.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from '../../protocol/varint.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import type { OffsetMap } from './offset-map.ts'
import type { Pace } from './pace.ts'
import { compressAs, eachRecord, inflatePaced } from './paced-records.ts'
import type { AbortedEntry } from './txn-index.ts'

/** The newest batch of a producer that may write again: its epoch and sequence must survive. */
export interface ProducerTrace {
  readonly producerEpoch: number
  /** Last offset of its last data batch, -1 when only a marker is known. */
  readonly lastDataOffset: number
}

/** What a run knows when it judges a batch. */
export interface BatchRules {
  readonly map: OffsetMap
  readonly transactions: CleanedTransactions
  readonly producers: ReadonlyMap<number, ProducerTrace>
  readonly pace: Pace
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** Most bytes that a batch may inflate to. */
  readonly limitBytes: number
}

/** What becomes of a batch. */
export interface CompactedBatch {
  /** Null: nothing stays. The buffer that was given when all of it does. */
  readonly bytes: Buffer | null
  /** The aborted transaction that ends with this batch, while its marker is needed. */
  readonly aborted: AbortedEntry | null
}

/**
 * Judges a batch of magic 2, whose CRC is right. With `mustStay` at least its header stays: the
 * last batch of what becomes a segment tells where the segment ends.
 */
export function compactBatch(
  batch: Buffer,
  rules: BatchRules,
  mustStay: boolean,
): MaybePromise<CompactedBatch> {
  assert(batch.length >= batchHeaderBytes, 'a batch has a header')
  const isKnown = mustStay || holdsProducerState(batch, rules)
  if (batchIsControl(batch, 0)) return compactControl(batch, rules, isKnown)
  const producerId = batchProducerId(batch, 0)
  const lastOffset = batchLastOffset(batch, 0)
  const isTransactional = batchIsTransactional(batch, 0)
  const ends = { producerId, lastOffset, isTransactional }
  if (rules.transactions.isAborted(ends)) return { bytes: emptied(batch, isKnown), aborted: null }
  return chain(inflatePaced(batch, rules.limitBytes), (inflated) =>
    chain(compactRecords(batch, inflated, rules), (bytes) => ({
      bytes: bytes ?? emptied(batch, isKnown),
      aborted: null,
    })),
  )
}

/**
 * Kafka's three cases: of a producer that may write again the last data batch stays, and when there
 * is none the marker with its epoch.
 */
function holdsProducerState(batch: Buffer, rules: BatchRules): boolean {
  const trace = rules.producers.get(batchProducerId(batch, 0))
  if (trace === undefined) return false
  if (trace.lastDataOffset >= 0) return batchLastOffset(batch, 0) === trace.lastDataOffset
  return batchIsControl(batch, 0) && batchProducerEpoch(batch, 0) === trace.producerEpoch
}

function compactControl(batch: Buffer, rules: BatchRules, isKnown: boolean): CompactedBatch {
  const cursor = new RecordCursor(batch, 0)
  if (!cursor.next()) return { bytes: emptied(batch, isKnown), aborted: null }
  const type = readControlType(cursor.key())
  if (type !== 'ABORT' && type !== 'COMMIT') return { bytes: batch, aborted: null }
  const ends = { producerId: batchProducerId(batch, 0), lastOffset: batchLastOffset(batch, 0) }
  const { mayGo, entry } = rules.transactions.endAt(ends, type === 'ABORT')
  if (!mayGo) return { bytes: batch, aborted: entry }
  if (!batchHasDeleteHorizon(batch, 0)) {
    return {
      bytes: rebuildPlain(batch, [keep(cursor, batchHeaderBytes)], horizonOf(rules)),
      aborted: null,
    }
  }
  if (rules.nowMs < batchBaseTimestamp(batch, 0)) return { bytes: batch, aborted: null }
  return { bytes: emptied(batch, isKnown), aborted: null }
}

/** A record that stays, as it lies in the batch or in its inflated records. */
interface KeptRecord {
  /** With its length field. */
  readonly bytes: Buffer
  /** Where its attributes stand in `bytes`, behind the length. */
  readonly attributesAt: number
  readonly timestamp: number
}

function keep(cursor: RecordCursor, start: number): KeptRecord {
  const { position, size, bytes, timestamp } = cursor
  return {
    bytes: bytes.subarray(start, start + size),
    attributesAt: position - start,
    timestamp,
  }
}

/** The records that stay as a batch; the batch itself when all do; null when none does. */
function compactRecords(
  batch: Buffer,
  inflated: Buffer | undefined,
  rules: BatchRules,
): MaybePromise<Buffer | null> {
  const cursor = new RecordCursor(batch, 0, inflated)
  const horizon = batchHasDeleteHorizon(batch, 0) ? batchBaseTimestamp(batch, 0) : Infinity
  const tombstonesStay = rules.nowMs < horizon
  const staying: KeptRecord[] = []
  let hasTombstone = false
  let start = inflated === undefined ? batchHeaderBytes : 0
  const visited = eachRecord(cursor, rules.pace, () => {
    if (isKept(cursor, rules.map, tombstonesStay)) {
      staying.push(keep(cursor, start))
      if (!cursor.hasValue()) hasTombstone = true
    }
    start += cursor.size
    return true
  })
  return chain(visited, () => rebuildWith(batch, inflated, rules, { staying, hasTombstone }))
}

/** The batch with what stays of its records; null for nothing. */
function rebuildWith(
  batch: Buffer,
  inflated: Buffer | undefined,
  rules: BatchRules,
  { staying, hasTombstone }: { staying: readonly KeptRecord[]; hasTombstone: boolean },
): MaybePromise<Buffer | null> {
  if (staying.length === 0) return null
  const needsHorizon = hasTombstone && !batchHasDeleteHorizon(batch, 0)
  if (staying.length === batchRecordCount(batch, 0) && !needsHorizon) return batch
  // Times beyond 2^53 are foreign: they could not be written back as they are.
  if (!hasExactTimes(batch)) return batch
  const newHorizon = needsHorizon ? horizonOf(rules) : null
  return inflated === undefined
    ? rebuildPlain(batch, staying, newHorizon)
    : rebuildCompressed(batch, staying, newHorizon)
}

function isKept(cursor: RecordCursor, map: OffsetMap, tombstonesStay: boolean): boolean {
  if (cursor.offset > map.latestOffset) return true
  const key = cursor.key()
  if (key === null) return false
  return cursor.offset >= map.get(key) && (cursor.hasValue() || tombstonesStay)
}

function hasExactTimes(batch: Buffer): boolean {
  return (
    Number.isSafeInteger(batchBaseTimestamp(batch, 0)) &&
    Math.abs(batchBaseTimestamp(batch, 0)) < Number.MAX_SAFE_INTEGER &&
    Math.abs(batchMaxTimestamp(batch, 0)) < Number.MAX_SAFE_INTEGER
  )
}

function horizonOf(rules: BatchRules): number {
  return Math.min(rules.nowMs + rules.deleteRetentionMs, Number.MAX_SAFE_INTEGER - 1)
}

function rebuildPlain(
  batch: Buffer,
  records: readonly KeptRecord[],
  horizonMs: number | null,
): Buffer {
  const rebuilt = Buffer.allocUnsafe(batchHeaderBytes + recordsBytes(records, horizonMs))
  writeRecords(rebuilt, batchHeaderBytes, records, horizonMs)
  writeHeader(rebuilt, batch, records, horizonMs)
  return rebuilt
}

function rebuildCompressed(
  batch: Buffer,
  records: readonly KeptRecord[],
  horizonMs: number | null,
): MaybePromise<Buffer> {
  const plain = Buffer.allocUnsafe(recordsBytes(records, horizonMs))
  writeRecords(plain, 0, records, horizonMs)
  return chain(compressAs(batch, plain), (compressed) => {
    const rebuilt = Buffer.allocUnsafe(batchHeaderBytes + compressed.length)
    compressed.copy(rebuilt, batchHeaderBytes)
    writeHeader(rebuilt, batch, records, horizonMs)
    return rebuilt
  })
}

function recordsBytes(records: readonly KeptRecord[], baseTimestampMs: number | null): number {
  return records.reduce((sum, record) => {
    if (baseTimestampMs === null) return sum + record.bytes.length
    const body = rebasedBodyBytes(record, baseTimestampMs)
    return sum + varintBytes(body) + body
  }, 0)
}

function rebasedBodyBytes(record: KeptRecord, baseTimestampMs: number): number {
  const rest = record.bytes.length - behindTimestamp(record)
  return 1 + varlongBytes(record.timestamp - baseTimestampMs) + rest
}

function writeRecords(
  into: Buffer,
  start: number,
  records: readonly KeptRecord[],
  baseTimestampMs: number | null,
): void {
  let at = start
  for (const record of records) {
    at =
      baseTimestampMs === null
        ? at + record.bytes.copy(into, at)
        : writeRebased(into, at, record, baseTimestampMs)
  }
  assert(at === into.length, 'records take the room that was counted')
}

/** The record with another timestamp delta; what follows the delta is copied. */
function writeRebased(
  into: Buffer,
  start: number,
  record: KeptRecord,
  baseTimestampMs: number,
): number {
  let at = writeVarint(into, start, rebasedBodyBytes(record, baseTimestampMs))
  at += record.bytes.copy(into, at, record.attributesAt, record.attributesAt + 1)
  at = writeVarlong(into, at, record.timestamp - baseTimestampMs)
  return at + record.bytes.copy(into, at, behindTimestamp(record))
}

/** Where the timestamp delta ends: its last byte has no high bit. */
function behindTimestamp(record: KeptRecord): number {
  let at = record.attributesAt + 1
  while ((record.bytes[at] ?? 0) >= 0x80) at += 1
  return at + 1
}

function writeHeader(
  rebuilt: Buffer,
  batch: Buffer,
  records: readonly KeptRecord[],
  horizonMs: number | null,
): void {
  const isAppendTime = batchTimestampType(batch, 0) === 'LogAppendTime'
  const largest = records.reduce((max, { timestamp }) => Math.max(max, timestamp), noValue)
  writeBatchHeader(rebuilt, 0, {
    ...headerOf(batch),
    size: rebuilt.length,
    hasDeleteHorizon: horizonMs !== null || batchHasDeleteHorizon(batch, 0),
    baseTimestamp: horizonMs ?? batchBaseTimestamp(batch, 0),
    maxTimestamp: isAppendTime ? batchMaxTimestamp(batch, 0) : largest,
    recordCount: records.length,
  })
}

/** The header alone, without records, where it must stay; else null. */
function emptied(batch: Buffer, mustStay: boolean): Buffer | null {
  if (!mustStay) return null
  if (batchRecordCount(batch, 0) === 0) return batch
  const header = Buffer.allocUnsafe(batchHeaderBytes)
  writeBatchHeader(header, 0, {
    ...headerOf(batch),
    size: batchHeaderBytes,
    compression: 0,
    hasDeleteHorizon: false,
    baseTimestamp: noValue,
    maxTimestamp: batchMaxTimestamp(batch, 0),
    recordCount: 0,
  })
  return header
}

/** What compaction never changes. */
function headerOf(batch: Buffer) {
  return {
    baseOffset: batchBaseOffset(batch, 0),
    partitionLeaderEpoch: batchPartitionLeaderEpoch(batch, 0),
    compression: batchCompression(batch, 0),
    timestampType: batchTimestampType(batch, 0),
    isTransactional: batchIsTransactional(batch, 0),
    isControl: batchIsControl(batch, 0),
    lastOffsetDelta: batchLastOffsetDelta(batch, 0),
    producerId: batchProducerId(batch, 0),
    producerEpoch: batchProducerEpoch(batch, 0),
    baseSequence: batchBaseSequence(batch, 0),
  }
}
