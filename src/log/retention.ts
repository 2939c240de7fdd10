// Which data a log may drop now. Pure: looks at descriptors of segments, decides, and leaves the
// doing to partition-log.ts.

import { assert } from '../base/assert.ts'

/** A segment as retention sees it, oldest first in a list. */
export interface SegmentFacts {
  readonly baseOffset: number
  readonly byteLength: number
  /** The largest record time; -1 in an empty segment. */
  readonly largestTimestampMs: number
}

export interface RetentionRules {
  /** -1: no limit. */
  readonly retentionMs: number
  /** -1: no limit. */
  readonly retentionBytes: number
}

/**
 * How many of the oldest segments lie wholly below the log start offset. The active one never
 * counts.
 */
export function segmentsBelow(segments: readonly SegmentFacts[], logStartOffset: number): number {
  let count = 0
  while (count + 1 < segments.length) {
    const next = segments[count + 1]
    if (next === undefined || next.baseOffset > logStartOffset) break
    count += 1
  }
  return count
}

/**
 * How many of the oldest segments hold only records older than retention.ms; the active one may be
 * among them.
 */
export function segmentsExpired(
  segments: readonly SegmentFacts[],
  rules: RetentionRules,
  nowMs: number,
): number {
  if (rules.retentionMs < 0) return 0
  const isKept = (segment: SegmentFacts): boolean =>
    segment.byteLength === 0 || nowMs - segment.largestTimestampMs <= rules.retentionMs
  const firstKept = segments.findIndex(isKept)
  return firstKept < 0 ? segments.length : firstKept
}

/**
 * How many of the oldest segments can go while retention.bytes remain in the others. The active
 * one stays.
 */
export function segmentsBeyondSize(
  segments: readonly SegmentFacts[],
  rules: RetentionRules,
): number {
  if (rules.retentionBytes < 0) return 0
  let excess = segments.reduce((sum, segment) => sum + segment.byteLength, 0) - rules.retentionBytes
  let count = 0
  while (count + 1 < segments.length) {
    const byteLength = segments[count]?.byteLength ?? 0
    if (excess < byteLength) break
    excess -= byteLength
    count += 1
  }
  assert(count === 0 || count < segments.length, 'the active segment stays')
  return count
}
