// Logs with data that is not synced, and the sync that follows within
// `ottla.durability.interval.ms`. Runs a few at a time: the rest of libuv's threads belongs to
// codecs and cold reads.
import { AssertionFailure, assert } from '../base/assert.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { PartitionLog } from '../log/partition-log.ts'

const parallelSyncs = 2

export class DirtyLogs {
  readonly #clock: Clock
  readonly #logger: Logger
  /** ms from the first unsynced byte to the sync; null: only flush.ms and flush.messages sync. */
  readonly #intervalMs: number | null
  readonly #onBug: (error: unknown) => void
  readonly #logs = new Set<PartitionLog>()
  #running: Promise<void> | null = null
  #timer: Cancel | null = null
  #isStopped = false

  constructor(
    clock: Clock,
    logger: Logger,
    intervalMs: number | null,
    onBug: (error: unknown) => void,
  ) {
    this.#onBug = onBug
    assert(intervalMs === null || intervalMs > 0, 'syncs come after some time')
    this.#clock = clock
    this.#logger = logger
    this.#intervalMs = intervalMs
  }

  add(log: PartitionLog): void {
    assert(log.online, 'only a log in use gets dirty')
    this.#logs.add(log)
    this.#schedule()
  }

  delete(log: PartitionLog): void {
    this.#logs.delete(log)
  }

  #schedule(): void {
    if (this.#timer !== null || this.#intervalMs === null || this.#isStopped) return
    this.#timer = this.#clock.after(this.#intervalMs, () => {
      this.#timer = null
      void this.#syncAll()
    })
  }

  /** Syncs what is dirty now. One run at a time: what gets dirty meanwhile is for the next. */
  #syncAll(): Promise<void> {
    this.#running ??= this.#syncEach([...this.#logs]).finally(() => {
      this.#running = null
      if (this.#logs.size > 0) this.#schedule()
    })
    return this.#running
  }

  async #syncEach(logs: PartitionLog[]): Promise<void> {
    const next = async (): Promise<void> => {
      for (let log = logs.pop(); log !== undefined; log = logs.pop()) await this.#sync(log)
    }
    await Promise.all(Array.from({ length: parallelSyncs }, next))
  }

  async #sync(log: PartitionLog): Promise<void> {
    this.#logs.delete(log)
    if (!log.online) return
    try {
      await log.flush()
    } catch (error) {
      if (error instanceof AssertionFailure) return this.#onBug(error)
      // Deleted or closed meanwhile: nothing is missing.
      if (log.isClosed) return
      const fields = { topic: log.topic, partition: log.partition, error: String(error) }
      this.#logger.error(fields, 'sync failed')
    }
  }

  /** flush.ms of topics that set it, whatever the interval. */
  syncOverdue(nowMs: number): void {
    for (const log of this.#logs) {
      if (nowMs - log.dirtySinceMs >= log.config.flushMs) void this.#sync(log)
    }
  }

  /** No more syncs; resolves when the one that runs has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.()
    await this.#running
  }
}
