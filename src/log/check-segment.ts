// Reads one segment from end to end, as `ottla check` does: every batch's length, checksum and
// offsets, and whether the indexes lead to where the batches are. Changes nothing. Memory is bounded
// by the largest batch and the indexes of one segment.
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import { int32Max } from '../base/units.ts'
import type { Disk } from '../io/disk.ts'
import { readControlType } from '../../protocol/control-records.ts'
import { KafkaError } from '../../protocol/errors.ts'
import {
  batchIsControl,
  batchIsTransactional,
  batchMagic,
  batchProducerId,
} from '../../protocol/record-batch.ts'
import { RecordCursor } from '../../protocol/records.ts'
import { BatchScanner } from './batch-scanner.ts'
import type { Finding } from './check-findings.ts'
import { OffsetIndex } from './offset-index.ts'
import { findBatchBehind, isSoundBatch } from './resync.ts'
import { segmentFileName, segmentSuffix } from './segment-files.ts'
import type { SegmentSuffix } from './segment-files.ts'
import { TimeIndex } from './time-index.ts'
import { TransactionIndex } from './txn-index.ts'

/** What a start would do with the log: decides what damage costs. */
export interface SegmentRules {
  readonly directory: string
  readonly baseOffset: number
  /** Offset behind the segment before: nothing here may lie below. */
  readonly nextOffset: number
  /** A start verifies what lies behind it, and cuts the log at the first damage; Infinity: nothing. */
  readonly verifiedFrom: number
  readonly isLast: boolean
}

export interface SegmentOutcome {
  readonly endOffset: number
  readonly batches: number
  readonly bytes: number
}

/** Told of findings, and of bytes read, which the caller may show. */
export interface CheckReport {
  found(finding: Finding): void
  read(bytes: number): void
}

interface Walk {
  readonly rules: SegmentRules
  readonly report: CheckReport
  readonly path: string
  readonly indexes: IndexWalk
  nextOffset: number
  batches: number
}

export function checkSegment(disk: Disk, rules: SegmentRules, report: CheckReport): SegmentOutcome {
  const path = fileOf(rules, segmentSuffix.log)
  const size = disk.fileSize(path)
  const file = disk.open(path, 'read')
  const indexes = new IndexWalk(disk, rules, size, report)
  const walk: Walk = { rules, report, path, indexes, nextOffset: rules.nextOffset, batches: 0 }
  try {
    for (let position = 0; position < size;) {
      const scanner = new BatchScanner(file, { start: position, end: size }, 'whole')
      const stopped = walkGood(walk, scanner)
      if (stopped >= size) break
      const { baseOffset } = rules
      const log = { file, size, baseOffset, indexedPositions: indexes.positions() }
      const behind = findBatchBehind(log, stopped, walk.nextOffset)
      // A batch whose length reaches the end was written whole, and has changed since.
      const isTorn = behind === undefined && stopped + scanner.size !== size
      report.found(damageFinding(walk, { from: stopped, size, behind, isTorn }))
      if (behind === undefined) {
        if (!isTorn) walk.nextOffset = believedEnd(scanner, walk)
        break
      }
      assert(behind.position > position, 'a check moves on')
      walk.nextOffset = behind.baseOffset
      position = behind.position
    }
  } finally {
    file.close()
  }
  assert(walk.nextOffset >= rules.nextOffset, 'offsets only rise')
  indexes.end(walk.nextOffset)
  return { endOffset: walk.nextOffset, batches: walk.batches, bytes: size }
}

function fileOf({ directory, baseOffset }: SegmentRules, suffix: SegmentSuffix): string {
  return join(directory, segmentFileName(baseOffset, suffix))
}

