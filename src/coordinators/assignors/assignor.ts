// What a server-side assignor is given and what it gives back (KIP-848). Assignors are pure and
// deterministic: same group, same answer.

/** Topic id → partition numbers, ascending. Topics without partitions do not appear. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>

/** A member as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** Ids of the topics that it subscribes to and that exist. */
  readonly topicIds: ReadonlySet<string>
  /** Its share of the assignment before. */
  readonly current: TopicPartitions
}

export interface AssignorInput {
  /** In order of arrival. */
  readonly members: readonly AssignorMember[]
  /** Partitions of each topic that a member subscribes to. */
  readonly partitionCounts: ReadonlyMap<string, number>
  /** All members subscribe to the same topics. */
  readonly homogeneous: boolean
}

/**
 * Member id → its share. Every member has one; every partition with a subscriber is in just one.
 */
export type Assignment = ReadonlyMap<string, TopicPartitions>

export type Assignor = (input: AssignorInput) => Assignment

export const noPartitions: TopicPartitions = new Map()

/** A share under construction. */
export type Share = Map<string, Set<number>>

/** The share as it is kept: ascending, without empty topics. */
export function sealShare(share: Share): TopicPartitions {
  const sealed = new Map<string, readonly number[]>()
  for (const [topicId, partitions] of share) {
    if (partitions.size === 0) continue
    sealed.set(
      topicId,
      [...partitions].sort((a, b) => a - b),
    )
  }
  return sealed
}

/** Whether both hold the same partitions. */
export function sameTopicPartitions(left: TopicPartitions, right: TopicPartitions): boolean {
  if (left.size !== right.size) return false
  for (const [topicId, partitions] of left) {
    const others = right.get(topicId)
    if (others === undefined || others.length !== partitions.length) return false
    if (partitions.some((partition, index) => others[index] !== partition)) return false
  }
  return true
}
