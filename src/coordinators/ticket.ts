// One request that waits for its answer. The pure machines carry tickets about as opaque values;
// only the runtime settles them, after what the answer speaks of has been stored.
import { assert } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'

/** A request's place in the queue for its answer: settled exactly once. */
export class Ticket<T> {
  #answer: T | undefined = undefined
  #settled = false
  #resolve: ((answer: T) => void) | undefined = undefined

  get settled(): boolean {
    return this.#settled
  }

  /** For the runtime alone. */
  settle(answer: T): void {
    assert(!this.#settled, 'a request is answered once')
    this.#settled = true
    this.#answer = answer
    this.#resolve?.(answer)
  }

  /** The answer at once when it is there, else a promise of it. */
  result(): MaybePromise<T> {
    if (this.#answer !== undefined) return this.#answer
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }
}
