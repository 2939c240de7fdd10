// How a member gets from what it holds to its share of the target: first it gives back what it
// must, then it takes what is free, and the rest when others have given it back.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import { isReconciled, ownsNothing } from './state.ts'
import type { ConsumerMember, MemberPhase, OwnedPartitions, ReadonlyGroup } from './state.ts'

export interface Target {
  readonly epoch: number
  readonly share: TopicPartitions
}

export interface ReconcileInput {
  readonly group: ReadonlyGroup
  readonly member: ConsumerMember
  readonly target: Target
  /** Ids of the topics that the member subscribes to now. */
  readonly subscribedTopicIds: ReadonlySet<string>
  /** What it no longer subscribes to goes at once, though the target may still say otherwise. */
  readonly subscriptionChanged: boolean
  /** What the member says it holds; null: it did not say. */
  readonly owned: TopicPartitions | null
}

/** The member's next step; the member itself where there is none to take yet. */
export function reconcile(input: ReconcileInput): ConsumerMember {
  const { member, target, subscriptionChanged } = input
  if (!subscriptionChanged && isReconciled(member, target.epoch)) return member
  switch (member.phase) {
    case 'stable':
      return member.memberEpoch === target.epoch ? dropUnsubscribed(input) : moveOn(input)
    case 'unrevoked':
      if (!stillOwns(input.owned, member.pendingRevocation)) return moveOn(input)
      return subscriptionChanged ? dropUnsubscribed(input) : member
    case 'unreleased':
      return moveOn(input)
    case 'unknown':
      if (input.owned === null || input.owned.size > 0) {
        throw new KafkaError(
          'FENCED_MEMBER_EPOCH',
          'The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.',
        )
      }
      return moveOn({ ...input, member: { ...member, memberEpoch: target.epoch } })
  }
}

interface Sorted {
  /** Held and in the target. */
  readonly kept: Map<string, Map<number, number>>
  /** Held and no longer in the target. */
  readonly surplus: Map<string, ReadonlyMap<number, number>>
  /** In the target, and held by nobody else. */
  readonly free: Map<string, readonly number[]>
  /** Of the target, others hold some. */
  readonly awaitsOthers: boolean
}

function moveOn(input: ReconcileInput): ConsumerMember {
  const { member, target } = input
  const { kept, surplus, free, awaitsOthers } = sortOut(input)
  assert(target.epoch <= input.group.groupEpoch + 1, 'a target is of this epoch or of one before')
  if (surplus.size > 0 && stillOwns(input.owned, surplus)) {
    return advance(member, member.memberEpoch, 'unrevoked', kept, surplus)
  }
  for (const [topicId, partitions] of free) {
    const ofTopic = kept.get(topicId) ?? new Map<number, number>()
    for (const partition of partitions) {
      assert(!ofTopic.has(partition), 'what is taken was not held')
      ofTopic.set(partition, target.epoch)
    }
    kept.set(topicId, ofTopic)
  }
  return advance(member, target.epoch, awaitsOthers ? 'unreleased' : 'stable', kept, ownsNothing)
}

function sortOut({ group, member, target, subscribedTopicIds }: ReconcileInput): Sorted {
  const kept = new Map<string, Map<number, number>>()
  const surplus = new Map<string, ReadonlyMap<number, number>>()
  const free = new Map<string, readonly number[]>()
  let awaitsOthers = false
  for (const topicId of new Set([...target.share.keys(), ...member.assigned.keys()])) {
    const wanted = subscribedTopicIds.has(topicId) ? (target.share.get(topicId) ?? []) : []
    const wantedSet = new Set(wanted)
    const held: ReadonlyMap<number, number> = member.assigned.get(topicId) ?? new Map()
    const entries = [...held]
    const keep = entries.filter(([partition]) => wantedSet.has(partition))
    const drop = entries.filter(([partition]) => !wantedSet.has(partition))
    const missing = wanted.filter((partition) => !held.has(partition))
    const available = missing.filter((partition) => isFree(group, member, topicId, partition))
    if (available.length < missing.length) awaitsOthers = true
    if (keep.length > 0) kept.set(topicId, new Map(keep))
    if (drop.length > 0) surplus.set(topicId, new Map(drop))
    if (available.length > 0) free.set(topicId, available)
  }
  return { kept, surplus, free, awaitsOthers }
}

/** What the member itself is asked to give back it may as well keep. */
function isFree(
  group: ReadonlyGroup,
  member: ConsumerMember,
  topicId: string,
  partition: number,
): boolean {
  if (group.owners.get(topicId)?.has(partition) !== true) return true
  return member.pendingRevocation.get(topicId)?.has(partition) === true
}

/** The member stays where it is, but for topics that it has unsubscribed from. */
function dropUnsubscribed(input: ReconcileInput): ConsumerMember {
  const { member, subscribedTopicIds } = input
  const kept = new Map<string, ReadonlyMap<number, number>>()
  const surplus = new Map(member.pendingRevocation)
  for (const [topicId, partitions] of member.assigned) {
    if (subscribedTopicIds.has(topicId)) kept.set(topicId, partitions)
    else surplus.set(topicId, new Map([...(surplus.get(topicId) ?? []), ...partitions]))
  }
  if (kept.size === member.assigned.size) return member
  if (stillOwns(input.owned, surplus)) {
    return advance(member, member.memberEpoch, 'unrevoked', kept, surplus)
  }
  assert(member.phase !== 'unrevoked', 'who has given everything back has moved on')
  return advance(member, member.memberEpoch, member.phase, kept, member.pendingRevocation)
}

function advance(
  member: ConsumerMember,
  memberEpoch: number,
  phase: MemberPhase,
  assigned: OwnedPartitions,
  pendingRevocation: OwnedPartitions,
): ConsumerMember {
  assert(memberEpoch >= member.memberEpoch, 'epochs only grow')
  const previousMemberEpoch = member.memberEpoch
  return { ...member, memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation }
}

/** A member that does not say what it owns may still own all. */
function stillOwns(owned: TopicPartitions | null, asked: OwnedPartitions): boolean {
  if (owned === null) return true
  for (const [topicId, partitions] of owned) {
    const ofTopic = asked.get(topicId)
    if (ofTopic !== undefined && partitions.some((partition) => ofTopic.has(partition))) return true
  }
  return false
}
