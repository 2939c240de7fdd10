// A consumer that shares topics with the other members of its group: membership, positions and commits together.
import { Consumer, type ConsumerSettings, type Position } from './consumer.ts'
import type { Cluster } from './cluster.ts'
import { ClientError, clientError, throwOnError } from './errors.ts'
import type { ConsumedRecord } from './fetched-records.ts'
import { GroupMember, type GroupMemberSettings } from './group-member.ts'
import { commitOffsets, committedOffsets } from './offsets.ts'
import { partitionKey, type TopicPartition } from './topics.ts'

/** Is told what the group gives to this consumer and takes from it. */
export interface RebalanceListener {
  readonly assigned: (partitions: readonly TopicPartition[]) => void
  readonly revoked: (partitions: readonly TopicPartition[]) => void
}

export interface GroupConsumerSettings extends GroupMemberSettings, ConsumerSettings {
  /** `enable.auto.commit`. */
  readonly autoCommit: boolean
  /** `auto.commit.interval.ms`. */
  readonly autoCommitIntervalMs: number
  /** Which topics to read: these, or all that match. */
  readonly topics: readonly string[] | RegExp
  readonly listener?: RebalanceListener
}

/** How often topics are looked up again: quickly while there are none to read. */
const metadataAgeMs = { waiting: 1000, reading: 300_000 } as const

/** Reads what the group assigns. One `poll` at a time. */
export class GroupConsumer {
  readonly #cluster: Cluster
  readonly #settings: GroupConsumerSettings
  readonly #member: GroupMember
  readonly #consumer: Consumer
  /** null: nothing is assigned yet, or any more. */
  #assigned: readonly TopicPartition[] | null = null
  #partitionCounts: ReadonlyMap<string, number> = new Map()
  #metadataAtMs = -Infinity
  #committedAtMs = 0

  constructor(cluster: Cluster, settings: GroupConsumerSettings) {
    this.#cluster = cluster
    this.#settings = settings
    this.#member = new GroupMember(cluster, settings)
    this.#consumer = new Consumer(cluster, settings)
  }

  /** The next records, or none when nothing came within `timeoutMs`. Everything polled before counts as read. */
  async poll(timeoutMs: number): Promise<readonly ConsumedRecord[]> {
    await this.#refreshTopics()
    if (this.#member.needsJoin) await this.#join()
    await this.#commitSometimes()
    return this.#consumer.poll(timeoutMs)
  }

  /** Counts from here on as not read, although it was polled. */
  seek(position: Position): void {
    this.#consumer.seek(position)
  }

  /** Commits these positions as those of the group. @throws ClientError when the group has moved on */
  commit(positions: readonly Position[]): Promise<void> {
    return commitOffsets(this.#cluster, this.#settings.groupId, positions, this.#member.committer)
  }

  /** Commits if it commits by itself, and leaves the group. */
  async close(): Promise<void> {
    try {
      if (this.#settings.autoCommit && !this.#member.needsJoin) await this.#commitRead()
    } finally {
      this.#revokeAll()
      await this.#member.leave()
    }
  }

  async #join(): Promise<void> {
    if (this.#settings.autoCommit && this.#member.committer.generationId >= 0) {
      await this.#commitRead().catch((error: unknown) => {
        // A group that has moved on does not take it; what it covers is read again.
        if (!(error instanceof ClientError)) throw error
      })
    }
    this.#revokeAll()
    const assigned = await this.#member.join([...this.#partitionCounts.keys()], async (topics) => {
      await this.#loadCounts(topics)
      return this.#partitionCounts
    })
    const committed =
      assigned.length === 0
        ? []
        : await committedOffsets(this.#cluster, this.#settings.groupId, assigned)
    const offsets = new Map(
      committed.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]),
    )
    this.#consumer.assign(
      assigned.map((place) => {
        const offset = offsets.get(partitionKey(place.topic, place.partition))
        return offset === undefined ? place : { ...place, offset }
      }),
    )
    this.#committedAtMs = this.#cluster.clock.monotonicMs()
    this.#assigned = assigned
    this.#settings.listener?.assigned(assigned)
  }

  /** Whoever joins again gives everything back first, as the eager protocol wants it. */
  #revokeAll(): void {
    const revoked = this.#assigned
    this.#assigned = null
    this.#consumer.assign([])
    if (revoked !== null) this.#settings.listener?.revoked(revoked)
  }

  /** Topics may come, grow and go: the group shares out anew when they do. */
  async #refreshTopics(): Promise<void> {
    const nowMs = this.#cluster.clock.monotonicMs()
    const isWaiting = this.#partitionCounts.size === 0
    const maxMs = isWaiting ? metadataAgeMs.waiting : metadataAgeMs.reading
    if (nowMs - this.#metadataAtMs < maxMs) return
    this.#metadataAtMs = nowMs
    const before = JSON.stringify([...this.#partitionCounts])
    await this.#loadCounts(this.#settings.topics)
    if (JSON.stringify([...this.#partitionCounts]) !== before) this.#member.requestRejoin()
  }

  async #loadCounts(wanted: readonly string[] | RegExp): Promise<void> {
    const { topics } =
      wanted instanceof RegExp
        ? await this.#cluster.metadata(null)
        : await this.#cluster.metadata(wanted, { create: true })
    const counts = new Map<string, number>()
    for (const { name, errorCode, isInternal, partitions } of topics) {
      // A topic that does not exist may come; these do not pass.
      if (isRefusal(errorCode)) throwOnError(errorCode)
      if (name === null || errorCode !== 0) continue
      if (wanted instanceof RegExp && (isInternal || !wanted.test(name))) continue
      counts.set(name, partitions.length)
    }
    this.#partitionCounts = counts
  }

  async #commitSometimes(): Promise<void> {
    const { autoCommit, autoCommitIntervalMs } = this.#settings
    const nowMs = this.#cluster.clock.monotonicMs()
    if (!autoCommit || nowMs - this.#committedAtMs < autoCommitIntervalMs) return
    this.#committedAtMs = nowMs
    await this.#commitRead().catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error
      this.#member.requestRejoin()
    })
  }

  #commitRead(): Promise<void> {
    return this.commit(this.#consumer.positions)
  }
}

function isRefusal(code: number): boolean {
  const { errorName } = clientError(code)
  return errorName === 'INVALID_TOPIC_EXCEPTION' || errorName === 'TOPIC_AUTHORIZATION_FAILED'
}
