// Compacts one log: learns the latest offset of every key in the part that is dirty, then writes
// the segments below anew without what is superseded, and has the log swap them in. Works on
// descriptors of its own and in small steps, so that appends, reads, retention and deletion go on
// meanwhile; what they take away ends the run or costs its last step.
import { assert, defined } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import { int32Max, KiB } from '../base/units.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { readControlType } from '../../protocol/control-records.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { checkMessageCrc, messageTimestamp } from '../../protocol/message-set.ts'
import {
  batchBaseOffset,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchMagic,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordCount,
  checkBatchCrc,
} from '../../protocol/record-batch.ts'
import { RecordCursor } from '../../protocol/records.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { inflationLimit } from './append.ts'
import { BatchReader } from './batch-reader.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import type { TransactionalBatch } from './cleaned-transactions.ts'
import { compactBatch } from './compact-batch.ts'
import type { BatchRules, ProducerTrace } from './compact-batch.ts'
import { legacyKeys, legacyStays } from './compact-legacy.ts'
import { CompactedWriter } from './compacted-writer.ts'
import { groupSegments } from './compaction.ts'
import type { CompactableSegment } from './compaction.ts'
import { OffsetMap } from './offset-map.ts'
import { offsetEntryBytes } from './offset-index.ts'
import type { Pace } from './pace.ts'
import { WorkStopped } from './pace.ts'
import { eachRecord, inflatePaced } from './paced-records.ts'
import { Segment } from './segment.ts'
import type { AppendedBatch } from './segment.ts'
import { cleanedSuffix, segmentSuffix } from './segment-files.ts'
import { timeEntryBytes } from './time-index.ts'
import type { AbortedEntry } from './txn-index.ts'

/** What a run needs of the log that it compacts. */
export interface CompactionTarget {
  readonly directory: string
  readonly config: TopicConfig
  /** False when the log was closed, deleted or taken offline: the run ends. */
  readonly online: boolean
  /** All segments now, the active one last. */
  readonly segments: readonly Segment[]
  /** Resolves when all that is in the log now is on the device. */
  flush(): Promise<void>
  /** Producers that may write again, by id. */
  producerTraces(): ReadonlyMap<number, ProducerTrace>
  /** Swaps a compacted segment in; false when one of the old ones is gone. */
  replaceSegments(old: readonly Segment[], compacted: Segment): Promise<boolean>
}

export interface CompactorOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly pace: Pace
  /** log.cleaner.dedupe.buffer.size */
  readonly mapBytes: number
  /** Random bytes for the offset map (keyHashSeedBytes). */
  readonly seed: Buffer
}

export interface CompactionOutcome {
  /** All below has been through this run. */
  readonly endOffset: number
  readonly keyCount: number
  readonly bytesRead: number
  readonly bytesWritten: number
}

const chunkBytes = 512 * KiB

export class Compactor {
  readonly #log: CompactionTarget
  readonly #options: CompactorOptions
  readonly #nowMs: number
  readonly #aborted: readonly AbortedEntry[]
  #bytesRead = 0
  #bytesWritten = 0

  constructor(log: CompactionTarget, options: CompactorOptions) {
    this.#log = log
    this.#options = options
    this.#nowMs = options.clock.nowMs()
    this.#aborted = log.segments.flatMap((segment) => segment.transactionIndex.entries)
  }

  /**
   * Compacts what lies below `endOffset`, or as much of it as the map has room for.
   * @throws KafkaError CORRUPT_MESSAGE where a segment is damaged beyond one batch; errors of the
   * disk; WorkStopped.
   */
  async run(range: { firstDirtyOffset: number; endOffset: number }): Promise<CompactionOutcome> {
    // What supersedes a record must not go with the next power failure when the record is gone.
    await this.#log.flush()
    const map = await this.#buildMap(range.firstDirtyOffset, range.endOffset)
    const endOffset = map.latestOffset + 1
    assert(endOffset <= range.endOffset, 'a run stays in its range')
    const { segmentBytes, segmentIndexBytes } = this.#log.config
    const rules = { segmentBytes, segmentIndexBytes }
    const first = this.#log.segments[0]?.baseOffset ?? 0
    const transactions = this.#transactionsFrom(first)
    const described = this.#log.segments.map(describeSegment)
    for (const group of groupSegments(described, endOffset, rules)) {
      const segments = group.map(({ segment }) => segment)
      await this.#compactGroup(segments, map, transactions)
    }
    return {
      endOffset,
      keyCount: map.count,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
    }
  }

  /** Transactions that end at `offset` or behind it; earlier ones say nothing of what follows. */
  #transactionsFrom(offset: number): CleanedTransactions {
    return new CleanedTransactions(this.#aborted.filter((entry) => entry.lastOffset >= offset))
  }

