// Compaction in the background: picks the log that has most to gain, compacts it, notes how far it
// came in cleaner-offset-checkpoint, and rests when nothing is worth it. One log at a time, at the
// rate of log.cleaner.io.max.bytes.per.second.
import { AssertionFailure, assert } from '../base/assert.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { compactableRange, dirtyRatio, isWorthCompacting } from '../log/compaction.ts'
import type { CompactableRange } from '../log/compaction.ts'
import { Compactor, describeSegment } from '../log/compactor.ts'
import { keyHashSeedBytes } from '../log/key-hash.ts'
import { Pace, WorkStopped } from '../log/pace.ts'
import type { PartitionLog } from '../log/partition-log.ts'

/** How compaction behaves, whichever log it is about. */
export interface CleanerConfig {
  readonly logCleanerBackoffMs: number
  /** Bytes for the offset map. */
  readonly logCleanerDedupeBufferSize: number
  readonly logCleanerIoMaxBytesPerSecond: number
}

export interface CleanerOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** log.cleaner.*, as they are now: they change while the broker runs. */
  readonly config: () => CleanerConfig
  /** Logs that may be compacted now. */
  readonly logs: () => readonly PartitionLog[]
  /** Where the last run of a log ended; undefined when there was none. */
  readonly compactedTo: (log: PartitionLog) => number | undefined
  readonly noteCompacted: (log: PartitionLog, endOffset: number) => void
  readonly onBug: (error: unknown) => void
}

interface Candidate {
  readonly log: PartitionLog
  readonly range: CompactableRange
}

export class Cleaner {
  readonly #options: CleanerOptions
  /** Logs with damage that compaction cannot pass: left alone until the next start. */
  readonly #uncleanable = new WeakSet<PartitionLog>()
  /** Logs whose files are copied elsewhere. */
  readonly #leftAlone = new Set<PartitionLog>()
  #current: { readonly log: PartitionLog; readonly done: Promise<void> } | null = null
  #pace: Pace | null = null
  #timer: Cancel | null = null
  #running: Promise<void> | null = null
  #isStopped = false

  constructor(options: CleanerOptions) {
    this.#options = options
  }

  /** Looks for work after log.cleaner.backoff.ms, and again and again. */
  start(): void {
    this.#rest()
  }

  #rest(): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.after(this.#options.config().logCleanerBackoffMs, () => {
      this.#timer = null
      this.#running = this.compactAll().then(
        () => this.#rest(),
        (error: unknown) => this.#options.onBug(error),
      )
    })
  }

  /** Resolves when the log is not compacted, and will not be until `takeUp`. */
  async leaveAlone(log: PartitionLog): Promise<void> {
    this.#leftAlone.add(log)
    if (this.#current?.log === log) await this.#current.done
  }

  takeUp(log: PartitionLog): void {
    this.#leftAlone.delete(log)
  }

  /** Compacts one log after another until none is worth it; rejects only for a bug of ours. */
  async compactAll(): Promise<void> {
    const done = new Set<PartitionLog>()
    for (;;) {
      const candidate = this.#pick(done)
      if (candidate === null || this.#isStopped) return
      // Once per round: a log that gains nothing must not hold up the others.
      done.add(candidate.log)
      const current = { log: candidate.log, done: this.#compact(candidate) }
      this.#current = current
      await current.done
      this.#current = null
    }
  }

  #pick(done: ReadonlySet<PartitionLog>): Candidate | null {
    const nowMs = this.#options.clock.nowMs()
    let best: Candidate | null = null
    for (const log of this.#options.logs()) {
      if (!log.config.cleanupPolicy.compact || !log.online) continue
      if (log.segments.length < 2 || done.has(log)) continue
      if (this.#uncleanable.has(log) || this.#leftAlone.has(log)) continue
      const range = this.#rangeOf(log, nowMs)
      if (range === null || !isWorthCompacting(range, log.config)) continue
      if (best === null || dirtyRatio(range) > dirtyRatio(best.range)) best = { log, range }
    }
    return best
  }

  #rangeOf(log: PartitionLog, nowMs: number): CompactableRange | null {
    const { logStartOffset, logEndOffset, lastStableOffset } = log
    const segments = log.segments.map(describeSegment)
    const compactedTo = this.#options.compactedTo(log)
    const state = { segments, logStartOffset, logEndOffset, lastStableOffset, compactedTo }
    try {
      return compactableRange(state, log.config, nowMs)
    } catch (error) {
      this.#failed(log, error)
      return null
    }
  }

  async #compact({ log, range }: Candidate): Promise<void> {
    const { disk, clock, random, logger, config } = this.#options
    const { logCleanerIoMaxBytesPerSecond, logCleanerDedupeBufferSize } = config()
    assert(logCleanerDedupeBufferSize > 0, 'compaction has memory for keys')
    const pace = new Pace(clock, logCleanerIoMaxBytesPerSecond)
    this.#pace = pace
    const named = logger.child({ topic: log.topic, partition: log.partition })
    const startMs = clock.monotonicMs()
    try {
      const compactor = new Compactor(log, {
        disk,
        clock,
        logger: named,
        pace,
        mapBytes: logCleanerDedupeBufferSize,
        seed: random.bytes(keyHashSeedBytes),
      })
      const bytesBefore = log.byteLength
      const outcome = await compactor.run(range)
      assert(outcome.endOffset >= range.firstDirtyOffset, 'compaction never goes back')
      this.#options.noteCompacted(log, outcome.endOffset)
      const durationMs = Math.round(clock.monotonicMs() - startMs)
      const fields = { ...outcome, bytesBefore, bytesAfter: log.byteLength, durationMs }
      named.info(fields, 'log compacted')
    } catch (error) {
      this.#failed(log, error)
    }
  }

  #failed(log: PartitionLog, error: unknown): void {
    if (error instanceof AssertionFailure) throw error
    if (error instanceof WorkStopped || log.isClosed) return
    const fields = { topic: log.topic, partition: log.partition, error: String(error) }
    if (error instanceof KafkaError && error.errorName !== 'KAFKA_STORAGE_ERROR') {
      this.#uncleanable.add(log)
      this.#options.logger.error(fields, 'log is damaged and will not be compacted')
    } else {
      this.#options.logger.error(fields, 'compaction failed, it is tried again later')
    }
  }

  /** No more compaction; resolves when the run that was under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.()
    this.#pace?.stop()
    await this.#running
  }
}
