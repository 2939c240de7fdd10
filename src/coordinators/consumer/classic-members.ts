// Members that speak the classic protocol in a consumer group: JoinGroup, SyncGroup, Heartbeat and
// LeaveGroup are made to mean what the one heartbeat of the new protocol means. Nobody waits and
// nobody leads: the target is made here.
import { decodeConsumerProtocolSubscription } from '../../../protocol/codecs/consumer-protocol.ts'
import type { ConsumerProtocolSubscription } from '../../../protocol/codecs/consumer-protocol.ts'
import { DecodeError, KafkaError } from '../../../protocol/errors.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { Reader } from '../../../protocol/reader.ts'
import { assert, defined } from '../../base/assert.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import { consumerProtocolType } from '../classic/protocol-vote.ts'
import { joinRefused } from '../classic/state.ts'
import type { JoinAnswer, LeftMember, SyncAnswer } from '../classic/state.ts'
import type { HeartbeatEvent, JoinEvent, LeaveEvent, SyncEvent } from '../classic/step.ts'
import { moveTowards, replaceStaticMember, takeOver } from './heartbeat.ts'
import { memberOf, throwIfFull } from './membership.ts'
import { newMember, withoutEpochs } from './state.ts'
import type { ClassicTerms, ConsumerMember } from './state.ts'
import type { ConsumerDraft, TopicsView } from './step.ts'
import { assignmentBytes } from './consumer-protocol.ts'
import { updateTarget } from './target-assignment.ts'

/** A member as JoinGroup has found and changed it. */
export interface JoinedClassicMember {
  readonly before: ConsumerMember
  readonly member: ConsumerMember
  readonly owned: TopicPartitions
  readonly subscriptionChanged: boolean
}

/** Who joins, taken over into the group. Null: it has first to come back with its id. */
export function takeClassicMember(
  draft: ConsumerDraft,
  event: JoinEvent,
): JoinedClassicMember | null {
  const { groupInstanceId, newMemberId } = event
  const isNew = event.memberId === ''
  const memberId = isNew ? newMemberId : event.memberId
  const { migration } = draft.input.rules
  if (!migration.upgrade && !migration.downgrade)
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  throwIfFull('consumer', draft.group, draft.input.rules.maxSize, {
    memberId,
    instanceId: groupInstanceId,
  })
  if (!supportsProtocols(draft, event)) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  if (isNew && groupInstanceId === null && event.requireKnownMemberId) return null
  const before = findMember(draft, memberId, isNew, groupInstanceId)
  const subscription = readSubscription(event)
  const member: ConsumerMember = {
    ...before,
    instanceId: groupInstanceId ?? before.instanceId,
    rackId: subscription.rackId ?? before.rackId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    topicNames: [...new Set(subscription.topics)].sort(),
    topicRegex: '',
    rebalanceTimeoutMs: event.rebalanceTimeoutMs,
    classic: { sessionTimeoutMs: event.sessionTimeoutMs, protocols: event.protocols },
  }
  const nobody = { mayDescribe: () => false }
  const { namesChanged, status } = takeOver(draft, before, member, nobody)
  return {
    before,
    member,
    owned: ownedPartitions(subscription, draft.input.topics),
    subscriptionChanged: namesChanged || status !== 'same',
  }
}

/** JoinGroup's answer at once: the member's epoch is its generation. */
export function settleClassicMember(
  draft: ConsumerDraft,
  event: JoinEvent,
  joined: JoinedClassicMember,
): JoinAnswer {
  const { memberId } = joined.member
  const target = updateTarget(draft, memberId)
  const { subscriptionChanged, owned } = joined
  const member = moveTowards(draft, joined.member, { target, subscriptionChanged, owned })
  assert(member.classic !== null, 'who joins as a classic member is one')
  draft.cancelTimer(`rejoin:${memberId}`)
  draft.setTimer('session', memberId, event.sessionTimeoutMs)
  draft.setTimer('resync', memberId, event.rebalanceTimeoutMs)
  return classicJoined(member)
}

/** The answer to a member that has joined. */
export function classicJoined(member: ConsumerMember): JoinAnswer {
  return {
    ...joinRefused('NONE', member.memberId),
    generation: member.memberEpoch,
    protocolType: consumerProtocolType,
    protocolName: protocolOf(termsOf(member)).name,
  }
}

/** SyncGroup: what the member holds. @throws KafkaError what it is told instead. */
export function syncClassicMember(draft: ConsumerDraft, event: SyncEvent): SyncAnswer {
  const { memberId, groupInstanceId, generation, protocolType, protocolName } = event
  const member = memberOf(draft.group, memberId, groupInstanceId)
  const terms = termsOf(member)
  if (generation !== member.memberEpoch) throw new KafkaError('ILLEGAL_GENERATION')
  const protocol = protocolOf(terms)
  const matches =
    (protocolType ?? consumerProtocolType) === consumerProtocolType &&
    (protocolName ?? protocol.name) === protocol.name
  if (!matches) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  if (draft.group.targetEpoch > member.memberEpoch && member.phase !== 'unrevoked') {
    draft.setTimer('rejoin', memberId, member.rebalanceTimeoutMs, { ifAbsent: true })
    throw new KafkaError('REBALANCE_IN_PROGRESS')
  }
  draft.cancelTimer(`resync:${memberId}`)
  draft.setTimer('session', memberId, terms.sessionTimeoutMs)
  assert(member.memberEpoch <= draft.group.targetEpoch, 'no member is ahead of the target')
  const share = withoutEpochs(member.assigned)
  const assignment = assignmentBytes(share, protocol.metadata, draft.input.topics)
  return { error: 'NONE', protocolType, protocolName, assignment }
}

