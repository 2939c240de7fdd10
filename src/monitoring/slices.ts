// Long work in slices of the event loop, so that requests go on being served between them.
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'

/** Requests wait no longer than this for the event loop. */
const sliceMs = 2
/** The clock is asked after so many samples. */
const samplesPerLook = 64

/** Pauses once a slice is over. */
export class Slices {
  readonly #clock: Clock
  #count = 0
  #startMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startMs = clock.monotonicMs()
  }

  /** To be called for each small piece of work. */
  giveWay(): MaybePromise<void> {
    this.#count += 1
    return this.#count % samplesPerLook === 0 ? this.giveWayIfDue() : undefined
  }

  /** To be called after work that may have been long. */
  giveWayIfDue(): MaybePromise<void> {
    if (this.#clock.monotonicMs() - this.#startMs < sliceMs) return
    return new Promise((resolve) => {
      this.#clock.after(0, () => {
        this.#startMs = this.#clock.monotonicMs()
        resolve()
      })
    })
  }
}
