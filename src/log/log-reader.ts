// Reads of a log: by offset and by time, below the high watermark or the last stable offset.
import type { Logger } from '../io/logger.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain } from '../base/maybe-promise.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { inflationLimit } from './append.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { LogHealth } from './log-health.ts'
import type {
  PartitionStore,
  ReadLimit,
  ReadRequest,
  ReadResult,
  TimestampedOffset,
} from './partition-store.ts'
import { readSegments, readableSegmentBytes } from './read.ts'
import { ReadVerifier } from './read-damage.ts'
import type { Segment } from './segment.ts'
import { findByTimestamp, findMaxTimestamp } from './time-search.ts'

/** The log that is read, as it is at each look. */
interface ReadLog extends Pick<
  PartitionStore,
  'logStartOffset' | 'logEndOffset' | 'lastStableOffset' | 'online'
> {
  readonly segments: readonly Segment[]
  readonly config: TopicConfig
}

export class LogReader {
  readonly #log: ReadLog
  readonly #health: LogHealth
  readonly #pool: BufferPool
  readonly #verifier: ReadVerifier

  constructor(
    log: ReadLog,
    health: LogHealth,
    around: { readonly pool: BufferPool; readonly logger: Logger },
  ) {
    this.#log = log
    this.#health = health
    this.#pool = around.pool
    this.#verifier = new ReadVerifier(around.logger)
  }

  read(request: ReadRequest): ReadResult {
    this.#health.requireOnline()
    const { offset } = request
    if (offset < this.#log.logStartOffset || offset > this.#log.logEndOffset) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} is outside ${this.#log.logStartOffset} to ${this.#log.logEndOffset}`,
      )
    }
    try {
      const limitOffset = this.#limitOffset(request.limit)
      // The spread comes last: V8 adds a field behind one by a call that takes a microsecond.
      const range = {
        limitOffset,
        verifier: this.#verifier,
        onLateTrouble: request.mayStayInFile === true ? this.#onLateTrouble : null,
        ...request,
      }
      const found = readSegments(this.#log.segments, range, this.#pool)
      return {
        records: found.records,
        highWatermark: this.#log.logEndOffset,
        lastStableOffset: this.#log.lastStableOffset,
        logStartOffset: this.#log.logStartOffset,
        abortedTransactions: found.abortedTransactions,
      }
    } catch (error) {
      throw this.#health.failed(error)
    }
  }

  readonly #onLateTrouble = (error: unknown): void => void this.#health.failed(error)

  #limitOffset(limit: ReadLimit): number {
    return limit === 'last-stable' ? this.#log.lastStableOffset : this.#log.logEndOffset
  }

  readableBytes(offset: number, limit: ReadLimit, maxBytes: number): number {
    if (!this.#log.online || offset < this.#log.logStartOffset) return 0
    try {
      const limitOffset = this.#limitOffset(limit)
      const range = { offset, limitOffset, maxBytes, verifier: this.#verifier }
      return readableSegmentBytes(this.#log.segments, range)
    } catch (error) {
      // The fetch that asks will meet the same trouble and answer it.
      if (this.#health.failed(error) instanceof KafkaError) return 0
      throw error
    }
  }

  offsetForTimestamp(
    timestampMs: number,
    limit: ReadLimit,
  ): MaybePromise<TimestampedOffset | null> {
    this.#health.requireOnline()
    const asked = { timestampMs, limitBytes: inflationLimit(this.#log.config) }
    return chain(findByTimestamp(this.#log, asked), (found) =>
      found === null || found.offset >= this.#limitOffset(limit) ? null : found,
    )
  }

  offsetOfMaxTimestamp(): MaybePromise<TimestampedOffset | null> {
    this.#health.requireOnline()
    return findMaxTimestamp(this.#log, inflationLimit(this.#log.config))
  }
}
