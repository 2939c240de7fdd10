// A consumer that shares topics with the other members of its group: membership, positions and commits together.
import { Consumer, type ConsumerSettings, type Position } from './consumer.ts'
import type { Cluster } from './cluster.ts'
import { ClientError } from './errors.ts'
import type { ConsumedRecord } from './fetched-records.ts'
import { GroupMember, type GroupMemberSettings } from './group-member.ts'
import { commitOffsets, committedOffsets } from './offsets.ts'
import { partitionKey } from './topics.ts'

export interface GroupConsumerSettings extends GroupMemberSettings, ConsumerSettings {
  /** `enable.auto.commit`. */
  readonly autoCommit: boolean
  /** `auto.commit.interval.ms`. */
  readonly autoCommitIntervalMs: number
  /** Which topics to read: these, or all that match. */
  readonly topics: readonly string[] | RegExp
}

/** How often topics are looked up again: quickly while there are none to read. */
const metadataAgeMs = { waiting: 1000, reading: 300_000 } as const

/** Reads what the group assigns. One `poll` at a time. */
export class GroupConsumer {
  readonly #cluster: Cluster
  readonly #settings: GroupConsumerSettings
  readonly #member: GroupMember
  readonly #consumer: Consumer
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

  /** Commits if it commits by itself, and leaves the group. */
  async close(): Promise<void> {
    try {
      if (this.#settings.autoCommit && !this.#member.needsJoin) await this.#commit()
    } finally {
      await this.#member.leave()
    }
  }

  async #join(): Promise<void> {
    if (this.#settings.autoCommit && this.#member.committer.generationId >= 0) {
      await this.#commit().catch((error: unknown) => {
        // A group that has moved on does not take it; what it covers is read again.
        if (!(error instanceof ClientError)) throw error
      })
    }
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
    await this.#commit().catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error
      this.#member.requestRejoin()
    })
  }

  #commit(): Promise<void> {
    const { positions } = this.#consumer
    return commitOffsets(this.#cluster, this.#settings.groupId, positions, this.#member.committer)
  }
}