/** Goes on while batches are good; where it stopped. */
function walkGood(walk: Walk, scanner: BatchScanner): number {
  try {
    while (scanner.next()) {
      const { buffer, at, position, size, baseOffset, lastOffset } = scanner
      const isInOrder = baseOffset >= walk.nextOffset && lastOffset >= baseOffset
      if (!isInOrder || !isSoundBatch(buffer, at)) return position
      walk.indexes.batch({ buffer, at, position, baseOffset, lastOffset }, scanner.maxTimestampMs)
      walk.nextOffset = lastOffset + 1
      walk.batches++
      walk.report.read(size)
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
  }
  return scanner.position
}

/** Where the log ends if the header of its last batch, which is damaged, still says so. */
function believedEnd(scanner: BatchScanner, { nextOffset, rules }: Walk): number {
  const { lastOffset } = scanner
  const isPlausible = lastOffset >= nextOffset && lastOffset - rules.baseOffset <= int32Max
  return isPlausible ? lastOffset + 1 : nextOffset
}

function damageFinding(
  { rules, path, nextOffset }: Walk,
  damage: {
    readonly from: number
    readonly size: number
    readonly behind: { readonly position: number; readonly baseOffset: number } | undefined
    /** What follows to the end of the file is less than a batch. */
    readonly isTorn: boolean
  },
): Finding {
  const { from, size, behind, isTorn } = damage
  const isCut = nextOffset >= rules.verifiedFrom
  const end = behind?.position ?? size
  const what = `${end - from} bytes that are no sound batch`
  const at = { file: path, position: from }
  if (behind === undefined && rules.isLast && (isTorn || isCut)) {
    const atStart = `the log is cut here and ends at offset ${nextOffset}`
    // What was being written when the broker or the power went: it was not synced.
    return { ...at, level: 'repaired', what: `${what}, at the end of the log`, atStart }
  }
  const firstLost = nextOffset
  if (isCut) {
    const atStart = `the log is cut here: everything from offset ${firstLost} on goes`
    return { ...at, level: 'lost', what, atStart, lostFrom: firstLost, lostTo: null }
  }
  const to = behind === undefined ? null : behind.baseOffset - 1
  const range = to === null ? `from ${firstLost} on, in this segment` : `${firstLost} to ${to}`
  const atStart = `stays: reading offsets ${range} answers CORRUPT_MESSAGE, all others are served`
  return { ...at, level: 'lost', what, atStart, lostFrom: firstLost, lostTo: to }
}

interface SeenBatch {
  readonly buffer: Buffer
  readonly at: number
  readonly position: number
  readonly baseOffset: number
  readonly lastOffset: number
}

/** Holds the indexes against the batches, as those come by in order. */
class IndexWalk {
  readonly #rules: SegmentRules
  readonly #report: CheckReport
  readonly #offset: OffsetIndex | undefined
  readonly #time: TimeIndex | undefined
  readonly #transaction: TransactionIndex | undefined
  readonly #broken = new Set<SegmentSuffix>()
  #nextOffsetEntry = 0
  #nextTimeEntry = 0
  #maxTimestampMs = -1
  /** Offsets of the markers that the index knows. */
  #aborted: Set<number> | null = null
  /** Producers with a transaction that began in this segment and has not ended. */
  readonly #open = new Set<number>()

  constructor(disk: Disk, rules: SegmentRules, logBytes: number, report: CheckReport) {
    this.#rules = rules
    this.#report = report
    const { baseOffset } = rules
    const { offsetIndex, timeIndex, transactionIndex } = segmentSuffix
    const offsetPath = fileOf(rules, offsetIndex)
    this.#offset = OffsetIndex.load(disk, offsetPath, { baseOffset, logBytes })
    this.#time = TimeIndex.load(disk, fileOf(rules, timeIndex), baseOffset)
    this.#transaction = TransactionIndex.load(disk, fileOf(rules, transactionIndex))
    if (this.#offset === undefined) this.#rebuilt(offsetIndex, whyUnloaded(disk, offsetPath))
    const timePath = fileOf(rules, timeIndex)
    if (this.#time === undefined) this.#rebuilt(timeIndex, whyUnloaded(disk, timePath))
    if (this.#transaction === undefined) this.#rebuilt(transactionIndex, 'not whole entries')
  }

  *positions(): IterableIterator<number> {
    const index = this.#offset
    if (index === undefined) return
    for (let entry = 0; entry < index.entryCount; entry++) yield index.entry(entry).position
  }

  batch(batch: SeenBatch, maxTimestampMs: number): void {
    assert(batch.lastOffset >= batch.baseOffset, 'a good batch has its offsets in order')
    this.#checkOffsetEntries(batch)
    this.#maxTimestampMs = Math.max(this.#maxTimestampMs, maxTimestampMs)
    this.#checkTimeEntries(batch.lastOffset)
    if (batchMagic(batch.buffer, batch.at) >= 2) this.#checkTransaction(batch)
  }

  #checkOffsetEntries({ position, lastOffset }: SeenBatch): void {
    const index = this.#offset
    while (index !== undefined && this.#nextOffsetEntry < index.entryCount) {
      const entry = index.entry(this.#nextOffsetEntry)
      if (entry.position > position) return
      this.#nextOffsetEntry++
      const isRight = entry.position === position && entry.offset === lastOffset
      if (!isRight) this.#badEntry(segmentSuffix.offsetIndex, `offset ${entry.offset}`)
    }
  }

  #checkTimeEntries(lastOffset: number): void {
    const index = this.#time
    while (index !== undefined && this.#nextTimeEntry < index.entryCount) {
      const entry = index.entry(this.#nextTimeEntry)
      if (entry.offset > lastOffset) return
      this.#nextTimeEntry++
      const isRight = this.#maxTimestampMs <= entry.timestampMs
      if (!isRight) this.#badEntry(segmentSuffix.timeIndex, `timestamp ${entry.timestampMs}`)
    }
  }

  /** An abort whose transaction began here must be in the index: it would be read as committed. */
  #checkTransaction({ buffer, at, lastOffset }: SeenBatch): void {
    if (!batchIsTransactional(buffer, at)) return
    const producerId = batchProducerId(buffer, at)
    if (!batchIsControl(buffer, at)) {
      this.#open.add(producerId)
      return
    }
    const cursor = new RecordCursor(buffer, at)
    const isAbort = cursor.next() && readControlType(cursor.key()) === 'ABORT'
    const wasOpen = this.#open.delete(producerId)
    if (!isAbort || !wasOpen || this.#transaction === undefined) return
    this.#aborted ??= new Set(this.#transaction.entries.map((entry) => entry.lastOffset))
    if (this.#aborted.has(lastOffset)) return
    this.#report.found({
      level: 'lost',
      file: fileOf(this.#rules, segmentSuffix.transactionIndex),
      position: null,
      what: `no entry for the transaction of producer ${producerId} that is aborted at ${lastOffset}`,
      atStart:
        'stays: read_committed consumers get the aborted records. Remove the file to rebuild it',
    })
  }

  end(endOffset: number): void {
    const offset = this.#offset?.lastEntry
    if (offset !== undefined && offset.offset >= endOffset) {
      this.#badEntry(segmentSuffix.offsetIndex, `offset ${offset.offset}, behind the log's end`)
    }
    const time = this.#time?.lastEntry
    if (time !== undefined && time.offset >= endOffset && time.timestampMs >= 0 && endOffset > 0) {
      this.#badEntry(segmentSuffix.timeIndex, `offset ${time.offset}, behind the log's end`)
    }
  }

  /** Once a file. Only its last entry is held against the log at a start. */
  #badEntry(suffix: SegmentSuffix, entry: string): void {
    const what = `the entry of ${entry} does not fit the log`
    const atStart = 'stays, and look-ups go astray: remove the file, it is rebuilt from the log'
    this.#bad('lost', suffix, { what, atStart })
  }

  #rebuilt(suffix: SegmentSuffix, what: string): void {
    this.#bad('repaired', suffix, { what, atStart: 'rebuilt from the log when it is needed' })
  }

  #bad(
    level: 'repaired' | 'lost',
    suffix: SegmentSuffix,
    says: { readonly what: string; readonly atStart: string },
  ): void {
    if (this.#broken.has(suffix)) return
    this.#broken.add(suffix)
    this.#report.found({ level, file: fileOf(this.#rules, suffix), position: null, ...says })
  }
}

function whyUnloaded(disk: Disk, path: string): string {
  return disk.exists(path) ? 'not whole entries, or not rising' : 'missing'
}
