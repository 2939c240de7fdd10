// ConsumerGroupHeartbeat of a member that joins or stays: who it is, what it subscribes to, what
// the group's target makes of it, and how far it has come on its way there.
import { assert } from '../../base/assert.ts'
import { noPartitions } from '../assignors/assignor.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import { sameProtocols } from '../classic/protocol-vote.ts'
import {
  memberOf,
  staticMember,
  throwIfEpochIsWrong,
  throwIfFull,
  throwIfPresent,
} from './membership.ts'
import { reconcile } from './reconcile.ts'
import type { Target } from './reconcile.ts'
import { isReconciled, newMember, ownsTheSame, withoutEpochs } from './state.ts'
import type { ClassicTerms, ConsumerMember, OwnedPartitions } from './state.ts'
import { holdsTheSame } from './step.ts'
import type { ConsumerDraft, ConsumerHeartbeatAnswer, ConsumerHeartbeatEvent } from './step.ts'
import { metadataHash, topicIdsOf, updateRegex } from './subscription.ts'
import type { RegexStatus } from './subscription.ts'
import { preferredAssignor, updateTarget } from './target-assignment.ts'

/** Decides a heartbeat with an epoch of 0 or more. @throws KafkaError what the member is told. */
export function heartbeat(
  draft: ConsumerDraft,
  event: ConsumerHeartbeatEvent,
): ConsumerHeartbeatAnswer {
  const memberId = event.memberId === '' ? event.newMemberId : event.memberId
  throwIfFull('consumer', draft.group, draft.input.rules.maxSize, {
    memberId,
    instanceId: event.instanceId,
  })
  const joins = event.memberEpoch === 0
  const before = joins ? joiningMember(draft, memberId, event) : knownMember(draft, memberId, event)
  let member = updated(before, event)
  const { status, namesChanged } = takeOver(draft, before, member, event)
  const target = updateTarget(draft, memberId)
  const subscriptionChanged = namesChanged || status !== 'same'
  member = moveTowards(draft, member, { target, subscriptionChanged, owned: event.owned })
  const { rules } = draft.input
  draft.setTimer('session', memberId, rules.sessionTimeoutMs)
  assert(member.memberId === memberId, 'a member keeps its id')
  const told = joins || isFullRequest(event) || !ownsTheSame(before.assigned, member.assigned)
  return {
    error: 'NONE',
    message: null,
    memberId,
    memberEpoch: member.memberEpoch,
    heartbeatIntervalMs: rules.heartbeatIntervalMs,
    assignment: told ? withoutEpochs(member.assigned) : null,
  }
}

/** Stores what the member says of itself; where that concerns others the group's epoch grows. */
export function takeOver(
  draft: ConsumerDraft,
  before: ConsumerMember,
  member: ConsumerMember,
  { mayDescribe }: Pick<ConsumerHeartbeatEvent, 'mayDescribe'>,
): { status: RegexStatus; namesChanged: boolean } {
  const { group, input } = draft
  const isNew = !draft.members.has(member.memberId)
  if (isNew || !saysTheSame(before, member)) draft.putMetadata(member)
  const namesChanged = !sameNames(before.topicNames, member.topicNames)
  const status = updateRegex(draft, before, member, mayDescribe)
  const assignorChanged =
    before.serverAssignor !== member.serverAssignor &&
    preferredAssignor(draft.members.values(), input.rules) !==
      preferredAssignor(group.members.values(), input.rules)
  const bump = namesChanged || status === 'changed-and-resolved' || assignorChanged
  if (bump || group.checkedTopicsVersion !== input.topics.version) refreshMetadata(draft, bump)
  return { status, namesChanged }
}

function refreshMetadata(draft: ConsumerDraft, bump: boolean): void {
  const { topics } = draft.input
  const hash = metadataHash(draft.members.values(), draft.regexes, topics)
  if (bump || hash !== draft.metadataHash) draft.bumpEpoch(hash)
  draft.effects.push({ kind: 'topics-checked', version: topics.version })
  if (draft.group.hasPartitionMetadata) draft.dropPartitionMetadata()
}

/**
 * Takes the member's next step towards the target, and keeps time while it gives partitions back.
 */
