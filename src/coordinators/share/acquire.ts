// Hands records of a share partition out: what has become available again, and what is new, as far
// as the limits go. Whole batches of the log where it may (batch-optimized), or no more records than
// were asked for (record-limit, KIP-1206). Follows Kafka in how the ranges are cut, since clients see
// them.
import { assert } from '../../base/assert.ts'
import { Delivery } from './delivery.ts'
import { InFlightRun } from './in-flight.ts'
import type { InFlightPart } from './in-flight.ts'
import type { SharePartition, SharePartitionRules } from './share-partition.ts'

/** Offsets of a batch of the log, both inclusive. */
export interface OffsetSpan {
  readonly firstOffset: number
  readonly lastOffset: number
}

export interface AcquireRequest {
  readonly memberId: string
  readonly mode: 'batch-optimized' | 'record-limit'
  /** New records are cut into ranges of about so many, at the batches of the log. */
  readonly batchSize: number
  readonly recordsMax: number
  /** What was asked of the log. */
  readonly fetchOffset: number
  /** The whole batches that the log gave, ascending; the first may begin before `fetchOffset`. */
  readonly read: readonly OffsetSpan[]
  /** Those of them that belong to aborted transactions and are not to be seen. */
  readonly aborted: readonly OffsetSpan[]
}

/** Records that the member holds now. */
export interface AcquiredRange extends OffsetSpan {
  readonly deliveryCount: number
}

/** A step under way: its limits, and what it has acquired so far. */
interface Acquisition {
  readonly partition: SharePartition
  readonly request: AcquireRequest
  readonly rules: SharePartitionRules
  readonly lockedUntilMs: number
  /** The first batch's first offset. */
  readonly readFrom: number
  readonly lastOffset: number
  recordsLeft: number
  readonly ranges: AcquiredRange[]
}

/** From this many deliveries on a record is handed out in ever smaller company. */
const throttledCountMin = 2

/** Acquires for the member what was read; the ranges are ascending and disjoint. */
export function acquire(
  partition: SharePartition,
  request: AcquireRequest,
  rules: SharePartitionRules,
  nowMs: number,
): readonly AcquiredRange[] {
  const { read, fetchOffset } = request
  const [first] = read
  const last = read.at(-1)
  if (first === undefined || last === undefined) return []
  if (last.lastOffset < partition.startOffset) return []
  const limits = limitsOf(partition, request, rules, last.lastOffset)
  if (limits.recordsMax <= 0) return []
  archiveStale(partition, fetchOffset, first.firstOffset)
  const acquisition: Acquisition = {
    ...{ partition, request, rules },
    lockedUntilMs: nowMs + rules.lockDurationMs,
    readFrom: first.firstOffset,
    lastOffset: limits.lastOffset,
    recordsLeft: limits.recordsMax,
    ranges: [],
  }
  acquireAll(acquisition)
  const ranges = request.aborted.length === 0 ? acquisition.ranges : withoutAborted(acquisition)
  // Records that were archived by the way are over.
  partition.advance()
  assert(partition.endOffset >= partition.startOffset, 'the end is not before the start')
  return ranges
}

/** New records are bounded by the locks that are left; those in flight already count as locked. */
function limitsOf(
  { inFlightCount, endOffset }: SharePartition,
  { recordsMax, fetchOffset }: AcquireRequest,
  { recordLocksMax }: SharePartitionRules,
  lastOffset: number,
): { readonly recordsMax: number; readonly lastOffset: number } {
  const room = Math.min(recordsMax, recordLocksMax - inFlightCount)
  if (room > 0) return { recordsMax: room, lastOffset }
  if (fetchOffset > endOffset) return { recordsMax: 0, lastOffset }
  return {
    recordsMax: Math.min(recordsMax, endOffset - fetchOffset + 1),
    lastOffset: Math.min(lastOffset, endOffset),
  }
}

/** The log has nothing from what was asked for up to the first batch: compacted away since. */
function archiveStale(partition: SharePartition, fetchOffset: number, readFrom: number): void {
  const { inFlight } = partition
  for (const run of inFlight.overlapping(fetchOffset, readFrom - 1)) {
    const isInside = run.firstOffset >= fetchOffset && run.lastOffset < readFrom
    if (!isInside && run.whole?.isAcquirable === true) run.split()
    for (const { delivery } of run.parts(fetchOffset, readFrom - 1)) {
      if (delivery.isAcquirable) delivery.archive()
    }
  }
}

