// Offsets by time, exact to the record as Kafka's: the time index leads near, batch headers
// nearer, and the records of one batch decide.
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import { toOffset } from '../base/brands.ts'
import { batchMagic, batchPartitionLeaderEpoch } from '../../protocol/record-batch.ts'
import { readMessages } from '../../protocol/message-set.ts'
import { RecordCursor, inflateRecords } from '../../protocol/records.ts'
import type { BatchScanner } from './batch-scanner.ts'
import { storageError } from './disk-trouble.ts'
import type { TimestampedOffset } from './partition-store.ts'
import type { Segment } from './segment.ts'

export interface TimeSearch {
  readonly timestampMs: number
  readonly logStartOffset: number
  /** Most bytes that a batch may inflate to. */
  readonly limitBytes: number
}

/** The log that is searched, as it is at each look. */
export interface SearchedLog {
  readonly segments: readonly Segment[]
  readonly logStartOffset: number
  /** False when it was closed or deleted, or its disk failed: the search ends. */
  readonly online: boolean
}

type Found = TimestampedOffset | null | typeof segmentsChanged

/** A codec was waited for, and the segment is gone by now: another holds what it held, or none. */
const segmentsChanged = Symbol('segments changed')

/**
 * The first record at or behind the log start offset with a timestamp of at least `timestampMs`.
 */
export function findByTimestamp(
  log: SearchedLog,
  asked: { readonly timestampMs: number; readonly limitBytes: number },
): MaybePromise<TimestampedOffset | null> {
  const { segments, logStartOffset } = log
  const search = { ...asked, logStartOffset }
  const first = segments.findIndex(
    (segment) => segment.size > 0 && segment.maxTimestamp.timestampMs >= asked.timestampMs,
  )
  if (first < 0) return null
  return chain(findFrom([...segments], first, search), (found) =>
    found === segmentsChanged ? findByTimestamp(stillOnline(log), asked) : found,
  )
}

function findFrom(
  segments: readonly Segment[],
  index: number,
  search: TimeSearch,
): MaybePromise<Found> {
  const segment = segments[index]
  if (segment === undefined) return null
  if (segment.isGone) return segmentsChanged
  return chain(findInSegment(segment, search), (found) =>
    found === null ? findFrom(segments, index + 1, search) : found,
  )
}

function findInSegment(segment: Segment, search: TimeSearch): MaybePromise<Found> {
  const hint = segment.timeBefore(search.timestampMs)
  const from = Math.max(hint?.offset ?? segment.baseOffset, search.logStartOffset)
  const scanner = segment.scan(segment.positionBefore(from), 'headers')
  return scanOn(segment, scanner, search)
}

/** Goes through batches; waits only where a codec works asynchronously. */
function scanOn(segment: Segment, scanner: BatchScanner, search: TimeSearch): MaybePromise<Found> {
  while (scanner.next()) {
    if (scanner.maxTimestampMs < search.timestampMs) continue
    if (scanner.lastOffset < search.logStartOffset || !scanner.readWhole()) continue
    const found = firstRecord(scanner, search)
    if (!isPromise(found)) {
      if (found !== null) return found
      continue
    }
    return found.then((record) => {
      if (segment.isGone) return segmentsChanged
      return record ?? scanOn(segment, scanner, search)
    })
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
  log: SearchedLog,
  limitBytes: number,
): MaybePromise<TimestampedOffset | null> {
  let latest: Segment | null = null
  for (const segment of log.segments) {
    if (segment.size === 0) continue
    if (latest === null || segment.maxTimestamp.timestampMs > latest.maxTimestamp.timestampMs) {
      latest = segment
    }
  }
  if (latest === null || latest.maxTimestamp.timestampMs < 0) return null
  const { timestampMs, offset } = latest.maxTimestamp
  const scanner = latest.scan(latest.positionBefore(offset), 'headers')
  const found = scanOn(latest, scanner, { timestampMs, logStartOffset: 0, limitBytes })
  return chain(found, (record) =>
    record === segmentsChanged ? findMaxTimestamp(stillOnline(log), limitBytes) : record,
  )
}

function stillOnline(log: SearchedLog): SearchedLog {
  if (log.online) return log
  throw storageError('the partition went away while it was searched')
}
