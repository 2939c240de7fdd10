// Which connection each group member was last heard on. A member whose connection closed and who is
// not heard of again in time, on any connection, is reported gone (DESIGN section 6).
import { assert } from '../base/assert.ts'
import type { Cancel, Clock } from '../io/clock.ts'

/** What a connection must tell: who it is, and when it ends. */
export interface MemberConnection {
  readonly connectionId: number
  onClose(run: () => void): void
}

interface Presence {
  readonly groupId: string
  readonly memberId: string
  /** Null while its connection is closed. */
  connectionId: number | null
  /** Runs out when the member is gone. Null while its connection is open. */
  cancel: Cancel | null
}

export interface MemberConnectionsOptions {
  readonly clock: Clock
  /** ottla.group.disconnect.timeout.ms; -1: never. */
  readonly timeoutMs: number
  readonly onGone: (groupId: string, memberId: string) => void
}

const graceFactor = 2

export class MemberConnections {
  readonly #options: MemberConnectionsOptions
  readonly #groups = new Map<string, Map<string, Presence>>()
  readonly #connections = new Map<number, Set<Presence>>()

  constructor(options: MemberConnectionsOptions) {
    this.#options = options
  }

  /** Members that are watched. */
  get size(): number {
    let count = 0
    for (const members of this.#groups.values()) count += members.size
    return count
  }

  /** The member spoke on this connection. */
  heard(groupId: string, memberId: string, connection: MemberConnection): void {
    if (this.#options.timeoutMs < 0) return
    const { connectionId } = connection
    const presence = this.#presence(groupId, memberId)
    if (presence.connectionId === connectionId) return
    this.#detach(presence)
    presence.connectionId = connectionId
    let present = this.#connections.get(connectionId)
    if (present === undefined) {
      this.#connections.set(connectionId, (present = new Set()))
      connection.onClose(() => this.#closed(connectionId))
    }
    present.add(presence)
  }

  /**
   * The member was read from the log, and no connection is known to be its: it has twice the time,
   * since it must first notice that the broker is back.
   */
  expect(groupId: string, memberId: string): void {
    const { timeoutMs } = this.#options
    if (timeoutMs < 0) return
    const presence = this.#presence(groupId, memberId)
    assert(presence.connectionId === null, 'nobody speaks before the log is read')
    this.#startTimer(presence, graceFactor * timeoutMs)
  }

  /** The member left, or the group is gone. */
  forget(groupId: string, memberId: string): void {
    const members = this.#groups.get(groupId)
    const presence = members?.get(memberId)
    if (members === undefined || presence === undefined) return
    this.#detach(presence)
    members.delete(memberId)
    if (members.size === 0) this.#groups.delete(groupId)
  }

  /** Stops all timers. */
  close(): void {
    for (const members of this.#groups.values()) {
      for (const presence of members.values()) presence.cancel?.()
    }
    this.#groups.clear()
    this.#connections.clear()
  }

  #presence(groupId: string, memberId: string): Presence {
    let members = this.#groups.get(groupId)
    if (members === undefined) this.#groups.set(groupId, (members = new Map()))
    let presence = members.get(memberId)
    if (presence === undefined) {
      presence = { groupId, memberId, connectionId: null, cancel: null }
      members.set(memberId, presence)
    }
    return presence
  }

  #closed(connectionId: number): void {
    const present = this.#connections.get(connectionId) ?? new Set()
    this.#connections.delete(connectionId)
    for (const presence of present) {
      assert(presence.connectionId === connectionId, 'a member is on one connection')
      presence.connectionId = null
      this.#startTimer(presence, this.#options.timeoutMs)
    }
  }

  #startTimer(presence: Presence, delayMs: number): void {
    presence.cancel?.()
    presence.cancel = this.#options.clock.after(delayMs, () => {
      this.forget(presence.groupId, presence.memberId)
      this.#options.onGone(presence.groupId, presence.memberId)
    })
  }

  #detach(presence: Presence): void {
    presence.cancel?.()
    presence.cancel = null
    if (presence.connectionId === null) return
    this.#connections.get(presence.connectionId)?.delete(presence)
    presence.connectionId = null
  }
}
