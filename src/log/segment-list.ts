// The segments of one log, oldest first, and what happens to their files as a whole: a new one at
// the end, old ones on their way out, some replaced by their compacted form. Knows nothing of
// offsets to come, producers or durability.
import { AssertionFailure, assert, defined } from '../base/assert.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import type { NameSyncs } from './log-surroundings.ts'
import { segmentsBelow } from './retention.ts'
import type { SegmentFacts } from './retention.ts'
import { Segment } from './segment.ts'
import { swapSuffix } from './segment-files.ts'

export interface SegmentSurroundings {
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly directoryNames: NameSyncs
}

export class SegmentList {
  readonly #around: SegmentSurroundings
  #directory: string
  #segments: Segment[] = []
  #byteLength = 0
  #directoryIsSynced = false
  /** Since when the directory has its name. */
  #nameMark: number
  /** What segment.jitter.ms takes off segment.ms for the active segment. */
  #rollJitterMs = 0
  #isEnded = false

  /** The directory is there. */
  constructor(directory: string, around: SegmentSurroundings) {
    this.#directory = directory
    this.#around = around
    this.#nameMark = around.directoryNames.mark(directory)
  }

  /** Oldest first. The array is replaced or grows: not to be kept over a pause. */
  get all(): readonly Segment[] {
    return this.#segments
  }

  get active(): Segment {
    return defined(this.#segments[this.#segments.length - 1], 'a log has an active segment')
  }

  /** Base offset of the oldest segment: a log start offset above it must be checkpointed. */
  get firstOffset(): number {
    return this.#segments[0]?.baseOffset ?? 0
  }

  /** Bytes of batches in all segments. */
  get byteLength(): number {
    return this.#byteLength
  }

  get rollJitterMs(): number {
    return this.#rollJitterMs
  }

  /** Takes what was found in the directory. */
  adopt(segments: readonly Segment[]): void {
    assert(this.#segments.length === 0, 'segments are found once')
    this.#segments = [...segments]
    this.#byteLength = segments.reduce((sum, segment) => sum + segment.size, 0)
  }

  /** Makes the next active segment. `isFirstFile`: nothing of an earlier one can be in its way. */
  add(baseOffset: number, segmentJitterMs: number, isFirstFile = false): Segment {
    const { disk, clock, random } = this.#around
    assert(baseOffset >= this.firstOffset, 'a new segment follows the others')
    const at = { directory: this.#directory, baseOffset, nowMs: clock.nowMs() }
    const segment = Segment.create(disk, at, isFirstFile)
    this.#segments.push(segment)
    this.#directoryIsSynced = false
    this.#rollJitterMs = segmentJitterMs > 0 ? random.bytes(4).readUInt32BE(0) % segmentJitterMs : 0
    return segment
  }

  noteAppended(byteCount: number): void {
    this.#byteLength += byteCount
  }

  facts(): SegmentFacts[] {
    return this.#segments.map((segment) => ({
      baseOffset: segment.baseOffset,
      byteLength: segment.size,
      // Asked for only where it decides: it may have to be read from the time index.
      get largestTimestampMs() {
        return segment.largestTimestampMs
      },
    }))
  }

  /** Drops the segments that lie wholly below `logStartOffset`; how many they were. */
  dropBelow(logStartOffset: number, deleteDelayMs: number): number {
    const count = segmentsBelow(this.facts(), logStartOffset)
    for (const segment of this.#segments.splice(0, count)) {
      this.#byteLength -= segment.size
      try {
        this.removeLater(segment, deleteDelayMs)
      } catch (error) {
        if (error instanceof AssertionFailure) throw error
        // Nothing of it is served any more; what is left of its files goes at the next start.
        const fields = { offset: segment.baseOffset, error: String(error) }
        this.#around.logger.warn(fields, 'dropped segment could not be renamed')
      }
    }
    return count
  }

  /** Files get their `.deleted` names now and go after file.delete.delay.ms, as in Kafka. */
  removeLater(segment: Segment, deleteDelayMs: number, keepsSnapshot = false): void {
    const { disk, clock, logger } = this.#around
    const paths = segment.retire({ keepsSnapshot })
    clock.after(deleteDelayMs, () => {
      Promise.all(paths.map((path) => disk.removeLater(path))).catch((error: unknown) => {
        // They go at the next start.
        logger.warn({ paths, error: String(error) }, 'deleted segment could not be removed')
      })
    })
  }

  /**
   * Puts the compacted form of neighbours into their place; false when one of them is gone by now.
   * The directory is synced between the steps, so that power loss leaves the old files, or the new
   * ones under names that the next start knows how to complete (recovery.ts).
   */
  async replace(
    old: readonly Segment[],
    compacted: Segment,
    deleteDelayMs: number,
  ): Promise<boolean> {
    const { disk } = this.#around
    compacted.renameAll(swapSuffix)
    await disk.syncDirectoryLater(this.#directory)
    const at = this.#segments.findIndex((segment) => segment === old[0])
    const isWhole = at >= 0 && old.every((segment, index) => this.#segments[at + index] === segment)
    if (this.#isEnded || !isWhole) {
      compacted.discard()
      return false
    }
    assert(at + old.length < this.#segments.length, 'the active segment is never replaced')
    this.#segments.splice(at, old.length, compacted)
    this.#byteLength += compacted.size - old.reduce((sum, segment) => sum + segment.size, 0)
    for (const segment of old) {
      this.removeLater(segment, deleteDelayMs, segment.baseOffset === compacted.baseOffset)
    }
    await disk.syncDirectoryLater(this.#directory)
    if (!compacted.isGone) compacted.putInPlace('log')
    await disk.syncDirectoryLater(this.#directory)
    if (!compacted.isGone) compacted.putInPlace('indexes')
    return true
  }

  /** Makes the names of the segments' files and of their directory durable, once per change. */
  async syncDirectory(): Promise<void> {
    if (this.#directoryIsSynced) return
    this.#directoryIsSynced = true
    try {
      await this.#around.disk.syncDirectoryLater(this.#directory)
      await this.#around.directoryNames.sync(this.#directory, this.#nameMark)
    } catch (error) {
      this.#directoryIsSynced = false
      throw error
    }
  }

  /**
   * Files opened on the way are opened again when they are needed: thousands of idle partitions
   * hold none.
   */
  releaseFiles(): void {
    for (const segment of this.#segments) {
      segment.flushIndexes()
      segment.close()
    }
  }

  /** All files are in another directory from now on. */
  goOnIn(directory: string): void {
    for (const segment of this.#segments) segment.goOnIn(directory)
    this.#directory = directory
    this.#directoryIsSynced = false
    this.#nameMark = this.#around.directoryNames.mark(directory)
  }

  /** Closes all files for good. */
  end(): void {
    this.#isEnded = true
    for (const segment of this.#segments) segment.end()
  }
}
