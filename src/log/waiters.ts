// Parked readers of one partition: each is woken once, in the order of arrival.

export class Waiters {
  #waiting: Set<() => void> | null = null

  /** Adds a callback; the returned function takes it away again, harmless when it has run. */
  add(wake: () => void): () => void {
    this.#waiting ??= new Set()
    const waiting = this.#waiting
    // A wrapper of its own: the same callback may wait twice.
    const entry = (): void => wake()
    waiting.add(entry)
    return () => void waiting.delete(entry)
  }

  /** Wakes all that wait now; those that they add wait for the next time. */
  wakeAll(): void {
    const waiting = this.#waiting
    if (waiting === null || waiting.size === 0) return
    this.#waiting = null
    for (const wake of waiting) wake()
  }
}
