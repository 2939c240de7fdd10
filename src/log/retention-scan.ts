// Retention within a segment: which of its first batches are older than retention.ms. The time
// index jumps over most of them, headers decide about the rest.
import type { Segment } from './segment.ts'

/**
 * Offset of the first record at `from` or behind it that retention.ms keeps, as far as this
 * segment tells.
 */
export function expiredEnd(
  segment: Segment,
  from: number,
  rules: { readonly retentionMs: number; readonly nowMs: number },
): number {
  const { retentionMs, nowMs } = rules
  const horizon = segment.timeIndex.entryAtOrBefore(nowMs - retentionMs - 1)
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
