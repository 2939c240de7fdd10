// Share sessions (KIP-932): which partitions a member of a share group fetches from, so that its
// requests name changes only. A member has one session, on one connection.
import { int32Max } from '../base/units.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { ConnectionContext } from './context.ts'

/** The first request of a session, and its last. */
export const initialShareEpoch = 0
export const finalShareEpoch = -1

export interface ShareTopicPartition {
  readonly topicId: string
  readonly partition: number
}

/** A partition that the session fetches from. */
interface CachedPartition extends ShareTopicPartition {
  /** The next answer speaks of it even if there is nothing to say: it is new, or failed last. */
  mustTell: boolean
}

export class ShareSession {
  epoch = 1
  readonly #partitions = new Map<string, CachedPartition>()

  get partitionCount(): number {
    return this.#partitions.size
  }

  /** In the order in which they are fetched; every request begins with another one. */
  partitions(epoch: number): ShareTopicPartition[] {
    const all = [...this.#partitions.values()]
    const from = epoch < 1 || all.length === 0 ? 0 : epoch % all.length
    return [...all.slice(from), ...all.slice(0, from)]
  }

  add(partitions: Iterable<ShareTopicPartition>, mustTell: boolean): void {
    for (const { topicId, partition } of partitions) {
      const key = partitionKey({ topicId, partition })
      if (!this.#partitions.has(key)) this.#partitions.set(key, { topicId, partition, mustTell })
    }
  }

  forget(partitions: Iterable<ShareTopicPartition>): void {
    for (const partition of partitions) this.#partitions.delete(partitionKey(partition))
  }

  /** Whether the client must be told; and remembers what it is told. */
  takeNews(
    partition: ShareTopicPartition,
    news: { readonly failed: boolean; readonly byteLength: number },
  ): boolean {
    const cached = this.#partitions.get(partitionKey(partition))
    if (cached === undefined) return true
    const isTold = cached.mustTell || news.failed || news.byteLength > 0
    cached.mustTell = news.failed
    return isTold
  }

  moveOn(): void {
    this.epoch = this.epoch === int32Max ? 1 : this.epoch + 1
  }
}

export interface ShareSessionsOptions {
  /** group.share.max.share.sessions */
  readonly sessionsMax: () => number
  /** The session is over: what its member holds is for others. */
  readonly onEnd: (groupId: string, memberId: string) => void
  /** The group has no session any more. */
  readonly onGroupIdle: (groupId: string) => void
}

/** All share sessions of this broker. */
export class ShareSessions {
  readonly #options: ShareSessionsOptions
  /** Group id → member id → session. */
  readonly #groups = new Map<string, Map<string, ShareSession>>()
  #size = 0

  constructor(options: ShareSessionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#size
  }

  get(groupId: string, memberId: string): ShareSession | undefined {
    return this.#groups.get(groupId)?.get(memberId)
  }

  /** Makes a session in place of the member's old one; it ends with its connection. */
  begin(
    groupId: string,
    memberId: string,
    partitions: Iterable<ShareTopicPartition>,
    connection: ConnectionContext,
  ): ShareSession | ErrorName {
    this.#remove(groupId, memberId)
    if (this.#size >= this.#options.sessionsMax()) return 'SHARE_SESSION_LIMIT_REACHED'
    const session = new ShareSession()
    session.add(partitions, false)
    let members = this.#groups.get(groupId)
    if (members === undefined) this.#groups.set(groupId, (members = new Map()))
    members.set(memberId, session)
    this.#size += 1
    connection.onClose(() => {
      if (this.get(groupId, memberId) === session) this.end(groupId, memberId)
    })
    return session
  }

  /** The session that goes on with this epoch; why there is none. */
  resume(groupId: string, memberId: string, epoch: number): ShareSession | ErrorName {
    const session = this.get(groupId, memberId)
    if (session === undefined) return 'SHARE_SESSION_NOT_FOUND'
    if (session.epoch !== epoch) return 'INVALID_SHARE_SESSION_EPOCH'
    session.moveOn()
    return session
  }

  /** The member's session is over; false: it had none. */
  end(groupId: string, memberId: string): boolean {
    const session = this.#remove(groupId, memberId)
    if (session === undefined) return false
    this.#options.onEnd(groupId, memberId)
    if (!this.#groups.has(groupId)) this.#options.onGroupIdle(groupId)
    return true
  }

  #remove(groupId: string, memberId: string): ShareSession | undefined {
    const members = this.#groups.get(groupId)
    const session = members?.get(memberId)
    if (members === undefined || session === undefined) return undefined
    members.delete(memberId)
    if (members.size === 0) this.#groups.delete(groupId)
    this.#size -= 1
    return session
  }
}

function partitionKey({ topicId, partition }: ShareTopicPartition): string {
  return `${topicId}/${partition}`
}
