// Work that is done again and again while the engine is open. A failure costs one turn; a bug of
// ours is told to whoever stops the broker.
import { AssertionFailure, assert } from '../base/assert.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'

export class Background {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #onBug: (error: unknown) => void
  readonly #timers = new Set<Cancel>()
  #isStopped = false

  constructor(clock: Clock, logger: Logger, onBug: (error: unknown) => void) {
    this.#clock = clock
    this.#logger = logger
    this.#onBug = onBug
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Runs `run` every `intervalMs`, for the first time after one interval. */
  every(intervalMs: number, run: (nowMs: number) => void): void {
    assert(intervalMs > 0, 'work in the background has an interval')
    const schedule = (): void => {
      const cancel = this.#clock.after(intervalMs, () => {
        this.#timers.delete(cancel)
        this.attempt(() => run(this.#clock.nowMs()))
        if (!this.#isStopped) schedule()
      })
      this.#timers.add(cancel)
    }
    schedule()
  }

  /** Runs `run` once; what it throws is logged, or told as a bug. */
  attempt(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.failed(error)
    }
  }

  /** As `attempt`, for work that is under way. */
  watch(work: Promise<void>): void {
    work.catch((error: unknown) => this.failed(error))
  }

  failed(error: unknown, fields: Readonly<Record<string, unknown>> = {}): void {
    if (error instanceof AssertionFailure) this.#onBug(error)
    else this.#logger.error({ ...fields, error: String(error) }, 'background work failed')
  }

  stop(): void {
    this.#isStopped = true
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }
}