  async #buildMap(firstDirtyOffset: number, endOffset: number): Promise<OffsetMap> {
    const { mapBytes, seed } = this.#options
    const expectedKeys = endOffset - firstDirtyOffset
    const map = new OffsetMap({ memoryBytes: mapBytes, expectedKeys, seed })
    map.coverUpTo(firstDirtyOffset - 1)
    const transactions = this.#transactionsFrom(firstDirtyOffset)
    const segments = [...this.#log.segments]
    for (const [index, segment] of segments.entries()) {
      const end = segments[index + 1]?.baseOffset ?? endOffset
      if (segment.baseOffset >= endOffset) break
      if (end <= firstDirtyOffset) continue
      const hasRoom = await this.#mapSegment(segment, map, firstDirtyOffset, transactions)
      if (!hasRoom) return map
      // Compaction and Kafka's transactions leave gaps in front of the next segment.
      map.coverUpTo(Math.min(end, endOffset) - 1)
    }
    return map
  }

  /** False when the map is full. */
  #mapSegment(
    segment: Segment,
    map: OffsetMap,
    firstDirtyOffset: number,
    transactions: CleanedTransactions,
  ): Promise<boolean> {
    return this.#eachBatch(segment, firstDirtyOffset, (reader, bounds) => {
      if (bounds === null || bounds.lastOffset < firstDirtyOffset) return true
      const mapped = this.#mapBatch(reader, map, firstDirtyOffset, transactions)
      return chain(mapped, (hasRoom) => {
        if (hasRoom) map.coverUpTo(bounds.lastOffset)
        return hasRoom
      })
    })
  }

  #mapBatch(
    reader: BatchReader,
    map: OffsetMap,
    firstDirtyOffset: number,
    transactions: CleanedTransactions,
  ): MaybePromise<boolean> {
    const batch = reader.batch()
    const limitBytes = inflationLimit(this.#log.config)
    const put = (key: Buffer | null, offset: number): boolean =>
      key === null || offset < firstDirtyOffset || map.put(key, offset)
    if (batchMagic(batch, 0) < 2) return legacyKeys(batch, limitBytes, put)
    if (batchIsControl(batch, 0)) {
      noteMarker(batch, transactions)
      return true
    }
    if (transactions.isAborted(transactionalBatch(batch))) return true
    return putKeys(batch, limitBytes, this.#options.pace, put)
  }

  async #compactGroup(
    segments: readonly Segment[],
    map: OffsetMap,
    transactions: CleanedTransactions,
  ): Promise<void> {
    const last = segments.findLast((segment) => segment.size > 0)
    if (last === undefined) return
    const writer = this.#createWriter(segments)
    try {
      const rules = this.#rulesFor(map, transactions)
      for (const segment of segments) {
        await this.#eachBatch(segment, 0, (reader, bounds) => {
          const isLast = segment === last && reader.position + reader.size === segment.size
          return chain(this.#compactOne(reader, bounds, writer, rules, isLast), () => true)
        })
      }
      if (!(await this.#finish(segments, writer))) return writer.segment.discard()
    } catch (error) {
      writer.segment.discard()
      throw error
    }
    // From here on the log owns the segment: it may be all that is left of the old ones.
    await this.#log.replaceSegments(segments, writer.segment)
  }

  #createWriter(segments: readonly Segment[]): CompactedWriter {
    const { disk } = this.#options
    const [first] = segments
    const newest = defined(segments.at(-1), 'a group holds a segment')
    const place = {
      directory: this.#log.directory,
      baseOffset: defined(first, 'a group holds a segment').baseOffset,
      nowMs: newest.createdAtMs,
      temporarySuffix: cleanedSuffix,
    }
    return new CompactedWriter(Segment.create(disk, place), this.#log.config.indexIntervalBytes)
  }

  #rulesFor(map: OffsetMap, transactions: CleanedTransactions): BatchRules {
    const { config } = this.#log
    return {
      map,
      transactions,
      producers: this.#log.producerTraces(),
      pace: this.#options.pace,
      nowMs: this.#nowMs,
      deleteRetentionMs: config.deleteRetentionMs,
      limitBytes: inflationLimit(config),
    }
  }

  #compactOne(
    reader: BatchReader,
    bounds: AppendedBatch | null,
    writer: CompactedWriter,
    rules: BatchRules,
    mustStay: boolean,
  ): MaybePromise<void> {
    const batch = reader.batch()
    if (bounds === null) {
      writer.add(batch, null)
      return undefined
    }
    if (batchMagic(batch, 0) < 2) {
      return chain(mustStay || legacyStays(batch, rules), (stays) => {
        if (stays) writer.add(batch, bounds)
        else writer.noteChange()
      })
    }
    return chain(compactBatch(batch, rules, mustStay), ({ bytes, aborted }) => {
      if (bytes !== batch) writer.noteChange()
      if (bytes !== null)
        writer.add(bytes, { ...bounds, maxTimestampMs: batchMaxTimestamp(bytes, 0) })
      if (aborted !== null) writer.addAborted(aborted)
    })
  }

  /** Makes the new segment durable; false when it says nothing new. */
  async #finish(segments: readonly Segment[], writer: CompactedWriter): Promise<boolean> {
    const { pace, disk } = this.#options
    writer.flush()
    this.#bytesWritten += writer.writtenBytes
    if (!writer.hasChanged && segments.length === 1) return false
    writer.segment.seal()
    await writer.segment.sync()
    await disk.syncDirectoryLater(this.#log.directory)
    await pace.spend(writer.writtenBytes)
    if (!this.#log.online) throw new WorkStopped()
    return true
  }

  /**
   * Calls `use` for every batch from about `fromOffset` on until it answers false; answers what it
   * answered last. Bounds are
   * null for a damaged batch.
   */
  async #eachBatch(
    segment: Segment,
    fromOffset: number,
    use: (reader: BatchReader, bounds: AppendedBatch | null) => MaybePromise<boolean>,
  ): Promise<boolean> {
    const { disk, pace } = this.#options
    if (!this.#log.online || segment.isGone) throw new WorkStopped()
    if (segment.size === 0) return true
    const start = segment.positionBefore(fromOffset)
    const file = disk.open(segment.path(segmentSuffix.log), 'read')
    try {
      const reader = new BatchReader(file, { start, end: segment.size }, chunkBytes)
      let nextOffset = segment.baseOffset
      for (let loaded = await reader.load(); loaded > 0; loaded = await reader.load()) {
        this.#bytesRead += loaded
        await pace.spend(loaded)
        while (reader.next()) {
          const bounds = this.#boundsOf(reader, segment, nextOffset)
          if (bounds !== null) nextOffset = bounds.lastOffset + 1
          const goesOn = use(reader, bounds)
          if (!(isPromise(goesOn) ? await goesOn : goesOn)) return false
          if (pace.isDue) await pace.spend(0)
        }
      }
      return true
    } finally {
      file.close()
    }
  }

  /** Null when the batch is damaged: it is left as it is, and nothing in it is believed. */
  #boundsOf(reader: BatchReader, segment: Segment, nextOffset: number): AppendedBatch | null {
    const batch = reader.batch()
    const isLegacy = batchMagic(batch, 0) < 2
    try {
      if (isLegacy) checkMessageCrc(batch, 0)
      else checkBatchCrc(batch, 0)
      const baseOffset = batchBaseOffset(batch, 0)
      const lastOffset = isLegacy ? baseOffset : batchLastOffset(batch, 0)
      const isInOrder = baseOffset >= nextOffset && lastOffset >= baseOffset
      if (isInOrder && lastOffset - segment.baseOffset <= int32Max) {
        const maxTimestampMs = isLegacy ? messageTimestamp(batch, 0) : batchMaxTimestamp(batch, 0)
        return { baseOffset, lastOffset, maxTimestampMs }
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
    }
    const fields = { file: segment.path(segmentSuffix.log), position: reader.position }
    this.#options.logger.error(fields, 'damaged batch found by compaction, left as it is')
    return null
  }
}

