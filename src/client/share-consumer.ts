// A consumer in a share group (KIP-932): records are acquired, read and acknowledged one by one; partitions are shared
// with every other member.
import type { AcknowledgeType } from './acknowledgements.ts'
import type { Cluster } from './cluster.ts'
import { clientError, type ClientError } from './errors.ts'
import {
  ShareGroupMember,
  type AssignedTopic,
  type ShareMemberSettings,
} from './share-group-member.ts'
import { ShareSession } from './share-session.ts'
import type { SharedPartition, ShareFetchSettings, ShareRecord } from './share-session.ts'
import { partitionKey } from './topics.ts'

export type { ShareRecord } from './share-session.ts'

export interface ShareConsumerSettings extends ShareFetchSettings, ShareMemberSettings {
  /** Hears of acknowledgements that a broker refused: those records are handed out again. */
  readonly onRefused: (error: ClientError) => void
}

export const defaultShareConsumerSettings = {
  rackId: null,
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 50 * 1024 * 1024,
  maxRecords: 500,
} as const

interface LedPartition extends SharedPartition {
  readonly leader: number
}

/** How soon a member without partitions looks again whether it has some. */
const idleMs = 100

/** Reads what the group shares. One call at a time. */
export class ShareConsumer {
  readonly #cluster: Cluster
  readonly #settings: ShareConsumerSettings
  readonly #member: ShareGroupMember
  readonly #sessions = new Map<number, ShareSession>()
  /** Whose session a record came from: the partition's leader then. */
  readonly #origins = new Map<string, LedPartition>()
  #assignment: readonly AssignedTopic[] = []
  #partitions: readonly LedPartition[] = []
  #isAstray = true

  constructor(cluster: Cluster, settings: ShareConsumerSettings) {
    this.#cluster = cluster
    this.#settings = settings
    this.#member = new ShareGroupMember(cluster, settings)
  }

  /** The next records, or none when nothing came within `timeoutMs`. Sends what was acknowledged before. */
  async poll(timeoutMs: number): Promise<readonly ShareRecord[]> {
    const deadlineMs = this.#cluster.clock.monotonicMs() + timeoutMs
    await this.#member.join()
    if (this.#isAstray || this.#member.assignment !== this.#assignment) await this.#locate()
    const byLeader = this.#byLeader()
    const leftMs = Math.max(0, deadlineMs - this.#cluster.clock.monotonicMs())
    if (byLeader.size === 0) {
      await this.#cluster.sleep(Math.min(leftMs, idleMs))
      return []
    }
    const waitMs = Math.min(leftMs, this.#settings.maxWaitMs)
    const fetched = await Promise.all(
      [...byLeader].map(([leader, partitions]) => this.#session(leader).fetch(partitions, waitMs)),
    )
    for (const { refused } of fetched) this.#report(refused)
    const records = fetched.flatMap((answer) => answer.records)
    if (fetched.some(({ isAstray }) => isAstray)) {
      this.#isAstray = true
      if (records.length === 0) await this.#cluster.sleep(this.#cluster.config.retryBackoffMs)
    }
    return records
  }

  /** Says what became of a record of a poll: done, to be handed out again, or never again. */
  acknowledge(
    { topic, partition, offset }: ShareRecord,
    type: Exclude<AcknowledgeType, 'gap'>,
  ): void {
    const origin = this.#origins.get(partitionKey(topic, partition))
    if (origin !== undefined) this.#session(origin.leader).acknowledge(origin, offset, type)
  }

  /** Sends what was acknowledged. */
  async commit(): Promise<void> {
    for (const session of this.#sessions.values()) this.#report(await session.commit())
  }

  /** Sends what was acknowledged, gives back every other record that it has, and leaves the group. */
  async close(): Promise<void> {
    try {
      for (const session of this.#sessions.values()) this.#report(await session.close())
    } finally {
      await this.#member.leave()
    }
  }

  #report(refused: readonly ClientError[]): void {
    for (const error of refused) this.#settings.onRefused(error)
  }

  #session(leader: number): ShareSession {
    const found = this.#sessions.get(leader)
    if (found !== undefined) return found
    const session = new ShareSession(this.#cluster, leader, this.#settings)
    this.#sessions.set(leader, session)
    return session
  }

  /** What to fetch from whom. */
  #byLeader(): ReadonlyMap<number, readonly LedPartition[]> {
    const byLeader = new Map<number, LedPartition[]>()
    for (const partition of this.#partitions) {
      const list = byLeader.get(partition.leader)
      if (list === undefined) byLeader.set(partition.leader, [partition])
      else list.push(partition)
    }
    return byLeader
  }

  /** Finds names and leaders of the assigned partitions. Topics that are not there yet are made. */
  async #locate(): Promise<void> {
    const { assignment } = this.#member
    const { topics } = await this.#cluster.metadata(this.#settings.topics, { create: true })
    for (const { errorCode } of topics) {
      const error = clientError(errorCode)
      if (errorCode !== 0 && !error.retriable) throw error
    }
    const assigned = new Map(assignment.map(({ topicId, partitions }) => [topicId, partitions]))
    this.#partitions = topics.flatMap(({ name, topicId, partitions }) =>
      partitions
        .filter(({ partitionIndex }) => assigned.get(topicId)?.includes(partitionIndex) === true)
        .filter(({ leaderId }) => leaderId >= 0)
        .map(({ partitionIndex, leaderId }) => ({
          topicId,
          topic: name ?? '',
          partition: partitionIndex,
          leader: leaderId,
        })),
    )
    for (const place of this.#partitions) {
      this.#origins.set(partitionKey(place.topic, place.partition), place)
    }
    const count = assignment.reduce((sum, { partitions }) => sum + partitions.length, 0)
    this.#assignment = assignment
    this.#isAstray = this.#partitions.length < count
    await this.#leaveIdle()
  }

  /** Brokers of which nothing is read any more get back what was acquired there. */
  async #leaveIdle(): Promise<void> {
    for (const [leader, session] of this.#sessions) {
      if (this.#partitions.some((partition) => partition.leader === leader)) continue
      this.#sessions.delete(leader)
      this.#report(await session.close())
    }
  }
}