function acquireAll(acquisition: Acquisition): void {
  const { partition, readFrom, lastOffset } = acquisition
  const { inFlight, startOffset } = partition
  const floor = inFlight.floor(readFrom)
  let from = readFrom
  if (floor === undefined) from = Math.max(readFrom, startOffset)
  else if (floor.lastOffset >= readFrom) from = floor.firstOffset
  const runs = inFlight.beginningIn(Math.min(readFrom, from), lastOffset)
  const lastRun = runs.at(-1)
  for (const run of runs) {
    if (acquisition.recordsLeft <= 0) return
    if (!acquireAgain(acquisition, run)) return
  }
  if (acquisition.recordsLeft <= 0) return
  if (lastRun === undefined) acquireNew(acquisition, from)
  else if (lastRun.lastOffset < lastOffset) acquireNew(acquisition, lastRun.lastOffset + 1)
}

/** Acquires what is available of a run; false: nothing more is to be acquired behind it. */
function acquireAgain(acquisition: Acquisition, run: InFlightRun): boolean {
  const { request, rules, readFrom, lastOffset, lockedUntilMs, ranges } = acquisition
  const isThrottled = highestCount(run, readFrom, lastOffset) >= throttleFrom(rules)
  if (isThrottled && ranges.length > 0) return false
  const isInside = run.firstOffset >= readFrom && run.lastOffset <= lastOffset
  const isTooMuch = request.mode === 'record-limit' && run.offsetCount > acquisition.recordsLeft
  const { whole } = run
  if (whole !== null && !whole.isAcquirable) return true
  if (whole !== null && isInside && !isTooMuch && !isThrottled) {
    whole.acquire(request.memberId, lockedUntilMs)
    const { firstOffset, lastOffset: end } = run
    ranges.push({ firstOffset, lastOffset: end, deliveryCount: whole.count })
    acquisition.recordsLeft -= run.offsetCount
    return true
  }
  run.split()
  const count = acquireEach(acquisition, run)
  return !(isThrottled && count > 0)
}

/** Acquires offsets of a run one by one; how many. */
function acquireEach(acquisition: Acquisition, run: InFlightRun): number {
  const { request, rules, readFrom, lastOffset, lockedUntilMs } = acquisition
  const { deliveryCountLimit } = rules
  const acquired: InFlightPart[] = []
  let most = request.mode === 'record-limit' ? acquisition.recordsLeft : Infinity
  let throttled = false
  for (const part of run.parts(readFrom, lastOffset)) {
    const { delivery } = part
    if (!delivery.isAcquirable) continue
    // What is handed out for the last time is handed out alone: it may be what kills consumers.
    const isLastTime = deliveryCountLimit > 2 && delivery.count === deliveryCountLimit - 1
    if (isLastTime && acquired.length > 0) break
    if (delivery.count >= throttleFrom(rules) && !throttled) {
      throttled = true
      const halvings = delivery.count - throttleFrom(rules) + 1
      most = Math.min(most, Math.max(1, Math.floor(run.offsetCount / 2 ** halvings)))
    }
    delivery.acquire(request.memberId, lockedUntilMs)
    acquired.push(part)
    if (isLastTime || acquired.length >= most) break
  }
  acquisition.ranges.push(...rangesOf(acquired))
  acquisition.recordsLeft -= acquired.length
  return acquired.length
}

function throttleFrom({ deliveryCountLimit }: SharePartitionRules): number {
  return Math.max(throttledCountMin, Math.ceil(deliveryCountLimit / 2))
}

function highestCount(run: InFlightRun, from: number, to: number): number {
  let highest = 0
  const parts = run.whole === null ? run.parts(from, to) : run.parts()
  for (const { delivery } of parts) {
    if (delivery.isAcquirable) highest = Math.max(highest, delivery.count)
  }
  return highest
}

/** Neighbours of one delivery count become one range. */
function rangesOf(parts: readonly InFlightPart[]): AcquiredRange[] {
  const ranges: AcquiredRange[] = []
  for (const { firstOffset, lastOffset, delivery } of parts) {
    const before = ranges.at(-1)
    const { count } = delivery
    if (before?.lastOffset === firstOffset - 1 && before.deliveryCount === count) {
      ranges[ranges.length - 1] = { ...before, lastOffset }
    } else ranges.push({ firstOffset, lastOffset, deliveryCount: count })
  }
  return ranges
}

