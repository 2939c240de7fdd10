// Where retention lets a log begin: whole segments by their descriptors, and within the first that
// stays exactly by batch. The time index jumps over most batches, headers decide about the rest.
import { segmentsBeyondSize, segmentsExpired } from './retention.ts'
import type { RetentionRules } from './retention.ts'
import type { Segment } from './segment.ts'
import type { SegmentList } from './segment-list.ts'

interface LogRange {
  readonly logStartOffset: number
  readonly logEndOffset: number
}

/** The offset that the log may begin with, as retention.ms and retention.bytes say. */
export function retainedFrom(
  segments: SegmentList,
  range: LogRange,
  rules: RetentionRules,
  nowMs: number,
): number {
  const facts = segments.facts()
  const beyondSize = segments.all[segmentsBeyondSize(facts, rules)]?.baseOffset ?? 0
  if (rules.retentionMs < 0) return Math.max(beyondSize, range.logStartOffset)
  const segment = segments.all[segmentsExpired(facts, rules, nowMs)]
  const expired =
    segment === undefined
      ? range.logEndOffset
      : expiredEnd(segment, range.logStartOffset, { retentionMs: rules.retentionMs, nowMs })
  return Math.max(beyondSize, expired, range.logStartOffset)
}

/**
 * Offset of the first record at `logStartOffset` or behind it that retention.ms keeps, as far as
 * this segment tells.
 */
function expiredEnd(
  segment: Segment,
  logStartOffset: number,
  rules: { readonly retentionMs: number; readonly nowMs: number },
): number {
  if (segment.size === 0) return segment.baseOffset
  const { retentionMs, nowMs } = rules
  const from = Math.max(segment.baseOffset, logStartOffset)
  const horizon = segment.timeBefore(nowMs - retentionMs - 1)
  const known = Math.max(from, horizon === undefined ? 0 : horizon.offset + 1)
  const located = segment.locate(known)
  if (located === undefined) return known
  const scanner = segment.scan(located.position, 'headers')
  let end = known
  while (scanner.next()) {
    const { maxTimestampMs } = scanner
    // A batch without a time goes with its segment.
    if (maxTimestampMs < 0 || nowMs - maxTimestampMs <= retentionMs) break
    end = scanner.lastOffset + 1
  }
  return end
}
