// Checks one partition's directory, for `ottla check`: its segments in order, and the small files
// beside them. Changes nothing and knows nothing of a running broker.
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import type { Disk } from '../io/disk.ts'
import { decodeEpochs, decodePartitionMetadata } from './checkpoint.ts'
import type { FindingLevel } from './check-findings.ts'
import { checkSegment } from './check-segment.ts'
import type { CheckReport } from './check-segment.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import {
  cleanedSuffix,
  deletedSuffix,
  leaderEpochFile,
  parseSegmentFileName,
  partitionMetadataFile,
  segmentSuffix,
  swapSuffix,
} from './segment-files.ts'

/** What the directory above says of a partition. */
export interface PartitionHints {
  /** With the clean-shutdown marker a start believes the log and verifies its end only. */
  readonly wasClosedCleanly: boolean
  /** All below was synced: a start verifies what lies behind it. */
  readonly recoveryPoint: number
  readonly logStartOffset: number
}

export interface PartitionOutcome {
  readonly segments: number
  readonly batches: number
  readonly bytes: number
  readonly logEndOffset: number
}

export function checkPartition(
  disk: Disk,
  directory: string,
  hints: PartitionHints,
  report: CheckReport,
): PartitionOutcome {
  const names = disk.list(directory)
  const bases = names.flatMap((name) => parseSegmentFileName(name, segmentSuffix.log) ?? [])
  assert(
    bases.every((base, at) => at === 0 || base > (bases[at - 1] ?? -1)),
    'names are sorted, so base offsets rise',
  )
  const { wasClosedCleanly, recoveryPoint } = hints
  const verifiedFrom = wasClosedCleanly ? Infinity : recoveryPoint
  const total = { segments: bases.length, batches: 0, bytes: 0 }
  let nextOffset = 0
  for (const [at, baseOffset] of bases.entries()) {
    const isLast = at === bases.length - 1
    const from = Math.max(nextOffset, baseOffset)
    if (nextOffset > baseOffset) reportOverlap(directory, { baseOffset, nextOffset }, report)
    const rules = { directory, baseOffset, nextOffset: from, verifiedFrom, isLast }
    const outcome = checkSegment(disk, rules, report)
    nextOffset = Math.max(from, outcome.endOffset)
    total.batches += outcome.batches
    total.bytes += outcome.bytes
  }
  const logEndOffset = Math.max(nextOffset, bases.length === 0 ? hints.logStartOffset : 0)
  if (hints.logStartOffset > logEndOffset) reportMissing(directory, hints, logEndOffset, report)
  for (const name of names) checkSmallFile(disk, { directory, name, bases, logEndOffset }, report)
  return { ...total, logEndOffset }
}

function reportOverlap(
  directory: string,
  segment: { readonly baseOffset: number; readonly nextOffset: number },
  report: CheckReport,
): void {
  report.found({
    level: 'lost',
    file: directory,
    position: null,
    what: `the segment of offset ${segment.baseOffset} begins before the one in front ends (${segment.nextOffset})`,
    atStart: 'the offsets of the earlier segment are served',
  })
}

function reportMissing(
  directory: string,
  { logStartOffset }: PartitionHints,
  logEndOffset: number,
  report: CheckReport,
): void {
  const what = `the log ends at ${logEndOffset}, before its log start offset ${logStartOffset}`
  const atStart = `it goes on empty at offset ${logStartOffset}`
  report.found({ level: 'lost', file: directory, position: null, what, atStart })
}

interface SmallFile {
  readonly directory: string
  readonly name: string
  readonly bases: readonly number[]
  readonly logEndOffset: number
}

function checkSmallFile(disk: Disk, file: SmallFile, report: CheckReport): void {
  const { name, directory, bases, logEndOffset } = file
  const path = join(directory, name)
  const found = (level: FindingLevel, what: string, atStart: string): void =>
    report.found({ level, file: path, position: null, what, atStart })
  if (name.endsWith(deletedSuffix)) {
    found('note', 'on its way out', 'removed')
  } else if (name.endsWith(cleanedSuffix) || name.endsWith('.tmp')) {
    found('repaired', 'unfinished work', 'removed: what it was made from is still there')
  } else if (name.endsWith(swapSuffix)) {
    found(
      'repaired',
      'finished compaction that is not in place',
      'put in place of what it replaces',
    )
  } else if (name.endsWith(segmentSuffix.producerSnapshot)) {
    const offset = parseSegmentFileName(name, segmentSuffix.producerSnapshot)
    const isSound = decodeProducerSnapshot(disk.readFile(path)) !== undefined
    if (!isSound) found('repaired', 'damaged', 'an older one is read, and the log behind it')
    else if (offset !== undefined && offset > logEndOffset) {
      found('repaired', `of offset ${offset}, behind the log's end`, 'removed')
    }
  } else if (name === leaderEpochFile) {
    const epochs = decodeEpochs(disk.readFile(path))
    const isRising = epochs?.every((entry, at) => {
      const before = epochs[at - 1]
      return (
        before === undefined ||
        (before.epoch < entry.epoch && before.startOffset <= entry.startOffset)
      )
    })
    if (isRising !== true) found('repaired', 'damaged', 'begun anew with the current leader epoch')
  } else if (name === partitionMetadataFile) {
    const isSound = decodePartitionMetadata(disk.readFile(path)) !== undefined
    if (!isSound) found('repaired', 'damaged', 'the directory goes by its name')
  } else {
    const isIndex = [
      segmentSuffix.offsetIndex,
      segmentSuffix.timeIndex,
      segmentSuffix.transactionIndex,
    ]
    for (const suffix of isIndex) {
      const base = parseSegmentFileName(name, suffix)
      const isOrphan = base !== undefined && !bases.includes(base)
      if (isOrphan) found('repaired', 'an index without its log', 'removed')
    }
  }
}
