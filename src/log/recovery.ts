// Bringing a partition's directory into a state that can be served: leftovers of interrupted work
// are removed or completed, and after an unclean end everything behind the recovery point is
// verified, a torn tail cut, and indexes rebuilt. Works on files; partition-log.ts builds its
// state from the outcome.
import { join } from 'node:path'
import { assert, defined } from '../base/assert.ts'
import { int32Max, MiB } from '../base/units.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import {
  batchMagic,
  batchPartitionLeaderEpoch,
  checkBatchCrc,
} from '../../protocol/record-batch.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { checkMessageCrc } from '../../protocol/message-set.ts'
import { BatchScanner } from './batch-scanner.ts'
import { Segment } from './segment.ts'
import {
  cleanedSuffix,
  deletedSuffix,
  offsetInFileName,
  parseSegmentFileName,
  segmentSuffix,
  swapSuffix,
} from './segment-files.ts'

/**
 * Removes what interrupted deletions and compactions left, and puts complete results of compaction
 * (.swap) in the place of the segments that they replace, as Kafka does at start. `names`: the files
 * in the directory; answers those that are there afterwards.
 */
export function settleLeftovers(
  disk: Disk,
  directory: string,
  names: readonly string[],
): readonly string[] {
  const cleanedOffsets = names.filter((name) => name.endsWith(cleanedSuffix)).map(offsetOf)
  const firstCleaned = Math.min(Infinity, ...cleanedOffsets)
  const isLeftover = (name: string): boolean => {
    const isUnfinished =
      name.endsWith(cleanedSuffix) ||
      name.endsWith('.tmp') ||
      (name.endsWith(swapSuffix) && offsetOf(name) >= firstCleaned)
    const isDeleted = name.endsWith(deletedSuffix) && !name.endsWith(`.checkpoint${deletedSuffix}`)
    return isUnfinished || isDeleted
  }
  const left = names.filter((name) => !isLeftover(name))
  for (const name of names) if (isLeftover(name)) disk.remove(join(directory, name))
  const swaps = left.filter((name) => name.endsWith(swapSuffix))
  if (swaps.length === 0) return left
  completeSwaps(disk, directory, swaps)
  return disk.list(directory)
}

function offsetOf(name: string): number {
  return offsetInFileName(name) ?? Infinity
}

/** The swapped-in segments replace all from the first of them to the end offset of the last. */
function completeSwaps(disk: Disk, directory: string, swaps: readonly string[]): void {
  const logs = swaps.filter((name) => name.endsWith(segmentSuffix.log + swapSuffix))
  let from = Infinity
  let to = -Infinity
  for (const name of logs) {
    const baseOffset = offsetOf(name)
    from = Math.min(from, baseOffset)
    to = Math.max(to, endOffsetOfFile(disk, join(directory, name), baseOffset))
  }
  for (const name of disk.list(directory)) {
    const offset = offsetInFileName(name)
    const isReplaced = offset !== undefined && offset >= from && offset < to
    const isSnapshot = name.endsWith(segmentSuffix.producerSnapshot)
    if (isReplaced && !isSnapshot && !name.endsWith(swapSuffix)) disk.remove(join(directory, name))
  }
  disk.syncDirectory(directory)
  // Logs first: indexes beside a log that is still called .swap would count as those of the old one.
  const isLog = (name: string): boolean => logs.includes(name)
  for (const name of logs) putInPlace(disk, join(directory, name))
  disk.syncDirectory(directory)
  for (const name of swaps) if (!isLog(name)) putInPlace(disk, join(directory, name))
}

function putInPlace(disk: Disk, path: string): void {
  disk.rename(path, path.slice(0, -swapSuffix.length))
}

function endOffsetOfFile(disk: Disk, path: string, baseOffset: number): number {
  const file = disk.open(path, 'read')
  try {
    const scanner = new BatchScanner(file, { start: 0, end: file.size() }, 'headers')
    let end = baseOffset
    while (scanner.next()) end = scanner.lastOffset + 1
    return end
  } finally {
    file.close()
  }
}

/** The segments in a directory, oldest first; index files without a log are removed. */
export function findSegments(
  disk: Disk,
  directory: string,
  names: readonly string[],
  nowMs: number,
): Segment[] {
  const bases = names.flatMap((name) => parseSegmentFileName(name, segmentSuffix.log) ?? [])
  const known = new Set(bases)
  const { offsetIndex, timeIndex, transactionIndex } = segmentSuffix
  for (const name of names) {
    for (const suffix of [offsetIndex, timeIndex, transactionIndex]) {
      const base = parseSegmentFileName(name, suffix)
      if (base !== undefined && !known.has(base)) disk.remove(join(directory, name))
    }
  }
  return bases.map((baseOffset) => {
    const segment = new Segment(disk, { directory, baseOffset, nowMs }, 0)
    const size = disk.fileSize(segment.path(segmentSuffix.log))
    return new Segment(disk, { directory, baseOffset, nowMs }, Math.max(0, size))
  })
}

