// When a log goes on in a new segment. Looks at the active segment and the batch that is to come.
import { int32Max } from '../base/units.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { offsetEntryBytes } from './offset-index.ts'
import type { AppendedBatch, Segment } from './segment.ts'
import { timeEntryBytes } from './time-index.ts'

/** What decides whether the next batch goes into a new segment. */
export interface RollRules {
  readonly segmentBytes: number
  /** Already less the jitter. */
  readonly segmentMs: number
  readonly segmentIndexBytes: number
}

/** `jitterMs`: what segment.jitter.ms takes off for this segment. */
export function rollRules(config: TopicConfig, jitterMs: number): RollRules {
  const { segmentBytes, segmentMs, segmentIndexBytes } = config
  const { cleanupPolicy, maxCompactionLagMs } = config
  // max.compaction.lag.ms can only be kept when segments are closed in time, as in Kafka.
  const isBound = cleanupPolicy.compact && maxCompactionLagMs > 0
  const wholeMs = isBound ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs
  return { segmentBytes, segmentMs: wholeMs - jitterMs, segmentIndexBytes }
}

/** True when a batch must go into a new segment. */
export function shouldRoll(
  segment: Segment,
  batch: AppendedBatch & { readonly byteLength: number },
  rules: RollRules,
  nowMs: number,
): boolean {
  if (segment.size === 0) return false
  if (segment.size + batch.byteLength > rules.segmentBytes) return true
  if (batch.lastOffset - segment.baseOffset > int32Max) return true
  if (waitedMs(segment, batch.maxTimestampMs, nowMs) > rules.segmentMs) return true
  const offsetBytes = segment.offsetIndex.entryCount * offsetEntryBytes
  const timeBytes = (segment.timeIndex.entryCount + 1) * timeEntryBytes
  return (
    offsetBytes + offsetEntryBytes > rules.segmentIndexBytes ||
    timeBytes + timeEntryBytes > rules.segmentIndexBytes
  )
}

/** segment.ms counts from the first record, and where records have no time from the file's making. */
function waitedMs(segment: Segment, batchTimestampMs: number, nowMs: number): number {
  const { firstTimestampMs } = segment
  return firstTimestampMs >= 0 ? batchTimestampMs - firstTimestampMs : nowMs - segment.createdAtMs
}