/** Acquires records that were never in flight, from `from` on. */
function acquireNew(acquisition: Acquisition, from: number): void {
  const { partition, request, recordsLeft } = acquisition
  const { inFlight } = partition
  const first = inFlight.isEmpty ? Math.max(from, partition.endOffset) : from
  const last = lastNewOffset(acquisition, first)
  if (last < first) return
  const isFirst = inFlight.isEmpty
  const isTooMuch = request.mode === 'record-limit' && last - first + 1 > recordsLeft
  if (isTooMuch) acquireSome(acquisition, first, last)
  else for (const range of cut(request, first, last)) acquireRun(acquisition, range)
  if (isFirst) partition.startOffset = first
  partition.endOffset = Math.max(partition.endOffset, last)
  assert(partition.startOffset <= partition.endOffset, 'the end is not before the start')
}

/** Whole batches of the log: the one that the limit falls into is acquired to its end. */
function lastNewOffset(acquisition: Acquisition, first: number): number {
  const { partition, request, recordsLeft, lastOffset } = acquisition
  let last = lastOffset
  if (recordsLeft < lastOffset - first + 1) {
    const wanted = first + recordsLeft - 1
    const batch = request.read.findLast(({ firstOffset }) => firstOffset <= wanted)
    last = batch === undefined ? wanted : Math.max(wanted, batch.lastOffset)
  }
  const next = partition.inFlight.higher(first)
  return next === undefined ? last : Math.min(last, next.firstOffset - 1)
}

/** Ranges of at least `batchSize` offsets that end with a batch of the log. */
function* cut(request: AcquireRequest, first: number, last: number): Iterable<OffsetSpan> {
  const { batchSize, mode, read } = request
  let from = first
  if (mode === 'batch-optimized' && last - first + 1 > batchSize) {
    for (const { firstOffset } of read) {
      if (firstOffset > last) break
      if (firstOffset <= from || firstOffset - from < batchSize) continue
      yield { firstOffset: from, lastOffset: firstOffset - 1 }
      from = firstOffset
    }
  }
  yield { firstOffset: from, lastOffset: last }
}

function acquireRun(acquisition: Acquisition, { firstOffset, lastOffset }: OffsetSpan): void {
  const { partition, request, lockedUntilMs, ranges } = acquisition
  const delivery = new Delivery('acquired', 1, request.memberId, lockedUntilMs)
  partition.inFlight.insert(new InFlightRun(firstOffset, lastOffset, delivery))
  ranges.push({ firstOffset, lastOffset, deliveryCount: 1 })
  acquisition.recordsLeft -= lastOffset - firstOffset + 1
}

/** The whole run comes into flight, since the log is read by batches; the rest waits in it. */
function acquireSome(acquisition: Acquisition, first: number, last: number): void {
  const { partition, request, lockedUntilMs, ranges, recordsLeft } = acquisition
  const run = new InFlightRun(first, last, new Delivery('available', 0))
  run.split()
  const end = first + recordsLeft - 1
  assert(recordsLeft > 0 && end < last, 'some are acquired, and not all')
  for (const { delivery } of run.parts(first, end)) {
    delivery.acquire(request.memberId, lockedUntilMs)
  }
  partition.inFlight.insert(run)
  partition.noteAvailable()
  ranges.push({ firstOffset: first, lastOffset: end, deliveryCount: 1 })
  acquisition.recordsLeft = 0
}

/** Archives what belongs to aborted transactions, and takes it out of what was acquired. */
function withoutAborted({ partition, request, ranges }: Acquisition): readonly AcquiredRange[] {
  let left: readonly AcquiredRange[] = ranges
  for (const { firstOffset, lastOffset } of request.aborted) {
    for (const run of partition.inFlight.overlapping(firstOffset, lastOffset)) {
      if (run.whole !== null && !run.whole.isHeldBy(request.memberId)) continue
      const isInside = run.firstOffset >= firstOffset && run.lastOffset <= lastOffset
      if (!isInside) run.split()
      for (const { delivery } of run.parts(firstOffset, lastOffset)) {
        if (delivery.isHeldBy(request.memberId)) delivery.archive()
      }
    }
    left = left.flatMap((range) => subtract(range, { firstOffset, lastOffset }))
  }
  return left
}

function subtract(range: AcquiredRange, hole: OffsetSpan): AcquiredRange[] {
  if (hole.lastOffset < range.firstOffset || hole.firstOffset > range.lastOffset) return [range]
  const parts: AcquiredRange[] = []
  if (range.firstOffset < hole.firstOffset) {
    parts.push({ ...range, lastOffset: hole.firstOffset - 1 })
  }
  if (range.lastOffset > hole.lastOffset) parts.push({ ...range, firstOffset: hole.lastOffset + 1 })
  return parts
}