/** To verify so much takes a noticeable part of a second. */
const longBytes = 256 * MiB

/** What recovery found. */
export interface Recovered {
  /** Segments that are served, oldest first; may be empty. */
  readonly segments: readonly Segment[]
  /** Segments behind damage, to be deleted. */
  readonly dropped: readonly Segment[]
  /** Offset behind the last good batch. */
  readonly endOffset: number
  readonly truncatedBytes: number
}

/**
 * Verifies everything from the recovery point on: length, CRC, rising offsets. The log ends before
 * the first batch that fails. What lies before the recovery point was synced, with its indexes,
 * and is trusted.
 */
export function recoverTail(
  segments: readonly Segment[],
  options: {
    readonly recoveryPoint: number
    readonly indexIntervalBytes: number
    readonly logger: Logger
    /** Told of every verified batch, in order. */
    readonly noteEpoch: (epoch: number, baseOffset: number) => void
  },
): Recovered {
  const { recoveryPoint, indexIntervalBytes } = options
  const first = Math.max(
    0,
    segments.findLastIndex((s) => s.baseOffset <= recoveryPoint),
  )
  let endOffset = segments[first]?.baseOffset ?? 0
  // A segment that ends at the recovery point may have been closed while it was synced: its batches
  // are on the device, the last entries of its indexes may not be.
  if (endOffset === recoveryPoint) {
    segments[first - 1]?.completeIndexes(recoveryPoint, indexIntervalBytes)
  }
  for (let index = first; index < segments.length; index++) {
    const segment = defined(segments[index], 'segment index in range')
    if (segment.baseOffset < endOffset) {
      // Two segments claim the same offsets: the earlier one has them in order.
      const [kept, dropped] = [segments.slice(0, index), segments.slice(index)]
      return { segments: kept, dropped, endOffset, truncatedBytes: 0 }
    }
    const outcome = recoverSegment(segment, options)
    endOffset = outcome.endOffset
    if (outcome.truncatedBytes === 0) {
      // Its time index ends with the largest time again, which the next start will believe.
      if (index + 1 < segments.length) segment.seal()
      continue
    }
    const fields = { file: segment.path(segmentSuffix.log), ...outcome }
    options.logger.warn(fields, 'log truncated to its last good batch')
    const kept = segments.slice(0, index + 1)
    return { segments: kept, dropped: segments.slice(index + 1), ...outcome }
  }
  return { segments, dropped: [], endOffset, truncatedBytes: 0 }
}

function recoverSegment(
  segment: Segment,
  options: {
    readonly recoveryPoint: number
    readonly indexIntervalBytes: number
    readonly logger: Logger
    readonly noteEpoch: (epoch: number, baseOffset: number) => void
  },
): { endOffset: number; truncatedBytes: number } {
  const fileBytes = segment.size
  const from = segment.rewind(Math.max(segment.baseOffset, options.recoveryPoint))
  if (fileBytes - from >= longBytes) {
    const fields = { file: segment.path(segmentSuffix.log), byteCount: fileBytes - from }
    options.logger.info(fields, 'verifying what an unclean end has left')
  }
  const scanner = segment.scan(from, 'whole', fileBytes)
  let endOffset: number | null = null
  while (isGoodBatch(scanner, segment, endOffset ?? segment.baseOffset)) {
    segment.index(scanner, scanner, options.indexIntervalBytes)
    if (batchMagic(scanner.buffer, scanner.at) >= 2) {
      options.noteEpoch(batchPartitionLeaderEpoch(scanner.buffer, scanner.at), scanner.baseOffset)
    }
    endOffset = scanner.lastOffset + 1
  }
  const truncatedBytes = fileBytes - scanner.position
  assert(truncatedBytes >= 0, 'recovery reads no further than the file')
  if (truncatedBytes > 0) {
    const cutOffset = endOffset ?? segment.offsetIndex.lastEntry?.offset ?? segment.baseOffset
    segment.truncate(scanner.position, cutOffset)
  }
  return { endOffset: endOffset ?? segment.findEndOffset() ?? segment.baseOffset, truncatedBytes }
}

function isGoodBatch(scanner: BatchScanner, segment: Segment, nextOffset: number): boolean {
  try {
    if (!scanner.next()) return false
    const { baseOffset, lastOffset } = scanner
    const isLegacy = batchMagic(scanner.buffer, scanner.at) < 2
    if (baseOffset < nextOffset || lastOffset < baseOffset) return false
    if (lastOffset - segment.baseOffset > int32Max) return false
    if (isLegacy) checkMessageCrc(scanner.buffer, scanner.at)
    else checkBatchCrc(scanner.buffer, scanner.at)
    return true
  } catch (error) {
    if (error instanceof KafkaError) return false
    throw error
  }
}
