// Producer state and its snapshot files: taken when a segment rolls, now and then in between, and
// at a clean end; read back at the start, where the log behind the latest snapshot brings the
// state up to date.
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { batchIsControl, batchMagic } from '../../protocol/record-batch.ts'
import { producerBatchAt } from './append.ts'
import type { BatchScanner } from './batch-scanner.ts'
import type { ProducerTrace } from './compact-batch.ts'
import type { ActiveProducer } from './partition-store.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'
import { ProducerState, lastSequenceOf } from './producer-state.ts'
import type { Segment } from './segment.ts'
import { parseSegmentFileName, segmentFileName, segmentSuffix } from './segment-files.ts'

interface LoadOptions {
  /** The files in the directory. */
  readonly names: readonly string[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  /** The transaction indexes are whole below it; aborts from here on are noted while the log is read. */
  readonly indexedTo: number
  readonly nowMs: number
  readonly expirationMs: number
  /** After recovery: the next start shall not read the same part again. */
  readonly snapshotWhenDone: boolean
}

export class ProducerJournal {
  readonly state = new ProducerState()
  readonly #disk: Disk
  #directory: string
  readonly #logger: Logger
  /** Offsets of snapshot files, rising. */
  #snapshots: number[] = []
  #latestOffset = 0
  /**
   * The latest snapshot when it belongs to no segment's beginning: the next one takes its place.
   */
  #betweenOffset: number | null = null
  /** Offsets of snapshots that may not be on the device. */
  #unsynced: number[] = []

  constructor(disk: Disk, directory: string, logger: Logger) {
    this.#disk = disk
    this.#directory = directory
    this.#logger = logger
  }

  /** For a log without records: there is nothing to snapshot before `offset`. */
  startAt(offset: number): void {
    this.#latestOffset = offset
  }

  get hasUnsyncedSnapshots(): boolean {
    return this.#unsynced.length > 0
  }

  /** Reads the latest usable snapshot and the batches behind it. */
  load(segments: readonly Segment[], options: LoadOptions): void {
    this.#findSnapshots(segments, options)
    const from = this.#readLatest(options)
    this.state.expire(options.nowMs, options.expirationMs)
    if (from < options.logEndOffset) this.#replay(segments, from)
    if (options.snapshotWhenDone && from < options.logEndOffset) {
      this.snapshotAt(options.logEndOffset, 'between')
    }
  }

  /** Keeps the snapshots at segments' base offsets and the one at or nearest below the log end. */
  #findSnapshots(segments: readonly Segment[], options: LoadOptions): void {
    const suffix = segmentSuffix.producerSnapshot
    const found = options.names.flatMap((name) => parseSegmentFileName(name, suffix) ?? [])
    // A snapshot behind the part that was verified anew would hide the aborts of that part.
    const usable = found.filter((offset) => offset <= options.indexedTo)
    assert(options.indexedTo <= options.logEndOffset, 'indexes end with their log')
    const bases = new Set(segments.map((segment) => segment.baseOffset))
    const latest = usable.at(-1)
    this.#snapshots = usable.filter((offset) => bases.has(offset) || offset === latest)
    this.#betweenOffset = latest === undefined || bases.has(latest) ? null : latest
    const kept = new Set(this.#snapshots)
    for (const offset of found) if (!kept.has(offset)) this.#disk.remove(this.#path(offset))
  }

  /** The offset up to which the state is known then. */
  #readLatest(options: LoadOptions): number {
    for (;;) {
      const offset = this.#snapshots.at(-1)
      if (offset === undefined || offset < options.logStartOffset) break
      const entries = decodeProducerSnapshot(this.#disk.readFile(this.#path(offset)))
      if (entries !== undefined) {
        this.state.load(entries)
        this.#latestOffset = offset
        return offset
      }
      this.#logger.warn({ file: this.#path(offset) }, 'producer snapshot unreadable, removed')
      this.#removeSnapshot(offset)
    }
    this.#latestOffset = options.logStartOffset
    return options.logStartOffset
  }

  #replay(segments: readonly Segment[], from: number): void {
    try {
      this.#replaySegments(segments, from)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      // Damage in the middle of the log: producers that wrote behind it are unknown, as if they
      // had expired.
      const fields = { directory: this.#directory, error: error.message }
      this.#logger.warn(fields, 'producer state ends before a damaged batch')
    }
  }

