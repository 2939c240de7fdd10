// Finding and slicing batches for a fetch: one read never crosses a segment, begins with the batch
// that holds the offset, and may end inside a batch, as Kafka's.
import { assert } from '../base/assert.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { BufferPool } from './buffer-pool.ts'
import { PooledRecords, noRecords } from './buffer-pool.ts'
import { FileRecords, fileRecordsMin } from './file-records.ts'
import type { AbortedTransaction, ReadLimit, RecordsLoan } from './partition-store.ts'
import { locateBatch, locateBehind } from './read-damage.ts'
import type { ReadVerifier } from './read-damage.ts'
import type { BatchLocation, Segment } from './segment.ts'

export interface SegmentsRead {
  readonly offset: number
  readonly maxBytes: number
  readonly minOneBatch: boolean
  readonly limit: ReadLimit
  /** No record at this offset or behind it may be seen. */
  readonly limitOffset: number
  readonly verifier: ReadVerifier
  /** Set where the records may stay in their file: hears of a read that fails later. */
  readonly onLateTrouble: ((error: unknown) => void) | null
}

export interface FoundRecords {
  readonly records: RecordsLoan
  readonly abortedTransactions: readonly AbortedTransaction[] | null
}

/** Index of the segment that holds `offset`, or would: the last that begins at it or before. */
export function segmentIndexOf(segments: readonly Segment[], offset: number): number {
  let low = 0
  let high = segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const segment = segments[middle]
    if (segment !== undefined && segment.baseOffset <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * Reads from the segment that holds the offset. Throws KafkaError CORRUPT_MESSAGE at a damaged
 * header.
 */
export function readSegments(
  segments: readonly Segment[],
  request: SegmentsRead,
  pool: BufferPool,
): FoundRecords {
  const isCommitted = request.limit === 'last-stable'
  const nothing = { records: noRecords, abortedTransactions: isCommitted ? [] : null }
  assert(request.maxBytes >= 0, 'a read has a bound')
  if (request.offset >= request.limitOffset) return nothing
  const found = locate(segments, request.offset, request.verifier)
  if (found === undefined) return nothing
  const records = readFound(segments, found, request, pool)
  if (records === undefined) return nothing
  const aborted = isCommitted ? collectAborted(segments, found, request, records.byteLength) : null
  return { records, abortedTransactions: aborted }
}

/** Undefined when nothing fits, or nothing may be seen yet. */
function readFound(
  segments: readonly Segment[],
  { segment, index, batch }: Found,
  request: SegmentsRead,
  pool: BufferPool,
): RecordsLoan | undefined {
  const available = limitPosition(segments, index, request) - batch.position
  const fits = batch.size <= request.maxBytes
  if (available <= 0 || (!fits && !request.minOneBatch)) return undefined
  const wanted = Math.min(available, Math.max(batch.size, request.maxBytes))
  const lent = lendRecords(segment, { position: batch.position, wanted }, request, pool)
  if (lent !== null) return lent
  // The broker's own reads (log-end) check what they parse.
  const verifier = request.limit === 'log-end' ? null : request.verifier
  try {
    return readRecords(segment, { position: batch.position, wanted, verifier }, pool)
  } catch (error) {
    const isDamaged = error instanceof KafkaError && error.errorName === 'CORRUPT_MESSAGE'
    const behind = isDamaged ? locateBehind(segment, batch, request.offset) : undefined
    if (behind === undefined) throw error
    return readFound(segments, { segment, index, batch: behind }, request, pool)
  }
}

interface Found {
  readonly segment: Segment
  readonly index: number
  readonly batch: BatchLocation
}

/** The batch with the offset, or the first one behind it (compaction leaves gaps). */
function locate(
  segments: readonly Segment[],
  offset: number,
  verifier: ReadVerifier,
): Found | undefined {
  for (let index = segmentIndexOf(segments, offset); index < segments.length; index++) {
    const segment = segments[index]
    if (segment === undefined || segment.size === 0) continue
    const batch = locateBatch(segment, offset, verifier)
    if (batch !== undefined) return { segment, index, batch }
  }
  return undefined
}

/** Where reading must stop in the segment: its end, unless the limit lies in it. */
function limitPosition(
  segments: readonly Segment[],
  index: number,
  { limitOffset, verifier }: { readonly limitOffset: number; readonly verifier: ReadVerifier },
): number {
  const segment = segments[index]
  const next = segments[index + 1]
  if (segment === undefined) return 0
  if (next !== undefined && next.baseOffset <= limitOffset) return segment.size
  if (segment.endsBefore(limitOffset)) return segment.size
  return locateBatch(segment, limitOffset, verifier)?.position ?? segment.size
}

/** The records left in their file; null where they have to be read. */
function lendRecords(
  segment: Segment,
  { position, wanted }: { readonly position: number; readonly wanted: number },
  { verifier, onLateTrouble }: SegmentsRead,
  pool: BufferPool,
): RecordsLoan | null {
  if (onLateTrouble === null || wanted < fileRecordsMin) return null
  if (!verifier.isChecked(segment, position, wanted)) return null
  const file = segment.file.lend()
  if (file === null) return null
  const around = { pool, onTrouble: onLateTrouble }
  return new FileRecords(file, { position, byteLength: wanted }, around)
}

function readRecords(
  segment: Segment,
  at: {
    readonly position: number
    readonly wanted: number
    readonly verifier: ReadVerifier | null
  },
  pool: BufferPool,
): RecordsLoan {
  const { position, wanted, verifier } = at
  const buffer = pool.take(wanted)
  try {
    const count = segment.file.read(buffer, 0, wanted, position)
    assert(count === wanted, 'a segment is as long as it says')
    const bytes = buffer.subarray(0, count)
    const sound = verifier === null ? count : verifier.soundBytes(segment, position, bytes)
    return new PooledRecords(pool, buffer, sound)
  } catch (error) {
    pool.giveBack(buffer)
    throw error
  }
}

/** Aborted transactions that overlap what was read; a few too many do no harm, as in Kafka. */
function collectAborted(
  segments: readonly Segment[],
  found: Found,
  request: SegmentsRead,
  byteLength: number,
): AbortedTransaction[] {
  const upperOffset =
    found.segment.offsetAtOrBehind(found.batch.position + byteLength) ??
    segments[found.index + 1]?.baseOffset ??
    request.limitOffset
  const aborted: AbortedTransaction[] = []
  for (const segment of segments.slice(found.index)) {
    for (const entry of segment.transactionIndex.entries) {
      if (entry.lastOffset >= request.offset && entry.firstOffset < upperOffset) {
        aborted.push({ producerId: entry.producerId, firstOffset: entry.firstOffset })
      }
      if (entry.lastStableOffset >= upperOffset) return aborted
    }
  }
  return aborted
}

/** Bytes from the batch with the offset to the limit, counted until `maxBytes`. */
export function readableSegmentBytes(
  segments: readonly Segment[],
  range: Pick<SegmentsRead, 'offset' | 'limitOffset' | 'maxBytes' | 'verifier'>,
): number {
  if (range.offset >= range.limitOffset) return 0
  const found = locate(segments, range.offset, range.verifier)
  if (found === undefined) return 0
  let sum = limitPosition(segments, found.index, range) - found.batch.position
  for (let index = found.index + 1; index < segments.length && sum < range.maxBytes; index++) {
    const segment = segments[index]
    if (segment === undefined || segment.baseOffset >= range.limitOffset) break
    sum += limitPosition(segments, index, range)
  }
  return Math.max(0, Math.min(sum, range.maxBytes))
}
