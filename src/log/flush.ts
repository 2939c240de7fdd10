// Group commit for one log: callers that wait for durability share the fdatasync that runs next.
// At most one is in flight; it is the batcher of all that arrive meanwhile.

import { assert } from '../base/assert.ts'

export interface SyncTarget {
  /** Makes all that is in the log now durable. */
  sync(): Promise<void>
}

export class Flusher {
  readonly #target: SyncTarget
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null
  /** Waits for the sync that runs, and comes before the next. */
  #whenQuiet: (() => void)[] = []

  constructor(target: SyncTarget) {
    this.#target = target
  }

  /**
   * Resolves when all that was appended before the call is durable; rejects when the device
   * refuses.
   */
  flush(): Promise<void> {
    if (this.#next !== null) return this.#next
    if (this.#running === null) return this.#start()
    // The sync in flight may have begun before the last append: a new one follows it, whatever its
    // outcome.
    const afterRunning = this.#running.then(
      () => this.#startNext(),
      () => this.#startNext(),
    )
    this.#next = afterRunning
    return afterRunning
  }

  /** Runs `work`, which does not throw, while no sync is under way: now, or before the next begins. */
  onceQuiet(work: () => void): void {
    if (this.#running === null) work()
    else this.#whenQuiet.push(work)
  }

  #startNext(): Promise<void> {
    this.#next = null
    return this.#start()
  }

  #start(): Promise<void> {
    assert(this.#running === null, 'one sync runs at a time')
    const running = this.#target.sync().finally(() => {
      if (this.#running === running) this.#running = null
      for (const work of this.#whenQuiet.splice(0)) work()
    })
    this.#running = running
    return running
  }
}
