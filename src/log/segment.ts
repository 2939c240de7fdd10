// One segment: a .log file and its indexes. Knows positions and offsets, not validation, order or
// syncing. Files are opened and indexes loaded when they are first needed, so that opening a log
// stays cheap.
import { assert } from '../base/assert.ts'
import { int32Max, KiB } from '../base/units.ts'
import type { Disk, DiskFile } from '../io/disk.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { BatchScanner } from './batch-scanner.ts'
import type { ScanMode } from './batch-scanner.ts'
import type { OffsetIndex } from './offset-index.ts'
import type { SegmentSuffix } from './segment-files.ts'
import { segmentSuffix } from './segment-files.ts'
import { SegmentIndexes } from './segment-indexes.ts'
import { SegmentNames } from './segment-names.ts'
import type { TimeIndex, TimestampOffset } from './time-index.ts'
import type { AbortedEntry, TransactionIndex } from './txn-index.ts'

/** What the segment must know of a batch that it appends. */
export interface AppendedBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestampMs: number
}

/** Where a batch lies. */
export interface BatchLocation {
  readonly position: number
  readonly size: number
  readonly baseOffset: number
  readonly lastOffset: number
}

/** Where a segment's files lie. */
export interface SegmentPlace {
  readonly directory: string
  readonly baseOffset: number
  readonly nowMs: number
  /** Appended to the names of all files while compaction writes them. */
  readonly temporarySuffix?: string
}

const noTimestamp = -1

export class Segment {
  readonly baseOffset: number
  /** So many bytes were there before this process: nobody here has checked them yet. */
  readonly inheritedBytes: number
  readonly #disk: Disk
  readonly #names: SegmentNames
  #size: number
  #file: DiskFile | null = null
  readonly #indexes: SegmentIndexes
  #maxTimestamp: TimestampOffset | null = null
  /** Largest timestamp of the first batch: segment.ms counts from it. */
  #firstTimestampMs: number | null = null
  readonly #createdAtMs: number
  #lastBatch: BatchLocation | null = null
  /** Bytes of .log that are on the device for sure. */
  #syncedBytes = 0
  /** No batch follows; the indexes are complete and want to be synced once. */
  #isSealed = false
  #indexesAreSynced = false
  /** On its way out, or the log is closed: its files may not be opened again. */
  #isGone = false
  /** Its file was not opened yet: what it holds is not ours. */
  #isNew = false

  constructor(disk: Disk, at: SegmentPlace, size: number) {
    this.#disk = disk
    this.#names = new SegmentNames(disk, at)
    this.baseOffset = at.baseOffset
    this.#createdAtMs = at.nowMs
    this.#size = size
    this.#indexes = new SegmentIndexes(disk, this, () => this.#indexAll())
    this.inheritedBytes = size
  }

  /**
   * Begins a segment without batches. The log that begins at offset 0 has no file before its first
   * batch; a later segment's says where the log goes on. Index files come with the first flush.
   * `isFirstFile`: no earlier segment can have left any.
   */
  static create(disk: Disk, at: SegmentPlace, isFirstFile = false): Segment {
    const segment = new Segment(disk, at, 0)
    try {
      segment.#beginEmpty(at.baseOffset > 0, isFirstFile)
    } catch (error) {
      // Half a segment in the directory would look like the end of the log at the next start.
      segment.discard()
      throw error
    }
    return segment
  }

