// Keeps appends in order when one of them waits for an asynchronous codec: those that come
// meanwhile queue behind it. While nothing waits, it costs one comparison.

export class AppendQueue {
  /** Settles with the last append that waits; null when none does. */
  #last: Promise<unknown> | null = null

  get isEmpty(): boolean {
    return this.#last === null
  }

  /** Runs `task` behind all that wait now. */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    return this.hold((this.#last ?? Promise.resolve()).then(task))
  }

  /** Lets later appends wait until this one has settled, whatever its outcome. */
  hold<T>(appending: Promise<T>): Promise<T> {
    const settled = appending.then(
      () => undefined,
      () => undefined,
    )
    this.#last = settled
    void settled.then(() => {
      if (this.#last === settled) this.#last = null
    })
    return appending
  }
}
