// Where a log begins: the offset moves up as records are deleted or expire, and never back. What
// lies below it goes by whole segments, after the offset is checkpointed.
import { assert } from '../base/assert.ts'
import type { Offset } from '../base/brands.ts'
import { toOffset } from '../base/brands.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { storageError } from './disk-trouble.ts'
import type { LogParts, LogSurroundings } from './log-surroundings.ts'
import type { PartitionLog } from './partition-log.ts'
import { retainedFrom } from './retention-scan.ts'

export class LogStart {
  readonly #log: PartitionLog
  readonly #parts: LogParts
  readonly #around: Pick<LogSurroundings, 'logger' | 'keepLogStart'>
  #offset = toOffset(0)

  constructor(
    log: PartitionLog,
    parts: LogParts,
    around: Pick<LogSurroundings, 'logger' | 'keepLogStart'>,
  ) {
    this.#log = log
    this.#parts = parts
    this.#around = around
  }

  get offset(): Offset {
    return this.#offset
  }

  /** What was found when the log was opened. */
  load(offset: number): void {
    this.#offset = toOffset(offset)
  }

  /**
   * As DeleteRecords asks; -1 means the high watermark. Answers the offset then.
   * @throws KafkaError OFFSET_OUT_OF_RANGE, KAFKA_STORAGE_ERROR
   */
  deleteBefore(offset: number): MaybePromise<Offset> {
    const { health } = this.#parts
    const { highWatermark } = this.#log
    health.requireOnline()
    const target = offset === -1 ? highWatermark : offset
    if (target < 0 || target > highWatermark) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} is beyond the high watermark ${highWatermark}`,
      )
    }
    if (target <= this.#offset) return this.#offset
    try {
      return chain(this.#moveTo(target, 'records deleted'), () => this.#offset)
    } catch (error) {
      throw health.failed(error)
    }
  }

  /** Drops what retention.ms, retention.bytes and the log start offset allow. */
  applyRetention(nowMs: number): MaybePromise<void> {
    const { health, segments } = this.#parts
    if (!health.isOnline) return undefined
    const { cleanupPolicy, retentionMs, retentionBytes } = this.#log.config
    if (!cleanupPolicy.delete) return this.#dropSegments()
    try {
      const range = { logStartOffset: this.#offset, logEndOffset: this.#log.logEndOffset }
      const start = retainedFrom(segments, range, { retentionMs, retentionBytes }, nowMs)
      if (start === range.logEndOffset && segments.active.size > 0) this.#log.roll()
      if (start > this.#offset) return this.#moveTo(start, 'retention')
      return this.#dropSegments()
    } catch (error) {
      throw health.failed(error)
    }
  }

  /** Moves the offset up once that is checkpointed, so that no restart moves it back. */
  #moveTo(offset: number, reason: string): MaybePromise<void> {
    assert(offset >= this.#offset, 'the log start offset never moves back')
    assert(offset <= this.#log.logEndOffset, 'the log start offset lies in the log')
    const kept = this.#around.keepLogStart(this.#log, offset)
    if (!isPromise(kept)) return this.#begin(offset, reason)
    return kept.then(
      () => {
        try {
          this.#begin(offset, reason)
        } catch (error) {
          throw this.#parts.health.failed(error)
        }
      },
      (error: unknown) => {
        throw storageError(`the log start offset could not be checkpointed`, error)
      },
    )
  }

  #begin(offset: number, reason: string): void {
    // Another move was quicker, and went further; or the log is closed.
    if (offset <= this.#offset || !this.#parts.health.isOnline) return
    const { topic, partition } = this.#log
    this.#parts.epochs.truncateFromStart(offset)
    this.#offset = toOffset(offset)
    this.#around.logger.info({ topic, partition, offset }, `log start offset moved: ${reason}`)
    this.#dropSegments()
  }

  /** Drops segments wholly below the offset. */
  #dropSegments(): void {
    const { segments, producers } = this.#parts
    const count = segments.dropBelow(this.#offset, this.#log.config.fileDeleteDelayMs)
    if (count > 0) producers.dropSnapshotsBelow(segments.firstOffset)
  }
}