  #replaySegments(segments: readonly Segment[], from: number): void {
    const first = Math.max(
      0,
      segments.findLastIndex((segment) => segment.baseOffset <= from),
    )
    for (const segment of segments.slice(first)) {
      if (segment.size === 0) continue
      const located = segment.locate(Math.max(from, segment.baseOffset))
      if (located === undefined) continue
      const scanner = segment.scan(located.position, 'headers')
      while (scanner.next()) this.#replayBatch(scanner, segment)
    }
  }

  #replayBatch(scanner: BatchScanner, segment: Segment): void {
    if (batchMagic(scanner.buffer, scanner.at) < 2) return
    if (batchIsControl(scanner.buffer, scanner.at)) scanner.readWhole()
    const batch = producerBatchAt(scanner.buffer, scanner.at)
    if (batch === null) return
    const completed = this.state.apply(batch)
    if (completed === null || !completed.isAbort) return
    const lastStableOffset = this.state.lastStableOffsetAfter(completed)
    segment.addAborted({ ...completed, lastStableOffset })
  }

  /**
   * Writes the state as of `offset`, the log's end, unless there is a snapshot of it already.
   * Those where a segment begins live as long as the segment; one between them goes when the next
   * is there.
   */
  snapshotAt(offset: number, place: 'segment-base' | 'between'): void {
    assert(offset >= this.#latestOffset, 'producer snapshots rise')
    const earlier = this.#betweenOffset
    if (place === 'segment-base') this.#betweenOffset = null
    if (offset === this.#latestOffset) return
    const bytes = encodeProducerSnapshot([...this.state.entries()])
    this.#disk.replaceFile(this.#path(offset), bytes, { durable: false })
    if (place === 'between') this.#betweenOffset = offset
    this.#latestOffset = offset
    this.#snapshots.push(offset)
    this.#unsynced.push(offset)
    if (earlier !== null && earlier !== offset) this.#removeSnapshot(earlier)
  }

  /** Makes written snapshots durable; one that gives way to another meanwhile is not missed. */
  async syncSnapshots(): Promise<void> {
    const offsets = this.#unsynced
    this.#unsynced = []
    try {
      for (let offset = offsets[0]; offset !== undefined; offset = offsets[0]) {
        if (this.#snapshots.includes(offset)) await this.#syncSnapshot(offset)
        offsets.shift()
      }
    } finally {
      this.#unsynced.unshift(...offsets)
    }
  }

  async #syncSnapshot(offset: number): Promise<void> {
    const file = this.#disk.open(this.#path(offset), 'write')
    try {
      await file.syncData()
    } catch (error) {
      if (this.#snapshots.includes(offset)) throw error
    } finally {
      file.close()
    }
  }

  /** Removes snapshots of segments that are gone. */
  dropSnapshotsBelow(offset: number): void {
    for (const snapshot of this.#snapshots.filter((at) => at < offset)) {
      this.#removeSnapshot(snapshot)
    }
  }

  /** The snapshots have been copied to another directory, and synced there. */
  goOnIn(directory: string): void {
    this.#directory = directory
    this.#unsynced = []
  }

  #removeSnapshot(offset: number): void {
    this.#disk.remove(this.#path(offset))
    this.#snapshots = this.#snapshots.filter((at) => at !== offset)
  }

  #path(offset: number): string {
    return join(this.#directory, segmentFileName(offset, segmentSuffix.producerSnapshot))
  }

  /** For compaction: the newest batch or epoch of every producer. */
  traces(): ReadonlyMap<number, ProducerTrace> {
    const traces = new Map<number, ProducerTrace>()
    for (const { producerId, producerEpoch, batches } of this.state.entries()) {
      traces.set(producerId, { producerEpoch, lastDataOffset: batches.at(-1)?.lastOffset ?? -1 })
    }
    return traces
  }

  /** For DescribeProducers. */
  active(): ActiveProducer[] {
    return [...this.state.entries()].map((entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: lastSequenceOf(entry),
      lastTimestampMs: entry.lastTimestampMs,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTransactionFirstOffset: entry.transactionFirstOffset,
    }))
  }
}
