// Opening a log that is there: which segments are served, where the log begins and ends, and from
// where it must be synced again. Completes or undoes interrupted work, and verifies what an unclean
// end left; partition-log.ts takes the outcome as its state.
import { assert } from '../base/assert.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { endOffsetPastDamage } from './read-damage.ts'
import { findSegments, recoverTail, settleLeftovers } from './recovery.ts'
import type { Segment } from './segment.ts'

/** What is known of a log before its files are looked at. */
export interface OpenHints {
  /** The broker that wrote last closed the log properly: nothing needs verifying. */
  readonly wasClosedCleanly: boolean
  readonly recoveryPoint: number
  readonly logStartOffset: number
  /** Its partition.metadata is there and can be read. */
  readonly isIdentified: boolean
}

/** A log as its files say it is. */
export interface OpenedLog {
  /** The files that are in the directory now. */
  readonly names: readonly string[]
  /** Oldest first; may be empty. */
  readonly segments: readonly Segment[]
  /** Behind damage or below a log start offset that is beyond them: to be deleted. */
  readonly dropped: readonly Segment[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly recoveryPoint: number
  /** Transaction indexes are whole below it; what follows was verified anew, without them. */
  readonly indexedTo: number
}

export interface OpeningContext {
  readonly directory: string
  /** The files in it. */
  readonly names: readonly string[]
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly indexIntervalBytes: number
  /** Told of every verified batch, in order. */
  readonly noteEpoch: (epoch: number, baseOffset: number) => void
}

export function openSegments(context: OpeningContext, hints: OpenHints): OpenedLog {
  const { disk, directory, clock } = context
  const names = settleLeftovers(disk, directory, context.names)
  const found = recover(findSegments(disk, directory, names, clock.nowMs()), context, hints)
  // Segments vanished, or the checkpoint ran ahead of a log that lost its tail: Kafka starts anew
  // there too.
  const isBehindStart = found.endOffset < hints.logStartOffset
  const opened = isBehindStart
    ? { segments: [], dropped: [...found.dropped, ...found.segments], verifiedFrom: Infinity }
    : found
  const logEndOffset = isBehindStart ? hints.logStartOffset : found.endOffset
  const firstOffset = opened.segments[0]?.baseOffset ?? logEndOffset
  const logStartOffset = Math.max(hints.logStartOffset, firstOffset)
  assert(logStartOffset <= logEndOffset, 'a log begins before it ends')
  const recoveryPoint = hints.wasClosedCleanly
    ? logEndOffset
    : Math.min(hints.recoveryPoint, logEndOffset)
  noteSynced(opened.segments, logEndOffset, recoveryPoint)
  const indexedTo = Math.min(opened.verifiedFrom, logEndOffset)
  return { ...opened, names, logStartOffset, logEndOffset, recoveryPoint, indexedTo }
}

interface Found {
  readonly segments: readonly Segment[]
  readonly dropped: readonly Segment[]
  readonly endOffset: number
  /** What lies at this offset and behind it was read and noted anew; Infinity: nothing was. */
  readonly verifiedFrom: number
}

/** Where the log ends: believed after a clean end that the last segment bears out, else verified. */
function recover(found: readonly Segment[], context: OpeningContext, hints: OpenHints): Found {
  const last = found.at(-1)
  const whole = { dropped: [], verifiedFrom: Infinity }
  if (last === undefined) return { segments: [], endOffset: hints.logStartOffset, ...whole }
  const endOffset = hints.wasClosedCleanly
    ? (last.findEndOffset() ?? endOffsetPastDamage(last))
    : undefined
  if (endOffset !== undefined) return { segments: found, endOffset, ...whole }
  const recoveryPoint = hints.wasClosedCleanly ? last.baseOffset : hints.recoveryPoint
  const { indexIntervalBytes, logger, noteEpoch } = context
  const recovered = recoverTail(found, { recoveryPoint, indexIntervalBytes, logger, noteEpoch })
  return { ...recovered, verifiedFrom: recoveryPoint }
}

function noteSynced(
  segments: readonly Segment[],
  logEndOffset: number,
  recoveryPoint: number,
): void {
  for (const [index, segment] of segments.entries()) {
    const end = segments[index + 1]?.baseOffset ?? logEndOffset
    if (end <= recoveryPoint) segment.noteSynced()
  }
}
