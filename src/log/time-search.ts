// Offsets by time, exact to the record as Kafka's: the time index leads near, batch headers
// nearer, and the records of one batch decide.
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import { toOffset } from '../base/brands.ts'
import { batchMagic, batchPartitionLeaderEpoch } from '../../protocol/record-batch.ts'
import { readMessages } from '../../protocol/message-set.ts'
import { RecordCursor, inflateRecords } from '../../protocol/records.ts'
import type { BatchScanner } from './batch-scanner.ts'
import type { TimestampedOffset } from './partition-store.ts'
import type { Segment } from './segment.ts'

export interface TimeSearch {
  readonly timestampMs: number
  readonly logStartOffset: number
  /** Most bytes that a batch may inflate to. */
  readonly limitBytes: number
}

/**
 * The first record at or behind the log start offset with a timestamp of at least `timestampMs`.
 */
export function findByTimestamp(
  segments: readonly Segment[],
  search: TimeSearch,
): MaybePromise<TimestampedOffset | null> {
  const first = segments.findIndex(
    (segment) => segment.size > 0 && segment.maxTimestamp.timestampMs >= search.timestampMs,
  )
  return first < 0 ? null : findFrom(segments, first, search)
}

function findFrom(
  segments: readonly Segment[],
  index: number,
  search: TimeSearch,
): MaybePromise<TimestampedOffset | null> {
  const segment = segments[index]
  if (segment === undefined) return null
  return chain(findInSegment(segment, search), (found) =>
    found === null ? findFrom(segments, index + 1, search) : found,
  )
}

function findInSegment(
  segment: Segment,
  search: TimeSearch,
): MaybePromise<TimestampedOffset | null> {
  const hint = segment.timeBefore(search.timestampMs)
  const from = Math.max(hint?.offset ?? segment.baseOffset, search.logStartOffset)
  const scanner = segment.scan(segment.positionBefore(from), 'headers')
  return scanOn(scanner, search)
}

/** Goes through batches; waits only where a codec works asynchronously. */
function scanOn(scanner: BatchScanner, search: TimeSearch): MaybePromise<TimestampedOffset | null> {
  while (scanner.next()) {
    if (scanner.maxTimestampMs < search.timestampMs) continue
    if (scanner.lastOffset < search.logStartOffset || !scanner.readWhole()) continue
    const found = firstRecord(scanner, search)
    if (isPromise(found)) return found.then((record) => record ?? scanOn(scanner, search))
    if (found !== null) return found
  }
  return null
}

function firstRecord(
  scanner: BatchScanner,
  search: TimeSearch,
): MaybePromise<TimestampedOffset | null> {
  const { buffer, at } = scanner
  const isMatch = (timestamp: number, offset: number): boolean =>
    timestamp >= search.timestampMs && offset >= search.logStartOffset
  if (batchMagic(buffer, at) < 2) return firstMessage(scanner, search, isMatch)
  const leaderEpoch = batchPartitionLeaderEpoch(buffer, at)
  return chain(inflateRecords(buffer, at, search.limitBytes), (inflated) => {
    const cursor = new RecordCursor(buffer, at, inflated)
    while (cursor.next('skip')) {
      const { timestamp, offset } = cursor
      if (isMatch(timestamp, offset)) {
        return { timestampMs: timestamp, offset: toOffset(offset), leaderEpoch }
      }
    }
    return null
  })
}

function firstMessage(
  scanner: BatchScanner,
  search: TimeSearch,
  isMatch: (timestamp: number, offset: number) => boolean,
): MaybePromise<TimestampedOffset | null> {
  const entry = scanner.buffer.subarray(scanner.at, scanner.at + scanner.size)
  return chain(readMessages(entry, 0, search.limitBytes), (messages) => {
    const found = messages.find(({ timestamp, offset }) => isMatch(timestamp, offset))
    if (found === undefined) return null
    return { timestampMs: found.timestamp, offset: toOffset(found.offset), leaderEpoch: -1 }
  })
}

/**
 * The first record that has the largest timestamp of all (KIP-734); null when no record has one.
 */
export function findMaxTimestamp(
  segments: readonly Segment[],
  limitBytes: number,
): MaybePromise<TimestampedOffset | null> {
  let latest: Segment | null = null
  for (const segment of segments) {
    if (segment.size === 0) continue
    if (latest === null || segment.maxTimestamp.timestampMs > latest.maxTimestamp.timestampMs) {
      latest = segment
    }
  }
  if (latest === null || latest.maxTimestamp.timestampMs < 0) return null
  const { timestampMs, offset } = latest.maxTimestamp
  const scanner = latest.scan(latest.positionBefore(offset), 'headers')
  return scanOn(scanner, { timestampMs, logStartOffset: 0, limitBytes })
}