export function moveTowards(
  draft: ConsumerDraft,
  member: ConsumerMember,
  how: { target: Target; subscriptionChanged: boolean; owned: TopicPartitions | null },
): ConsumerMember {
  // Almost every heartbeat ends here.
  if (!how.subscriptionChanged && isReconciled(member, how.target.epoch)) return member
  const subscribedTopicIds = topicIdsOf(member, draft.regexes, draft.input.topics)
  const moved = reconcile({ group: draft.group, member, subscribedTopicIds, ...how })
  if (holdsTheSame(member, moved)) return member
  draft.putHolding(moved)
  if (moved.classic !== null) return moved
  const { memberId, memberEpoch, rebalanceTimeoutMs } = moved
  if (moved.phase === 'unrevoked') {
    draft.setTimer('rebalance', memberId, rebalanceTimeoutMs, { ifEpoch: memberEpoch })
  } else draft.cancelTimer(`rebalance:${memberId}`)
  return moved
}

/**
 * Puts a static member that comes back under a new id in the place of the old one: it has the same
 * target and holds the same.
 */
export function replaceStaticMember(
  draft: ConsumerDraft,
  old: ConsumerMember,
  memberId: string,
): ConsumerMember {
  assert(old.instanceId !== null, 'only static members are replaced')
  const replacement = { ...old, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  const target = draft.target.get(old.memberId) ?? noPartitions
  draft.removeMember(old.memberId)
  draft.forgetMember(old.memberId)
  draft.putMetadata(replacement)
  draft.putTarget(memberId, target)
  draft.putHolding(replacement)
  return replacement
}

function joiningMember(
  draft: ConsumerDraft,
  memberId: string,
  { instanceId }: ConsumerHeartbeatEvent,
): ConsumerMember {
  const { group } = draft
  const known = group.members.get(memberId)
  if (instanceId === null) return known ?? newMember(memberId)
  const old = staticMember(group, instanceId)
  if (old === undefined) return known ?? newMember(memberId)
  if (old.classic === null) throwIfPresent(old, memberId, instanceId)
  return replaceStaticMember(draft, old, memberId)
}

function knownMember(
  draft: ConsumerDraft,
  memberId: string,
  event: ConsumerHeartbeatEvent,
): ConsumerMember {
  const member = memberOf(draft.group, memberId, event.instanceId)
  throwIfEpochIsWrong('consumer', member, event.memberEpoch, () =>
    isSubset(event.owned, member.assigned),
  )
  return member
}

function isSubset(owned: TopicPartitions | null, assigned: OwnedPartitions): boolean {
  if (owned === null) return false
  for (const [topicId, partitions] of owned) {
    const ofTopic = assigned.get(topicId)
    if (ofTopic === undefined || partitions.some((one) => !ofTopic.has(one))) return false
  }
  return true
}

/** What the request leaves out stays as it was. */
function updated(member: ConsumerMember, event: ConsumerHeartbeatEvent): ConsumerMember {
  const { rebalanceTimeoutMs, topicNames } = event
  return {
    ...member,
    instanceId: event.instanceId ?? member.instanceId,
    rackId: event.rackId ?? member.rackId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    topicNames: topicNames === null ? member.topicNames : [...new Set(topicNames)].sort(),
    topicRegex: event.topicRegex ?? member.topicRegex,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: event.serverAssignor ?? member.serverAssignor,
    classic: null,
  }
}

function isFullRequest({
  rebalanceTimeoutMs,
  topicNames,
  topicRegex,
  owned,
}: ConsumerHeartbeatEvent) {
  return rebalanceTimeoutMs !== -1 && (topicNames ?? topicRegex) !== null && owned !== null
}

function saysTheSame(left: ConsumerMember, right: ConsumerMember): boolean {
  return (
    left.instanceId === right.instanceId &&
    left.rackId === right.rackId &&
    left.clientId === right.clientId &&
    left.clientHost === right.clientHost &&
    left.topicRegex === right.topicRegex &&
    left.rebalanceTimeoutMs === right.rebalanceTimeoutMs &&
    left.serverAssignor === right.serverAssignor &&
    sameClassicTerms(left.classic, right.classic) &&
    sameNames(left.topicNames, right.topicNames)
  )
}

function sameClassicTerms(left: ClassicTerms | null, right: ClassicTerms | null): boolean {
  if (left === null || right === null) return left === right
  const { sessionTimeoutMs } = right
  return (
    left.sessionTimeoutMs === sessionTimeoutMs && sameProtocols(left.protocols, right.protocols)
  )
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => right[index] === name)
}