/** A segment as the decisions of compaction see it. */
export interface DescribedSegment extends CompactableSegment {
  readonly segment: Segment
}

/** What costs a look into a file is read only where it decides. */
export function describeSegment(segment: Segment): DescribedSegment {
  return {
    segment,
    baseOffset: segment.baseOffset,
    byteLength: segment.size,
    get largestTimestampMs() {
      return segment.largestTimestampMs
    },
    get firstTimestampMs() {
      return segment.size === 0 ? -1 : segment.firstTimestampMs
    },
    get offsetIndexBytes() {
      return segment.offsetIndex.entryCount * offsetEntryBytes
    },
    get timeIndexBytes() {
      return segment.timeIndex.entryCount * timeEntryBytes
    },
  }
}

function putKeys(
  batch: Buffer,
  limitBytes: number,
  pace: Pace,
  put: (key: Buffer | null, offset: number) => boolean,
): MaybePromise<boolean> {
  if (batchRecordCount(batch, 0) === 0) return true
  return chain(inflatePaced(batch, limitBytes), (inflated) => {
    const cursor = new RecordCursor(batch, 0, inflated)
    return eachRecord(cursor, pace, () => put(cursor.key(), cursor.offset))
  })
}

function noteMarker(batch: Buffer, transactions: CleanedTransactions): void {
  const cursor = new RecordCursor(batch, 0)
  if (!cursor.next()) return
  const type = readControlType(cursor.key())
  if (type === 'ABORT' || type === 'COMMIT') {
    transactions.endAt(transactionalBatch(batch), type === 'ABORT')
  }
}

function transactionalBatch(batch: Buffer): TransactionalBatch {
  return {
    producerId: batchProducerId(batch, 0),
    lastOffset: batchLastOffset(batch, 0),
    isTransactional: batchIsTransactional(batch, 0),
  }
}
