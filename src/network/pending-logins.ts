// Connections that have not proved anything yet: few at a time, and none for long. A flood of them ends
// its own oldest, and leaves those alone who have logged in.

/** A connection on its way in. */
export interface PendingLogin {
  readonly clientAddress: string
  /** Ends it. */
  close(): void
}

export interface PendingLimits {
  /** ottla.authentication.connections.max */
  readonly countMax: number
  /** ottla.authentication.timeout.ms */
  readonly timeoutMs: number
}

export class PendingLogins {
  /** In the order of arrival, with the monotonic ms of it. */
  readonly #since = new Map<PendingLogin, number>()

  get count(): number {
    return this.#since.size
  }

  /** Adds a connection; returns the one that had to go for it, already closed. */
  add(login: PendingLogin, nowMs: number, limits: PendingLimits): PendingLogin | null {
    this.#since.set(login, nowMs)
    if (this.#since.size <= limits.countMax) return null
    for (const [oldest] of this.#since) {
      this.#since.delete(oldest)
      oldest.close()
      return oldest
    }
    return null
  }

  /** It has logged in, or is gone. */
  remove(login: PendingLogin): void {
    this.#since.delete(login)
  }

  /** Closes those that took too long; returns them. */
  expire(nowMs: number, limits: PendingLimits): readonly PendingLogin[] {
    const late: PendingLogin[] = []
    for (const [login, sinceMs] of this.#since) {
      if (nowMs - sinceMs < limits.timeoutMs) break
      late.push(login)
    }
    for (const login of late) {
      this.#since.delete(login)
      login.close()
    }
    return late
  }
}
