// Incremental fetch sessions (KIP-227): the broker remembers which partitions a consumer reads and
// what it was last told of them, so that a request names changes only and an answer news only.
import { assert } from '../base/assert.ts'
import type { TopicId } from '../base/brands.ts'
import { int32Max, minuteMs } from '../base/units.ts'
import type { Random } from '../io/random.ts'

/** One partition as a consumer wants it read. */
export interface FetchPartition {
  /** Null while the topic id is unknown. */
  topic: string | null
  readonly topicId: TopicId
  readonly partition: number
  fetchOffset: number
  maxBytes: number
  currentLeaderEpoch: number
  lastFetchedEpoch: number
  /** What the client was last told, -1 at first: an answer without news leaves the partition out. */
  toldHighWatermark: number
  toldLogStartOffset: number
}

/** What an answer would say of a partition, as far as "is it news" needs it. */
export interface FetchNews {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly byteLength: number
  readonly diverges: boolean
}

/** The first request of a session, and the one that wants none. */
export const initialEpoch = 0
export const finalEpoch = -1
export const noSession = 0

/** A session that was not used for so long may make room for another (min.incremental.fetch.session.eviction.ms). */
const evictableAfterMs = 2 * minuteMs

const partitionKey = (
  partition: Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>,
  byId: boolean,
): string => `${byId ? partition.topicId : partition.topic}/${partition.partition}`

export class FetchSession {
  readonly id: number
  /** Whether requests name topics by id (v13+): a session keeps to one way. */
  readonly byId: boolean
  epoch = 1
  lastUsedMs: number
  readonly #partitions = new Map<string, FetchPartition>()

  constructor(id: number, byId: boolean, partitions: Iterable<FetchPartition>, nowMs: number) {
    this.id = id
    this.byId = byId
    this.lastUsedMs = nowMs
    for (const partition of partitions)
      this.#partitions.set(partitionKey(partition, byId), partition)
  }

  get partitionCount(): number {
    return this.#partitions.size
  }

  /** In the order in which they are read: those that gave data last come last. */
  partitions(): FetchPartition[] {
    return [...this.#partitions.values()]
  }

  /** Adds partitions, changes those that are there, and forgets. */
  update(
    changed: Iterable<FetchPartition>,
    forgotten: Iterable<Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>>,
  ): void {
    for (const partition of changed) {
      const known = this.#partitions.get(partitionKey(partition, this.byId))
      if (known === undefined) {
        this.#partitions.set(partitionKey(partition, this.byId), partition)
        continue
      }
      known.fetchOffset = partition.fetchOffset
      known.maxBytes = partition.maxBytes
      known.currentLeaderEpoch = partition.currentLeaderEpoch
      known.lastFetchedEpoch = partition.lastFetchedEpoch
    }
    for (const partition of forgotten) this.#partitions.delete(partitionKey(partition, this.byId))
  }

  /** A partition that gave data goes to the end, so that none starves behind a busy one. */
  moveToEnd(partition: FetchPartition): void {
    const key = partitionKey(partition, this.byId)
    if (this.#partitions.delete(key)) this.#partitions.set(key, partition)
  }
}

/** Whether the client must be told; and remembers what it is told. */
export function takeNews(partition: FetchPartition, news: FetchNews): boolean {
  const changed =
    news.highWatermark !== partition.toldHighWatermark ||
    news.logStartOffset !== partition.toldLogStartOffset ||
    news.byteLength > 0 ||
    news.errorCode !== 0 ||
    news.diverges
  // After an error the partition is told again, even when nothing else changed.
  partition.toldHighWatermark = news.errorCode === 0 ? news.highWatermark : -1
  partition.toldLogStartOffset = news.logStartOffset
  return changed
}

/** All sessions of this broker: at most max.incremental.fetch.session.cache.slots. */
export class FetchSessions {
  readonly #slotsMax: number
  readonly #random: Random
  /** In the order of last use, longest ago first. */
  readonly #sessions = new Map<number, FetchSession>()
  /** Sessions that had to make room for others, since the start. */
  evictionCount = 0

  constructor(options: { slotsMax: number; random: Random }) {
    this.#slotsMax = options.slotsMax
    this.#random = options.random
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Partitions of all sessions. */
  get partitionCount(): number {
    let count = 0
    for (const session of this.#sessions.values()) count += session.partitionCount
    return count
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id)
  }

  /** Makes a session; undefined when all slots are in use, and the client goes on without one. */
  create(
    byId: boolean,
    partitions: Iterable<FetchPartition>,
    nowMs: number,
  ): FetchSession | undefined {
    if (this.#sessions.size >= this.#slotsMax && !this.#evictOne(nowMs)) return undefined
    const session = new FetchSession(this.#freshId(), byId, partitions, nowMs)
    this.#sessions.set(session.id, session)
    return session
  }

  /** The session was used: its epoch moves on and its place among the evictable is the last. */
  use(session: FetchSession, nowMs: number): void {
    session.epoch = session.epoch === int32Max ? 1 : session.epoch + 1
    session.lastUsedMs = nowMs
    const known = this.#sessions.delete(session.id)
    assert(known, 'a used session is in the cache')
    this.#sessions.set(session.id, session)
  }

  remove(id: number): void {
    this.#sessions.delete(id)
  }

  #evictOne(nowMs: number): boolean {
    const [oldest] = this.#sessions.values()
    if (oldest === undefined || nowMs - oldest.lastUsedMs < evictableAfterMs) return false
    this.evictionCount += 1
    return this.#sessions.delete(oldest.id)
  }

  #freshId(): number {
    for (;;) {
      const id = this.#random.bytes(4).readUInt32BE(0) & int32Max
      if (id !== noSession && !this.#sessions.has(id)) return id
    }
  }
}
