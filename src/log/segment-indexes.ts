// The indexes of one segment: loaded when they are first asked for, one by one, and made anew from
// the log when they are missing or when the log does not bear them out. What they say is checked
// where it is used, so that a damaged entry costs time and never a wrong answer.
import { dirname } from 'node:path'
import { assert } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { Disk } from '../io/disk.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { BatchScanner, ScanMode } from './batch-scanner.ts'
import { OffsetIndex } from './offset-index.ts'
import type { OffsetPosition } from './offset-index.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import { segmentSuffix } from './segment-files.ts'
import type { SegmentSuffix } from './segment-files.ts'
import { TimeIndex } from './time-index.ts'
import type { TimestampOffset } from './time-index.ts'
import { TransactionIndex } from './txn-index.ts'
import { findAborted } from './txn-rebuild.ts'

/** The segment as its indexes see it. */
export interface IndexedLog {
  readonly baseOffset: number
  readonly size: number
  path(suffix: SegmentSuffix): string
  scan(from: number, mode: ScanMode): BatchScanner
}

/** What the indexes must know of a batch. */
export interface IndexedBatch {
  readonly lastOffset: number
  readonly position: number
  readonly size: number
  /** Largest timestamp so far, this batch included, and where it is. */
  readonly maxTimestamp: TimestampOffset
}

export class SegmentIndexes {
  readonly #disk: Disk
  readonly #log: IndexedLog
  /** Notes all batches of the log again, once `clear` has emptied offset and time index. */
  readonly #noteAll: () => void
  #offset: OffsetIndex | null = null
  #time: TimeIndex | null = null
  #transaction: TransactionIndex | null = null
  #bytesSinceEntry = 0
  #transactionIndexHasName = false

  constructor(disk: Disk, log: IndexedLog, noteAll: () => void) {
    this.#disk = disk
    this.#log = log
    this.#noteAll = noteAll
  }

  /**
   * For a log without batches: whatever files there are belong to none of them. `isFirstFile`: there
   * are none.
   */
  beginEmpty(isFirstFile: boolean): void {
    const path = this.#log.path(segmentSuffix.transactionIndex)
    if (!isFirstFile) this.#disk.remove(path)
    this.#transaction = TransactionIndex.empty(this.#disk, path)
    this.#clear()
  }

