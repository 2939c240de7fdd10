// Named one-shot timers of groups, on the clock port. Moving a deadline back, as every heartbeat
// does, costs a field: the armed clock timer finds on firing that it is early, and goes on waiting.
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
  readonly #fire: (groupId: string, payload: Payload) => void
  /** By group, then by name: a name of both would be hashed anew with every heartbeat. */
  readonly #groups = new Map<string, Map<string, Timer<Payload>>>()
  #isClosed = false

  constructor(clock: Clock, fire: (groupId: string, payload: Payload) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  get size(): number {
    let count = 0
    for (const timers of this.#groups.values()) count += timers.size
    return count
  }

  has(groupId: string, name: string): boolean {
    return this.#groups.get(groupId)?.has(name) ?? false
  }

  /** Starts the timer, or starts it anew. */
  set(groupId: string, name: string, delayMs: number, payload: Payload): void {
    assert(delayMs >= 0, 'a timer runs forward')
    if (this.#isClosed) return
    const deadlineMs = this.#clock.monotonicMs() + delayMs
    let timers = this.#groups.get(groupId)
    if (timers === undefined) this.#groups.set(groupId, (timers = new Map()))
    const running = timers.get(name)
    if (running !== undefined && running.armedForMs <= deadlineMs) {
      running.deadlineMs = deadlineMs
      running.payload = payload
      return
    }
    running?.cancel()
    const cancel = this.#arm(groupId, name, delayMs)
    timers.set(name, { deadlineMs, payload, armedForMs: deadlineMs, cancel })
  }

  cancel(groupId: string, name: string): void {
    const timer = this.#take(groupId, name)
    timer?.cancel()
  }

  /** Cancels all; from now on none starts. */
  close(): void {
    this.#isClosed = true
    for (const timers of this.#groups.values()) {
      for (const timer of timers.values()) timer.cancel()
    }
    this.#groups.clear()
  }

  #take(groupId: string, name: string): Timer<Payload> | undefined {
    const timers = this.#groups.get(groupId)
    const timer = timers?.get(name)
    if (timers === undefined || timer === undefined) return undefined
    timers.delete(name)
    if (timers.size === 0) this.#groups.delete(groupId)
    return timer
  }

  #arm(groupId: string, name: string, delayMs: number): Cancel {
    return this.#clock.after(delayMs, () => this.#wake(groupId, name))
  }

  #wake(groupId: string, name: string): void {
    const timer = this.#groups.get(groupId)?.get(name)
    assert(timer !== undefined, 'a cancelled timer does not wake')
    const leftMs = timer.deadlineMs - this.#clock.monotonicMs()
    // Clocks wake up to a millisecond early.
    if (leftMs >= 1) {
      timer.armedForMs = timer.deadlineMs
      timer.cancel = this.#arm(groupId, name, leftMs)
      return
    }
    this.#take(groupId, name)
    this.#fire(groupId, timer.payload)
  }
}
