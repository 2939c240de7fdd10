// A clock that stands still until it is told to go on: tests run hours in no time, and the same way
// each time.
import { assert } from '../base/assert.ts'
import type { Cancel, Clock } from '../io/clock.ts'

interface SimTimer {
  readonly dueMs: number
  /** Timers of one moment run in the order in which they were set. */
  readonly order: number
  readonly run: () => void
}

/** Simulated time. Wall clock and monotonic clock go alike; only `setWallClock` parts them. */
export class SimClock implements Clock {
  #monotonicMs = 0
  #wallOffsetMs: number
  #order = 0
  readonly #timers = new Set<SimTimer>()

  /** `startMs`: the wall clock at the beginning, ms since the epoch. */
  constructor(startMs = 1_750_000_000_000) {
    this.#wallOffsetMs = startMs
  }

  nowMs(): number {
    return this.#wallOffsetMs + this.#monotonicMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that are set. */
  get timerCount(): number {
    return this.#timers.size
  }

  /** Lets `ms` pass: timers that come due run at their moment, also those that they set. */
  advance(ms: number): void {
    assert(ms >= 0, 'time runs forward')
    const endMs = this.#monotonicMs + ms
    for (;;) {
      const next = this.#next()
      if (next === undefined || next.dueMs > endMs) break
      this.#timers.delete(next)
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs)
      next.run()
    }
    this.#monotonicMs = endMs
  }

  /** Goes on to the timer that is due next and runs it; false when none is due until `untilMs` (monotonic). */
  step(untilMs: number): boolean {
    const next = this.#next()
    if (next === undefined || next.dueMs > untilMs) return false
    this.#timers.delete(next)
    this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs)
    next.run()
    return true
  }

  /** Sets the wall clock, as an administrator does; timers do not notice. */
  setWallClock(nowMs: number): void {
    this.#wallOffsetMs = nowMs - this.#monotonicMs
  }

  #next(): SimTimer | undefined {
    let next: SimTimer | undefined
    for (const timer of this.#timers) {
      if (next === undefined || isBefore(timer, next)) next = timer
    }
    return next
  }
}

function isBefore(left: SimTimer, right: SimTimer): boolean {
  return left.dueMs === right.dueMs ? left.order < right.order : left.dueMs < right.dueMs
}