  #clear(): void {
    const { baseOffset } = this.#log
    const { offsetIndex, timeIndex } = segmentSuffix
    this.#offset = OffsetIndex.empty(this.#disk, this.#log.path(offsetIndex), baseOffset)
    this.#time = TimeIndex.empty(this.#disk, this.#log.path(timeIndex), baseOffset)
    this.#bytesSinceEntry = 0
  }

  /** Reads the headers of the whole log. */
  rebuild(): void {
    this.#clear()
    this.#noteAll()
  }

  get offset(): OffsetIndex {
    if (this.#offset !== null) return this.#offset
    const { baseOffset, size } = this.#log
    const path = this.#log.path(segmentSuffix.offsetIndex)
    this.#offset = OffsetIndex.load(this.#disk, path, { baseOffset, logBytes: size }) ?? null
    if (this.#offset === null || !this.#fitsLog(this.#offset)) this.rebuild()
    assert(this.#offset !== null, 'a rebuilt index is there')
    return this.#offset
  }

  get time(): TimeIndex {
    if (this.#time !== null) return this.#time
    const path = this.#log.path(segmentSuffix.timeIndex)
    this.#time = TimeIndex.load(this.#disk, path, this.#log.baseOffset) ?? null
    if (this.#time === null) this.rebuild()
    assert(this.#time !== null, 'a rebuilt index is there')
    return this.#time
  }

  get transaction(): TransactionIndex {
    this.#transaction ??=
      TransactionIndex.load(this.#disk, this.#log.path(segmentSuffix.transactionIndex)) ??
      this.#rebuildTransactions()
    return this.#transaction
  }

  #rebuildTransactions(): TransactionIndex {
    const { transactionIndex, producerSnapshot } = segmentSuffix
    const snapshot = this.#log.path(producerSnapshot)
    const producers = this.#disk.exists(snapshot)
      ? decodeProducerSnapshot(this.#disk.readFile(snapshot))
      : undefined
    const rebuilt = TransactionIndex.empty(this.#disk, this.#log.path(transactionIndex))
    const found = findAborted(this.#log.scan(0, 'headers'), producers ?? [])
    for (const entry of found) rebuilt.append(entry)
    if (found.length === 0) this.#disk.remove(this.#log.path(transactionIndex))
    else rebuilt.flush()
    return rebuilt
  }

  #fitsLog(index: OffsetIndex): boolean {
    const last = index.lastEntry
    return last === undefined ? this.#log.size < emptyIndexBytesMax : this.entryFits(last)
  }

  /** True when the entry points at a batch that ends at its offset. */
  entryFits(entry: OffsetPosition): boolean {
    const batch = this.#batchAt(entry.position)
    return batch !== null && batch.lastOffset === entry.offset
  }

  #batchAt(position: number): BatchScanner | null {
    if (position >= this.#log.size) return null
    const scanner = this.#log.scan(position, 'headers')
    try {
      return scanner.next() ? scanner : null
    } catch (error) {
      if (error instanceof KafkaError) return null
      throw error
    }
  }

  /** Both that are rebuilt together: loaded before either is changed, or the change would be undone. */
  #loaded(): { readonly offset: OffsetIndex; readonly time: TimeIndex } {
    const { time } = this
    const { offset } = this
    return { offset, time: this.#time ?? time }
  }

  /** Position from which a forward scan meets the batch that holds `offset`. */
  positionBefore(offset: number): number {
    return this.#provenOffset((index) => index.entryBefore(offset))?.position ?? 0
  }

  /** Offset of the first entry that points at `position` or behind it. */
  offsetAtOrBehind(position: number): number | undefined {
    return this.#provenOffset((index) => index.entryAtOrBehind(position))?.offset
  }

  #provenOffset(
    find: (index: OffsetIndex) => OffsetPosition | undefined,
  ): OffsetPosition | undefined {
    const found = find(this.offset)
    // What is in memory was checked as a whole, or written by us.
    if (found === undefined || this.offset.isInMemory || this.entryFits(found)) return found
    this.rebuild()
    return find(this.offset)
  }

  /** The last time entry of at most `timestampMs`; undefined when all are later. */
  timeBefore(timestampMs: number): TimestampOffset | undefined {
    const found = this.time.entryAtOrBefore(timestampMs)
    if (found === undefined || this.time.isInMemory || this.#timeFits(found)) return found
    this.rebuild()
    return this.time.entryAtOrBefore(timestampMs)
  }

  /** True when the batch that holds the entry's offset has its time. */
  #timeFits(entry: TimestampOffset): boolean {
    const scanner = this.#log.scan(this.positionBefore(entry.offset), 'headers')
    try {
      while (scanner.next()) {
        if (scanner.lastOffset < entry.offset) continue
        return scanner.baseOffset <= entry.offset && scanner.maxTimestampMs === entry.timestampMs
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
    }
    return false
  }

  /** Notes a batch at the end of the log; it gets entries when enough bytes lie before it. */
  note(batch: IndexedBatch, indexIntervalBytes: number): void {
    if (this.#bytesSinceEntry > indexIntervalBytes) {
      const indexes = this.#loaded()
      indexes.offset.append(batch.lastOffset, batch.position)
      const { timestampMs, offset } = batch.maxTimestamp
      indexes.time.appendIfLater(timestampMs, offset)
      this.#bytesSinceEntry = 0
    }
    this.#bytesSinceEntry += batch.size
  }

  /** Passes over bytes that get no entry. */
  skip(byteCount: number): void {
    this.#bytesSinceEntry += byteCount
  }

  /** Drops entries of batches at `offset` or at `position` and behind. */
  truncate(offset: number, position: number): void {
    const indexes = this.#loaded()
    indexes.offset.truncate(offset, position)
    indexes.time.truncate(offset)
    this.transaction.truncate(offset)
  }

  /**
   * Drops entries of `offset` and above, and answers the position of the last one that is left and
   * that the log bears out; 0, and no entries, without one.
   */
  rewind(offset: number): number {
    const indexes = this.#loaded()
    indexes.offset.truncate(offset, Infinity)
    const last = indexes.offset.lastEntry
    const isTrusted = last !== undefined && this.entryFits(last)
    if (!isTrusted) indexes.offset.truncate(this.#log.baseOffset, 0)
    indexes.time.truncate(isTrusted ? last.offset + 1 : this.#log.baseOffset)
    if (isTrusted) this.#completeTime(indexes.time, last)
    this.transaction.truncate(offset)
    this.#bytesSinceEntry = 0
    return isTrusted ? last.position : 0
  }

  /**
   * Power loss may take the end of one index and leave the other: the largest timestamp of the
   * batches before `end` is found in their headers where the time index does not reach so far.
   */
  #completeTime(time: TimeIndex, end: OffsetPosition): void {
    const known = time.lastEntry
    if (known !== undefined && known.offset >= end.offset) return
    let latest = known ?? { timestampMs: -1, offset: this.#log.baseOffset }
    const scanner = this.#log.scan(
      known === undefined ? 0 : this.positionBefore(known.offset),
      'headers',
    )
    try {
      while (scanner.next() && scanner.position < end.position) {
        const { maxTimestampMs: timestampMs, lastOffset: offset } = scanner
        if (timestampMs > latest.timestampMs) latest = { timestampMs, offset }
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
    }
    time.appendIfLater(latest.timestampMs, latest.offset)
  }

  /** Writes entries that are only in memory. */
  flush(): void {
    this.#offset?.flush()
    this.#time?.flush()
    this.#transaction?.flush()
  }

  /** Syncs what was flushed of the offset and the time index. */
  async syncData(): Promise<void> {
    await this.#offset?.syncData()
    await this.#time?.syncData()
  }

  /** Syncs the transaction index; its file comes with the first entry, and its name is synced then. */
  async syncTransactions(): Promise<void> {
    if (this.#transaction?.isUnsynced !== true) return
    await this.#transaction.syncData()
    if (this.#transactionIndexHasName) return
    await this.#disk.syncDirectoryLater(dirname(this.#log.path(segmentSuffix.transactionIndex)))
    this.#transactionIndexHasName = true
  }

  /** Gives descriptors back; what is known stays. */
  releaseFiles(): void {
    this.#offset?.close()
    this.#time?.close()
  }

  /**
   * Gives memory and descriptors back, but for what the next sync needs. Entries that were not
   * flushed are lost.
   */
  close(): void {
    this.releaseFiles()
    this.#offset = null
    this.#time = null
    if (this.#transaction?.isUnsynced !== true) this.#transaction = null
  }
}

// A log this small may well have no index entry yet.
const emptyIndexBytesMax = 64 * KiB
