// Named one-shot timers on the clock port. Moving a deadline back, as every heartbeat does, costs a
// field: the armed clock timer finds on firing that it is early, and goes on waiting.
import { assert } from '../base/assert.ts'
import type { Cancel, Clock } from '../io/clock.ts'

interface Timer<Payload> {
  /** Monotonic ms. */
  deadlineMs: number
  payload: Payload
  /** When the clock wakes us, monotonic ms; never after the deadline. */
  armedForMs: number
  cancel: Cancel
}

export class Timers<Payload> {
  readonly #clock: Clock
  readonly #fire: (payload: Payload) => void
  readonly #timers = new Map<string, Timer<Payload>>()
  #isClosed = false

  constructor(clock: Clock, fire: (payload: Payload) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  get size(): number {
    return this.#timers.size
  }

  has(name: string): boolean {
    return this.#timers.has(name)
  }

  /** Starts the timer, or starts it anew. */
  set(name: string, delayMs: number, payload: Payload): void {
    assert(delayMs >= 0, 'a timer runs forward')
    if (this.#isClosed) return
    const deadlineMs = this.#clock.monotonicMs() + delayMs
    const running = this.#timers.get(name)
    if (running !== undefined && running.armedForMs <= deadlineMs) {
      running.deadlineMs = deadlineMs
      running.payload = payload
      return
    }
    running?.cancel()
    const cancel = this.#arm(name, delayMs)
    this.#timers.set(name, { deadlineMs, payload, armedForMs: deadlineMs, cancel })
  }

  cancel(name: string): void {
    const timer = this.#timers.get(name)
    if (timer === undefined) return
    timer.cancel()
    this.#timers.delete(name)
  }

  /** Cancels all; from now on none starts. */
  close(): void {
    this.#isClosed = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #arm(name: string, delayMs: number): Cancel {
    return this.#clock.after(delayMs, () => this.#wake(name))
  }

  #wake(name: string): void {
    const timer = this.#timers.get(name)
    assert(timer !== undefined, 'a cancelled timer does not wake')
    const leftMs = timer.deadlineMs - this.#clock.monotonicMs()
    // Clocks wake up to a millisecond early.
    if (leftMs >= 1) {
      timer.armedForMs = timer.deadlineMs
      timer.cancel = this.#arm(name, leftMs)
      return
    }
    this.#timers.delete(name)
    this.#fire(timer.payload)
  }
}
