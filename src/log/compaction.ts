// What compaction decides: which part of a log can be compacted now, whether it is worth it, and
// which segments become one. Pure: looks at descriptors; compactor.ts does it.
import { assert } from '../base/assert.ts'
import { int32Max } from '../base/units.ts'
import type { SegmentFacts } from './retention.ts'

/** A segment as compaction sees it, oldest first in a list. */
export interface CompactableSegment extends SegmentFacts {
  /** Largest timestamp of the first batch, -1 without one. */
  readonly firstTimestampMs: number
  readonly offsetIndexBytes: number
  readonly timeIndexBytes: number
}

/** A log as compaction sees it. */
export interface CompactableLog {
  /** All segments, the active one last. */
  readonly segments: readonly CompactableSegment[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  /** Records at and behind it may still be aborted. */
  readonly lastStableOffset: number
  /** Where the last run ended (cleaner-offset-checkpoint); undefined when there was none. */
  readonly compactedTo: number | undefined
}

export interface CompactionRules {
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
}

/** The part of a log that a run may compact. */
export interface CompactableRange {
  /** Records from here on have not been through a run. */
  readonly firstDirtyOffset: number
  /** Base offset of the first segment that must stay as it is. */
  readonly endOffset: number
  readonly cleanBytes: number
  readonly dirtyBytes: number
  /** A record has waited for longer than max.compaction.lag.ms. */
  readonly isOverdue: boolean
}

/**
 * Neither the active segment, nor what may still be aborted, nor what is younger than
 * min.compaction.lag.ms is touched.
 */
export function compactableRange(
  log: CompactableLog,
  rules: CompactionRules,
  nowMs: number,
): CompactableRange {
  const firstDirtyOffset = firstDirty(log)
  const closed = log.segments.slice(0, -1)
  const endOffset = Math.max(
    firstDirtyOffset,
    firstUntouchable(log, firstDirtyOffset, rules, nowMs),
  )
  let [cleanBytes, dirtyBytes] = [0, 0]
  for (const [index, segment] of closed.entries()) {
    if (segment.baseOffset >= endOffset) break
    const isClean = endOf(log.segments, index) <= firstDirtyOffset
    if (isClean) cleanBytes += segment.byteLength
    else dirtyBytes += segment.byteLength
  }
  const isOverdue = dirtyBytes > 0 && waitsTooLong(log, firstDirtyOffset, rules, nowMs)
  return { firstDirtyOffset, endOffset, cleanBytes, dirtyBytes, isOverdue }
}

/** A checkpoint outside the log belongs to a log that was cut or deleted: everything is dirty. */
function firstDirty(log: CompactableLog): number {
  const { compactedTo, logStartOffset, logEndOffset } = log
  if (compactedTo === undefined || compactedTo > logEndOffset) return logStartOffset
  return Math.max(compactedTo, logStartOffset)
}

function firstUntouchable(
  log: CompactableLog,
  firstDirtyOffset: number,
  rules: CompactionRules,
  nowMs: number,
): number {
  const { segments, lastStableOffset } = log
  const isTooYoung = (segment: CompactableSegment): boolean =>
    rules.minCompactionLagMs > 0 && segment.largestTimestampMs > nowMs - rules.minCompactionLagMs
  for (const [index, segment] of segments.entries()) {
    const end = endOf(segments, index)
    if (index === segments.length - 1 || end > lastStableOffset) return segment.baseOffset
    if (end > firstDirtyOffset && isTooYoung(segment)) return segment.baseOffset
  }
  return 0
}

function endOf(segments: readonly CompactableSegment[], index: number): number {
  return segments[index + 1]?.baseOffset ?? Infinity
}

function waitsTooLong(
  log: CompactableLog,
  firstDirtyOffset: number,
  rules: CompactionRules,
  nowMs: number,
): boolean {
  // The default is about 292 million years: nothing to look up.
  if (rules.maxCompactionLagMs >= nowMs) return false
  return log.segments.slice(0, -1).some((segment, index) => {
    if (endOf(log.segments, index) <= firstDirtyOffset) return false
    const { firstTimestampMs } = segment
    return firstTimestampMs > 0 && firstTimestampMs < nowMs - rules.maxCompactionLagMs
  })
}

/** Share of the compactable bytes that no run has seen; 0 of nothing. */
export function dirtyRatio(range: CompactableRange): number {
  const total = range.cleanBytes + range.dirtyBytes
  return total === 0 ? 0 : range.dirtyBytes / total
}

/** min.cleanable.dirty.ratio, unless max.compaction.lag.ms presses. */
export function isWorthCompacting(range: CompactableRange, rules: CompactionRules): boolean {
  if (range.dirtyBytes === 0) return false
  return range.isOverdue || dirtyRatio(range) > rules.minCleanableDirtyRatio
}

/**
 * Which neighbours become one segment: as many as fit segment.bytes and the indexes before they
 * are compacted. Answers the segments below `endOffset` in groups.
 */
export function groupSegments<Segment extends CompactableSegment>(
  segments: readonly Segment[],
  endOffset: number,
  rules: { readonly segmentBytes: number; readonly segmentIndexBytes: number },
): Segment[][] {
  const groups: Segment[][] = []
  let group: Segment[] = []
  let [logBytes, offsetBytes, timeBytes] = [0, 0, 0]
  for (const [index, segment] of segments.entries()) {
    if (segment.baseOffset >= endOffset) break
    logBytes += segment.byteLength
    offsetBytes += segment.offsetIndexBytes
    timeBytes += segment.timeIndexBytes
    const lastOffset = Math.min(endOf(segments, index), endOffset) - 1
    const fits =
      logBytes <= rules.segmentBytes &&
      offsetBytes <= rules.segmentIndexBytes &&
      timeBytes <= rules.segmentIndexBytes &&
      lastOffset - (group[0]?.baseOffset ?? lastOffset) <= int32Max
    if (group.length > 0 && fits) {
      group.push(segment)
      continue
    }
    group = [segment]
    groups.push(group)
    logBytes = segment.byteLength
    offsetBytes = segment.offsetIndexBytes
    timeBytes = segment.timeIndexBytes
  }
  assert(
    groups.every((each) => each.length > 0),
    'a group holds a segment',
  )
  return groups
}
