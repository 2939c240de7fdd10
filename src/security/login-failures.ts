// How often log-ins from an address failed lately: who fails often waits longer for the answer, and is
// written to the log once per interval. Pure, and bounded whoever knocks.
import { minuteMs } from '../base/units.ts'

const intervalMs = 1 * minuteMs
/** Addresses that are remembered; beyond, the one that was quiet longest is forgotten. */
const addressesMax = 10_000
/** This many failures within an interval make the wait longer by the configured delay. */
const failuresPerStep = 20
const stepsMax = 50

export interface LoginFailure {
  /** By how much the configured delay is multiplied. */
  readonly delayFactor: number
  /** True once per address and interval. */
  readonly isLogged: boolean
  /** Failures since the last one that was logged. */
  readonly unloggedCount: number
}

interface History {
  sinceMs: number
  count: number
  unlogged: number
}

export class LoginFailures {
  readonly #byAddress = new Map<string, History>()

  /** Notes a failure. `nowMs`: monotonic. */
  note(address: string, nowMs: number): LoginFailure {
    const known = this.#byAddress.get(address)
    const isNew = known === undefined || nowMs - known.sinceMs >= intervalMs
    const history = isNew ? { sinceMs: nowMs, count: 0, unlogged: known?.unlogged ?? 0 } : known
    const unloggedCount = history.unlogged
    history.count += 1
    history.unlogged = isNew ? 0 : history.unlogged + 1
    // In the order of the last failure.
    this.#byAddress.delete(address)
    this.#byAddress.set(address, history)
    this.#forget()
    const steps = Math.floor((history.count - 1) / failuresPerStep)
    return { delayFactor: 1 + Math.min(steps, stepsMax - 1), isLogged: isNew, unloggedCount }
  }

  get addressCount(): number {
    return this.#byAddress.size
  }

  #forget(): void {
    if (this.#byAddress.size <= addressesMax) return
    for (const address of this.#byAddress.keys()) {
      this.#byAddress.delete(address)
      return
    }
  }
}
