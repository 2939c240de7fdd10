// Lets long work in the background give way: after a few milliseconds at a stretch it pauses for
// requests, and it reads and writes no faster than it is told.
import { assert } from '../base/assert.ts'
import type { Clock } from '../io/clock.ts'

/** Thrown into work that was told to stop. */
export class WorkStopped extends Error {
  constructor() {
    super('the work was told to stop')
  }
}

// Requests wait no longer than this for the event loop.
const stretchMs = 2
// A rate is kept over so long: short pauses would be too many.
const rateWindowMs = 1000

export class Pace {
  readonly #clock: Clock
  readonly #bytesPerSecond: number
  #isStopped = false
  #stretchStartMs: number
  #windowStartMs: number
  #windowBytes = 0
  #wake: (() => void) | null = null

  /** `bytesPerSecond` may be Infinity. */
  constructor(clock: Clock, bytesPerSecond: number) {
    assert(bytesPerSecond > 0, 'background work goes on')
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
    this.#stretchStartMs = clock.monotonicMs()
    this.#windowStartMs = this.#stretchStartMs
  }

  /**
   * To be called often: accounts for bytes read and written, and pauses when it is time.
   * @throws WorkStopped after `stop`.
   */
  async spend(bytes: number): Promise<void> {
    if (this.#isStopped) throw new WorkStopped()
    const nowMs = this.#clock.monotonicMs()
    this.#windowBytes += bytes
    const takesMs = (this.#windowBytes / this.#bytesPerSecond) * 1000
    const aheadMs = this.#windowStartMs + takesMs - nowMs
    // What was not used is not saved up.
    if (aheadMs <= 0 && nowMs - this.#windowStartMs >= rateWindowMs) this.#startWindow(nowMs)
    if (aheadMs >= 1) await this.#sleep(aheadMs)
    else if (this.isDue) await this.#sleep(0)
  }

  /** True when the current stretch of work is long enough. */
  get isDue(): boolean {
    return this.#clock.monotonicMs() - this.#stretchStartMs >= stretchMs
  }

  #startWindow(nowMs: number): void {
    this.#windowStartMs = nowMs
    this.#windowBytes = 0
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = null
    this.#stretchStartMs = this.#clock.monotonicMs()
    if (this.#isStopped) throw new WorkStopped()
  }

  /** The work ends at its next call of `spend`, and if it pauses, at once. */
  stop(): void {
    this.#isStopped = true
    this.#wake?.()
  }
}