/** Heartbeat: whether the member is to join again. @throws KafkaError */
export function heartbeatClassicMember(draft: ConsumerDraft, event: HeartbeatEvent): ErrorName {
  const { memberId, groupInstanceId, generation } = event
  const member = memberOf(draft.group, memberId, groupInstanceId)
  const terms = termsOf(member)
  if (generation !== member.memberEpoch) throw new KafkaError('ILLEGAL_GENERATION')
  draft.setTimer('session', memberId, terms.sessionTimeoutMs)
  const mustRejoin =
    member.memberEpoch < draft.group.targetEpoch ||
    member.phase === 'unrevoked' ||
    (member.phase === 'unreleased' && !awaitsOthers(draft, member))
  if (!mustRejoin) return 'NONE'
  draft.setTimer('rejoin', memberId, member.rebalanceTimeoutMs, { ifAbsent: true })
  return 'REBALANCE_IN_PROGRESS'
}

/** LeaveGroup: what each is told, and who is to go. */
export function leavingMembers(
  draft: ConsumerDraft,
  event: LeaveEvent,
): { readonly told: readonly LeftMember[]; readonly leaving: readonly ConsumerMember[] } {
  const leaving = new Map<string, ConsumerMember>()
  const told = event.members.map(({ memberId, groupInstanceId }): LeftMember => {
    try {
      const member = leavingMember(draft, memberId, groupInstanceId)
      leaving.set(member.memberId, member)
      return { memberId, groupInstanceId, error: 'NONE' }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { memberId, groupInstanceId, error: error.errorName }
    }
  })
  assert(told.length === event.members.length, 'each is told')
  return { told, leaving: [...leaving.values()] }
}

/** An administrator removes a static member by its instance id alone. */
function leavingMember(
  draft: ConsumerDraft,
  memberId: string,
  groupInstanceId: string | null,
): ConsumerMember {
  const owner = groupInstanceId === null ? null : draft.group.staticMembers.get(groupInstanceId)
  return memberOf(draft.group, memberId === '' ? (owner ?? '') : memberId, groupInstanceId)
}

function findMember(
  draft: ConsumerDraft,
  memberId: string,
  isNew: boolean,
  groupInstanceId: string | null,
): ConsumerMember {
  const { group } = draft
  if (groupInstanceId === null) return group.members.get(memberId) ?? newMember(memberId)
  if (!isNew) return memberOf(draft.group, memberId, groupInstanceId)
  const old = group.members.get(group.staticMembers.get(groupInstanceId) ?? '')
  return old === undefined ? newMember(memberId) : replaceStaticMember(draft, old, memberId)
}

/** All classic members must have a protocol in common. */
function supportsProtocols({ group }: ConsumerDraft, event: JoinEvent): boolean {
  if (event.protocolType !== consumerProtocolType || event.protocols.length === 0) return false
  const others: ClassicTerms[] = []
  for (const { classic } of group.members.values()) if (classic !== null) others.push(classic)
  return event.protocols.some(({ name }) =>
    others.every(({ protocols }) => protocols.some((protocol) => protocol.name === name)),
  )
}

/** Partitions of its target that it lacks are still held by others. */
function awaitsOthers({ group }: ConsumerDraft, member: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.target.get(member.memberId) ?? []) {
    const assigned = member.assigned.get(topicId)
    const owners = group.owners.get(topicId)
    if (partitions.some((one) => assigned?.has(one) !== true && owners?.has(one) === true)) {
      return true
    }
  }
  return false
}

function termsOf({ classic, memberId }: ConsumerMember): ClassicTerms {
  if (classic !== null) return classic
  throw new KafkaError('UNKNOWN_MEMBER_ID', `Member ${memberId} does not use the classic protocol.`)
}

function protocolOf({ protocols }: ClassicTerms) {
  return defined(protocols[0], 'a classic member offers a protocol')
}

/** @throws KafkaError UNKNOWN_SERVER_ERROR, as Kafka, for metadata that is no subscription. */
function readSubscription({ protocols }: JoinEvent): ConsumerProtocolSubscription {
  const subscription = decodeSubscription(defined(protocols[0], 'checked before').metadata)
  if (subscription === null) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return subscription
}

/** The newest version of the subscription that is known; later ones only add to it. */
const subscriptionVersionMax = 3

/** Null when the bytes are no subscription. */
export function decodeSubscription(metadata: Buffer): ConsumerProtocolSubscription | null {
  try {
    const reader = new Reader(metadata)
    const version = reader.int16()
    if (version < 0) return null
    return decodeConsumerProtocolSubscription(reader, Math.min(version, subscriptionVersionMax))
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}

function ownedPartitions(
  { ownedPartitions: owned }: ConsumerProtocolSubscription,
  topics: TopicsView,
): TopicPartitions {
  const byId = new Map<string, readonly number[]>()
  for (const { topic, partitions } of owned) {
    const info = topics.byName(topic)
    if (info !== undefined) byId.set(info.id, partitions)
  }
  assert(byId.size <= owned.length, 'topics only drop out')
  return byId
}