  #beginEmpty(needsFile: boolean, isFirstFile: boolean): void {
    this.#isNew = true
    if (needsFile) this.#openFile()
    this.#maxTimestamp = { timestampMs: noTimestamp, offset: this.baseOffset }
    this.#indexes.beginEmpty(isFirstFile)
  }

  /** True when there is something to sync. */
  get isDirty(): boolean {
    if (this.#isGone) return false
    return this.#syncedBytes < this.#size || (this.#isSealed && !this.#indexesAreSynced)
  }

  /** True when batches were noted since it was opened: its indexes may want a last entry. */
  get hasNewBatches(): boolean {
    return this.#lastBatch !== null
  }

  get unsyncedBytes(): number {
    return this.#size - this.#syncedBytes
  }

  /** The log was closed cleanly, or its recovery point lies behind this segment. */
  noteSynced(): void {
    this.#syncedBytes = this.#size
  }

  /** Bytes of batches. */
  get size(): number {
    return this.#size
  }

  path(suffix: SegmentSuffix): string {
    return this.#names.path(suffix)
  }

  /** The files are deleted, or on their way out. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** When the segment came to be, as far as is known: stands in for records without a time. */
  get createdAtMs(): number {
    return this.#createdAtMs
  }

  /** Largest timestamp of the first batch, -1 without one. */
  get firstTimestampMs(): number {
    this.#firstTimestampMs ??= this.#readFirstTimestamp()
    return this.#firstTimestampMs
  }

  /** The open .log file. */
  get file(): DiskFile {
    return this.#file ?? this.#openFile()
  }

  #openFile(): DiskFile {
    assert(!this.#isGone, 'a segment that is gone is not opened again')
    // Bytes of an earlier segment of this name are none of ours.
    const mode = this.#isNew ? 'anew' : 'write'
    const file = this.#disk.open(this.path(segmentSuffix.log), mode)
    this.#isNew = false
    this.#file = file
    return file
  }

  get offsetIndex(): OffsetIndex {
    return this.#indexes.offset
  }

  get timeIndex(): TimeIndex {
    return this.#indexes.time
  }

  get transactionIndex(): TransactionIndex {
    return this.#indexes.transaction
  }

  /** Position from which a forward scan meets the batch that holds `offset`. */
  positionBefore(offset: number): number {
    return this.#size === 0 ? 0 : this.#indexes.positionBefore(offset)
  }

  /** Offset of the first index entry that points at `position` or behind it. */
  offsetAtOrBehind(position: number): number | undefined {
    return this.#indexes.offsetAtOrBehind(position)
  }

  /** The last time index entry of at most `timestampMs`; undefined when all are later. */
  timeBefore(timestampMs: number): TimestampOffset | undefined {
    return this.#indexes.timeBefore(timestampMs)
  }

  /**
   * Notes all batches by their headers. Behind damage there are no entries: who reads there meets
   * it himself.
   */
  #indexAll(): void {
    const size = this.#size
    const scanner = this.scan(0, 'headers')
    this.#maxTimestamp = { timestampMs: noTimestamp, offset: this.baseOffset }
    try {
      while (scanner.next()) this.index(scanner, scanner, rebuildIntervalBytes)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
    }
    this.#size = size
  }

  /**
   * The largest timestamp and the last offset of the batch that has it; -1 and the base offset
   * without one.
   */
  get maxTimestamp(): { readonly timestampMs: number; readonly offset: number } {
    this.#maxTimestamp ??= this.timeIndex.lastEntry ?? {
      timestampMs: noTimestamp,
      offset: this.baseOffset,
    }
    return this.#maxTimestamp
  }

  /** For retention: the largest record time, or the segment's own where records have none. */
  get largestTimestampMs(): number {
    const { timestampMs } = this.maxTimestamp
    return timestampMs >= 0 ? timestampMs : this.#createdAtMs
  }

  #readFirstTimestamp(): number {
    const scanner = this.scan(0, 'headers')
    return scanner.next() ? scanner.maxTimestampMs : noTimestamp
  }

  /**
   * Writes a batch at the end and indexes it. A failed write leaves the state as it was; see
   * `cutTo`.
   */
  append(bytes: Buffer, batch: AppendedBatch, indexIntervalBytes: number): void {
    const position = this.#size
    assert(batch.baseOffset >= this.baseOffset, 'a batch lies behind its segment base')
    assert(batch.lastOffset - this.baseOffset <= int32Max, 'a batch fits the segment index')
    this.file.write(bytes, position)
    this.index(batch, { position, size: bytes.length }, indexIntervalBytes)
  }

  /** Notes a batch that is in the file: for appends and recovery. */
  index(
    batch: AppendedBatch,
    lies: { readonly position: number; readonly size: number },
    indexIntervalBytes: number,
  ): void {
    const { baseOffset, lastOffset, maxTimestampMs } = batch
    if (lies.position === 0) this.#firstTimestampMs = maxTimestampMs
    if (maxTimestampMs > this.maxTimestamp.timestampMs) {
      this.#maxTimestamp = { timestampMs: maxTimestampMs, offset: lastOffset }
    }
    const { position, size } = lies
    const { maxTimestamp } = this
    this.#indexes.note({ lastOffset, position, size, maxTimestamp }, indexIntervalBytes)
    this.#size = lies.position + lies.size
    this.#lastBatch = { position: lies.position, size: lies.size, baseOffset, lastOffset }
  }

  /** Passes over a damaged batch that compaction has written as it was: it is in no index. */
  skip(lies: { readonly position: number; readonly size: number }): void {
    assert(lies.position === this.#size, 'batches lie one behind the other')
    this.#size = lies.position + lies.size
    this.#indexes.skip(lies.size)
  }

  /** Cuts the file back to what is known to be good, after a failed write. */
  cutToSize(): void {
    this.file.truncate(this.#size)
  }

  /**
   * Cuts what lies at `position` and behind the batches that are noted, where `offset` would come
   * next. For good: what power loss brought back would lie before the next segment.
   */
  truncate(position: number, offset: number): void {
    assert(position >= 0 && offset >= this.baseOffset, 'a segment is cut inside itself')
    assert((this.#lastBatch?.lastOffset ?? -1) < offset, 'a batch that was noted is not cut')
    this.file.truncate(position)
    this.file.syncNow()
    this.#size = position
    this.#syncedBytes = Math.min(this.#syncedBytes, position)
    this.#indexes.truncate(offset, position)
    // Also where nothing is left: the files of an empty segment are not written otherwise.
    this.#indexes.flush()
  }

  /**
   * Forgets what is known of batches at `offset` and behind it, and answers the position from
   * which a scan has to note them again (by `index`). Index entries below `offset` stay when the
   * last of them fits the log.
   */
  rewind(offset: number): number {
    assert(offset >= this.baseOffset, 'recovery stays inside the segment')
    const position = this.#indexes.rewind(offset)
    this.#maxTimestamp = null
    this.#lastBatch = null
    return position
  }

  /**
   * Notes anew the last batches below `offset`, where the indexes may lack entries, and seals: the
   * next segment begins there. None of them is cut, whatever it looks like; what follows them was
   * cut or refused once, and power loss has brought it back.
   */
  completeIndexes(offset: number, indexIntervalBytes: number): void {
    const size = this.#size
    let end = size
    const scanner = this.scan(this.rewind(offset), 'headers')
    try {
      while (scanner.next() && scanner.baseOffset < offset) {
        this.index(scanner, scanner, indexIntervalBytes)
        if (scanner.lastOffset === offset - 1) end = this.#size
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
    }
    this.#size = end
    if (end < size) this.cutToSize()
    this.#lastBatch = null
    this.seal()
  }

  /** Reads from the .log file, which is opened for it when it is not. */
  read(into: Uint8Array, offset: number, length: number, position: number): number {
    return this.file.read(into, offset, length, position)
  }

  scan(from: number, mode: ScanMode, end = this.#size): BatchScanner {
    return new BatchScanner(this, { start: from, end }, mode)
  }

  /** Whether all batches are known to end before `offset`, without a look at the file. */
  endsBefore(offset: number): boolean {
    return this.#lastBatch !== null && this.#lastBatch.lastOffset < offset
  }

  /** The first batch that ends at `offset` or behind it; undefined when all end before. */
  locate(offset: number): BatchLocation | undefined {
    const last = this.#lastBatch
    if (last !== null && offset >= last.baseOffset) {
      return offset <= last.lastOffset ? last : undefined
    }
    const scanner = this.scan(this.positionBefore(offset), 'headers')
    while (scanner.next()) {
      const { lastOffset } = scanner
      if (lastOffset >= offset) {
        const { position, size, baseOffset } = scanner
        return { position, size, baseOffset, lastOffset }
      }
    }
    return undefined
  }

  /**
   * Offset behind the last batch, read from the file; undefined when the file does not end with a
   * whole batch or has a header that cannot be true.
   */
  findEndOffset(): number | undefined {
    let end = this.baseOffset
    // Reading a little of the log costs less than opening its index.
    const isSmall = this.#size <= smallLogBytes
    const start = isSmall ? 0 : (this.offsetIndex.lastEntry?.position ?? 0)
    const scanner = this.scan(start, 'headers')
    try {
      while (scanner.next()) end = scanner.lastOffset + 1
    } catch (error) {
      if (error instanceof KafkaError) return undefined
      throw error
    }
    return scanner.position === this.#size ? end : undefined
  }

  /** Reads the index that aborts go to, so that `addAborted` cannot meet the disk. */
  prepareForAbort(): void {
    assert(!this.#isGone, 'a segment that is gone takes no aborts')
    void this.transactionIndex
  }

  /** Notes an abort, unless the index was made anew from the log and knows it. */
  addAborted(entry: AbortedEntry): void {
    const last = this.transactionIndex.entries.at(-1)
    if (last !== undefined && last.lastOffset >= entry.lastOffset) return
    this.transactionIndex.append(entry)
  }

  /** Writes index entries that are only in memory. */
  flushIndexes(): void {
    if (this.#size > 0) this.#indexes.flush()
  }

  /**
   * Writes the largest timestamp as the last time index entry and all entries to disk: no batch
   * follows.
   */
  seal(): void {
    const { timestampMs, offset } = this.maxTimestamp
    this.timeIndex.appendIfLater(timestampMs, offset)
    this.flushIndexes()
    this.#isSealed = true
    this.#indexesAreSynced = false
  }

  /**
   * fdatasync of the log and of its transaction index, for nothing tells later that an entry of that
   * is missing. The other indexes follow once complete: shortened by power loss they only make
   * recovery read more. What is appended meanwhile may or may not be included.
   */
  async sync(): Promise<void> {
    if (this.#isGone) return
    const size = this.#size
    try {
      this.flushIndexes()
      await this.file.syncData()
      await this.#indexes.syncTransactions()
      if (this.#isSealed && !this.#indexesAreSynced) {
        this.#indexesAreSynced = true
        await this.#indexes.syncData()
      }
    } catch (error) {
      // Deleted while it was synced: there is nothing left to keep.
      if (this.#isGone) return
      this.#indexesAreSynced = false
      throw error
    }
    this.#syncedBytes = Math.max(this.#syncedBytes, Math.min(size, this.#size))
    assert(this.#syncedBytes <= this.#size, 'no more is synced than there is')
  }

  /** Closes descriptors; what is known stays, and files are opened again when they are needed. */
  releaseFiles(): void {
    this.#file?.close()
    this.#file = null
    this.#indexes.releaseFiles()
  }

  /**
   * Closes descriptors and gives the indexes' memory back. Index entries that were not flushed are
   * lost.
   */
  close(): void {
    this.releaseFiles()
    this.#indexes.close()
  }

  /** Goes on with the copies of its files in another directory. */
  goOnIn(directory: string): void {
    this.flushIndexes()
    this.close()
    this.#names.goOnIn(directory)
  }

  /** Closes the files for good. */
  end(): void {
    this.#isGone = true
    this.close()
  }

  /** Closes the files for good and removes them, without a trace. */
  discard(): void {
    this.end()
    this.#names.discard()
  }

  /** Gives all files of a compacted segment their next temporary name. */
  renameAll(temporarySuffix: string): void {
    this.flushIndexes()
    this.close()
    this.#names.renameAll(temporarySuffix)
  }

  /** Gives files of a compacted segment their final names. */
  putInPlace(which: 'log' | 'indexes'): void {
    this.flushIndexes()
    this.close()
    this.#names.putInPlace(which)
  }

  /** Closes the files and renames them to `.deleted`; answers their new paths. */
  retire(options: { readonly keepsSnapshot: boolean } = { keepsSnapshot: false }): string[] {
    this.end()
    return this.#names.retire(options)
  }
}

// As much of a log is read with a few calls.
const smallLogBytes = 64 * KiB
// Distance of entries in an index that is built anew: Kafka's default of index.interval.bytes.
const rebuildIntervalBytes = 4 * KiB
