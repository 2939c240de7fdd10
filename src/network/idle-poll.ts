// A client that waits for each answer before it asks again is back sooner than a sleeping thread is
// woken. So behind a request the event loop looks for the next one for a moment before it sleeps:
// both sides then spend less CPU on a request and get twice as many done. It does so only while
// requests have been coming that soon, and while no other thread wants the core.

/** For so long the loop looks for the next request, ms. */
const pollMs = 0.1
/** A request that comes so soon after another would have been found: being woken takes the rest, ms. */
const soonMs = 0.2
/** Reads between two decisions. */
const readsPerLook = 64
/** So many of them must come soon. */
const soonMin = 52
/**
 * More often than this, between two decisions, the scheduler takes the core away when somebody else wants
 * it. It comes in bursts on an idle machine too, so a decision counts for a sixteenth of the average.
 */
const preemptionsMax = 10
const preemptionsWeight = 1 / 16

export interface IdlePollOptions {
  /** Monotonic ms. */
  readonly nowMs: () => number
  /** How often the scheduler has taken the core from this process. */
  readonly preemptions?: () => number
  /** Runs its argument once everything that is ready was read, without sleeping before. */
  readonly nextTurn?: (run: () => void) => void
}

/** What the event loop does between requests, as all connections share it. */
export class IdlePoll {
  readonly #nowMs: () => number
  readonly #preemptions: () => number
  readonly #nextTurn: (run: () => void) => void
  #lastReadMs = -Infinity
  #reads = 0
  #soonReads = 0
  #preemptionsSeen = 0
  #preemptionsAverage = 0
  #pays = false
  #isPolling = false

  constructor(options: IdlePollOptions) {
    this.#nowMs = options.nowMs
    this.#preemptions =
      options.preemptions ?? (() => process.resourceUsage().involuntaryContextSwitches)
    this.#nextTurn = options.nextTurn ?? ((run) => void setImmediate(run))
  }

  /** Something was read at `nowMs`. */
  noteRead(nowMs: number): void {
    if (nowMs - this.#lastReadMs < soonMs) this.#soonReads += 1
    this.#lastReadMs = nowMs
    this.#reads += 1
    if (this.#reads === readsPerLook) this.#look()
    if (!this.#pays || this.#isPolling) return
    this.#isPolling = true
    this.#nextTurn(this.#poll)
  }

  #look(): void {
    const preemptions = this.#preemptions()
    const news = Math.min(preemptions - this.#preemptionsSeen, readsPerLook)
    this.#preemptionsSeen = preemptions
    this.#preemptionsAverage += (news - this.#preemptionsAverage) * preemptionsWeight
    this.#pays = this.#soonReads >= soonMin && this.#preemptionsAverage <= preemptionsMax
    this.#reads = 0
    this.#soonReads = 0
  }

  readonly #poll = (): void => {
    if (this.#nowMs() - this.#lastReadMs < pollMs) this.#nextTurn(this.#poll)
    else this.#isPolling = false
  }
}
