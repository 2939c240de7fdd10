// The assignor of share groups (KIP-932): partitions are shared, so a partition with fewer members
// than its fair share gets more, and a group with more members than partitions gives some to several.
// Members keep what they have as far as balance lets them.
import { assert } from '../../base/assert.ts'
import { sealShare } from './assignor.ts'
import type { Assignment, AssignorInput, Share, TopicPartitions } from './assignor.ts'

/** What is asked besides members and their topics. */
export interface SimpleAssignorInput extends AssignorInput {
  /** Only these may be assigned: those whose state exists. */
  readonly assignable: TopicPartitions
}

interface Partition {
  readonly topicId: string
  readonly partition: number
  readonly holders: Set<Holder>
}

interface Holder {
  readonly memberId: string
  /** How many partitions it should have of those that are shared out together. */
  readonly wanted: number
  readonly partitions: Set<Partition>
}

/** Shares of all members: together where they subscribe to the same topics, else topic by topic. */
export function assignSimple(input: SimpleAssignorInput): Assignment {
  const shares = new Map<string, Share>()
  for (const { memberId } of input.members) shares.set(memberId, new Map())
  const topicIds = [...input.assignable.keys()].sort()
  const rounds = input.homogeneous ? [topicIds] : topicIds.map((topicId) => [topicId])
  for (const round of rounds) {
    for (const holder of shareOut(input, round)) {
      const share = shares.get(holder.memberId)
      for (const { topicId, partition } of holder.partitions) {
        const ofTopic = share?.get(topicId) ?? new Set<number>()
        share?.set(topicId, ofTopic.add(partition))
      }
    }
  }
  return new Map(Array.from(shares, ([memberId, share]) => [memberId, sealShare(share)]))
}

/** Shares the partitions of these topics out among those who subscribe to all of them. */
function shareOut(input: SimpleAssignorInput, topicIds: readonly string[]): readonly Holder[] {
  const subscribed = topicIds.filter((id) => input.members.some((one) => one.topicIds.has(id)))
  const members = input.members.filter(({ topicIds: own }) => subscribed.some((id) => own.has(id)))
  const partitions = partitionsOf(input, subscribed)
  if (members.length === 0 || partitions.size === 0) return []
  const sharing = Math.ceil(members.length / partitions.size)
  const each = (sharing * partitions.size) / members.length
  const holders = members.map(({ memberId, current }, index) => {
    const wanted = Math.ceil(each * (index + 1)) - Math.ceil(each * index)
    const holder: Holder = { memberId, wanted, partitions: new Set() }
    keep(holder, current, partitions, sharing)
    return holder
  })
  fill(holders, [...partitions.values()], sharing)
  assert(holders.length === members.length, 'every member has a share')
  return holders
}

function partitionsOf(
  { assignable }: SimpleAssignorInput,
  topicIds: readonly string[],
): ReadonlyMap<string, Partition> {
  const all = new Map<string, Partition>()
  for (const topicId of topicIds) {
    for (const partition of assignable.get(topicId) ?? []) {
      all.set(`${topicId} ${partition}`, { topicId, partition, holders: new Set() })
    }
  }
  return all
}

/** A member keeps what it had, up to its own due and that of each partition. */
function keep(
  holder: Holder,
  current: TopicPartitions,
  partitions: ReadonlyMap<string, Partition>,
  sharing: number,
): void {
  for (const [topicId, numbers] of current) {
    for (const number of numbers) {
      const partition = partitions.get(`${topicId} ${number}`)
      if (partition === undefined || holder.partitions.size >= holder.wanted) continue
      if (partition.holders.size < sharing) give(holder, partition)
    }
  }
}

/** Goes round the members who lack something until every partition is held often enough. */
function fill(holders: readonly Holder[], partitions: readonly Partition[], sharing: number): void {
  const lacking = new Set(holders.filter((holder) => holder.partitions.size < holder.wanted))
  // Those that nobody holds come first: each must have somebody.
  const ordered = [...partitions].sort((left, right) => left.holders.size - right.holders.size)
  for (const partition of ordered) {
    for (const holder of lacking) {
      if (partition.holders.size >= sharing) break
      if (partition.holders.has(holder)) continue
      give(holder, partition)
      // To the end of the line, or out of it.
      lacking.delete(holder)
      if (holder.partitions.size < holder.wanted) lacking.add(holder)
    }
  }
}

function give(holder: Holder, partition: Partition): void {
  holder.partitions.add(partition)
  partition.holders.add(holder)
}
