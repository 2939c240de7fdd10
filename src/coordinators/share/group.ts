// The share group (KIP-932) as a pure machine: the group, an event and the time go in, records and
// effects come out. Members share partitions instead of owning them, so nobody has to give anything
// back before another gets it: a member takes its target at once. SPEC.md holds the table.
import { KafkaError } from '../../../protocol/errors.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import { noPartitions, sameTopicPartitions } from '../assignors/assignor.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import { assignSimple } from '../assignors/simple.ts'
import { mayAssign } from '../consumer/membership.ts'
import type { TopicsView } from '../consumer/step.ts'
import { topicsHash } from '../consumer/subscription.ts'
import type { ShareChange } from './changes.ts'
import { assignable } from './partitions-metadata.ts'
import { leaveEpoch, newShareMember, ShareGroup } from './state.ts'
import type { ReadonlyShareGroup, ShareMember } from './state.ts'
import { ShareDraft, shareRefused } from './step.ts'
import type {
  GoneWhy,
  ShareEffect,
  ShareEvent,
  ShareHeartbeatAnswer,
  ShareHeartbeatEvent,
  ShareStepInput,
} from './step.ts'

/** What the event finds under the group's name. */
export type FoundShareGroup =
  | { readonly kind: 'none'; readonly groupId: string }
  /** A group of another kind. */
  | { readonly kind: 'other'; readonly groupId: string }
  | { readonly kind: 'share'; readonly group: ReadonlyShareGroup }

/** A decision. Nothing of it happens before its records are stored. */
export interface ShareStep {
  readonly changes: readonly ShareChange[]
  readonly effects: readonly ShareEffect[]
  /** What happens instead when the records cannot be stored. */
  readonly refused: (error: ErrorName) => readonly ShareEffect[]
}

/** Decides what `event` means for the group. */
export function stepShareGroup(
  found: FoundShareGroup,
  event: ShareEvent,
  input: ShareStepInput,
): ShareStep {
  if (event.kind === 'share-heartbeat') return stepHeartbeat(found, event, input)
  if (found.kind !== 'share') return nothing
  const draft = new ShareDraft(found.group, input)
  if (!draft.members.has(event.memberId)) return nothing
  remove(draft, event.memberId, 'fenced')
  return { ...nothing, changes: draft.changes, effects: draft.effects }
}

const nothing: ShareStep = { changes: [], effects: [], refused: () => [] }

function stepHeartbeat(
  found: FoundShareGroup,
  event: ShareHeartbeatEvent,
  input: ShareStepInput,
): ShareStep {
  const { ticket: to, memberEpoch } = event
  const refused = (error: ErrorName): readonly ShareEffect[] => [
    { kind: 'answer-share', to, answer: shareRefused(error) },
  ]
  try {
    const draft = new ShareDraft(groupFor(found, memberEpoch === 0), input)
    const answer = memberEpoch === leaveEpoch ? leave(draft, event) : heartbeat(draft, event)
    draft.effects.push({ kind: 'answer-share', to, answer })
    return { changes: draft.changes, effects: draft.effects, refused }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const answer = shareRefused(error.errorName, error.detail)
    return { ...nothing, effects: [{ kind: 'answer-share', to, answer }] }
  }
}

/** @throws KafkaError GROUP_ID_NOT_FOUND where there is none, nor is one to be made. */
function groupFor(found: FoundShareGroup, joins: boolean): ReadonlyShareGroup {
  if (found.kind === 'share') return found.group
  const { groupId } = found
  if (found.kind === 'none' && joins) return new ShareGroup(groupId)
  throw new KafkaError('GROUP_ID_NOT_FOUND', noShareGroup(groupId, found.kind === 'other'))
}

/** Why there is no share group of that name. */
export function noShareGroup(groupId: string, isOther: boolean): string {
  return isOther ? `Group ${groupId} is not a share group.` : `Share group ${groupId} not found.`
}

function leave(draft: ShareDraft, { memberId, memberEpoch }: ShareHeartbeatEvent) {
  knownMember(draft, memberId)
  remove(draft, memberId, 'left')
  return { ...shareRefused('NONE'), memberId, memberEpoch }
}

/** Takes the member out; those who stay share the work anew. */
function remove(draft: ShareDraft, memberId: string, why: GoneWhy): void {
  draft.removeMember(memberId, why)
  draft.bumpEpoch(hashOf(draft))
  // Whoever comes next finds nothing to wait for.
  if (draft.members.size === 0) draft.putTargetEpoch(draft.groupEpoch, 0)
}

function heartbeat(draft: ShareDraft, event: ShareHeartbeatEvent): ShareHeartbeatAnswer {
  const { memberId } = event
  const { rules } = draft.input
  throwIfFull(draft, memberId)
  const before = event.memberEpoch === 0 ? joining(draft, memberId) : inItsEpoch(draft, event)
  let member = updated(before, event)
  const subscriptionChanged = takeOver(draft, before, member)
  const target = updateTarget(draft, memberId)
  const moved = moveTo(draft, member, target, subscriptionChanged)
  if (moved !== member) draft.putHolding((member = moved))
  draft.effects.push({ kind: 'set-share-session', memberId, delayMs: rules.sessionTimeoutMs })
  const isTold =
    event.memberEpoch === 0 ||
    event.topicNames !== null ||
    !sameTopicPartitions(before.assigned, member.assigned)
  return {
    error: 'NONE',
    message: null,
    memberId,
    memberEpoch: member.memberEpoch,
    heartbeatIntervalMs: rules.heartbeatIntervalMs,
    assignment: isTold ? member.assigned : null,
  }
}

function throwIfFull({ group, input }: ShareDraft, memberId: string): void {
  const { maxSize } = input.rules
  if (group.members.size < maxSize || group.members.has(memberId)) return
  throw new KafkaError(
    'GROUP_MAX_SIZE_REACHED',
    `The share group has reached its maximum capacity of ${maxSize} members.`,
  )
}

function joining({ group }: ShareDraft, memberId: string): ShareMember {
  return group.members.get(memberId) ?? newShareMember(memberId)
}

function knownMember({ group }: ShareDraft, memberId: string): ShareMember {
  const member = group.members.get(memberId)
  if (member !== undefined) return member
  throw new KafkaError(
    'UNKNOWN_MEMBER_ID',
    `Member ${memberId} is not a member of group ${group.groupId}.`,
  )
}

/** An answer that was lost may be asked for again. */
function inItsEpoch(draft: ShareDraft, event: ShareHeartbeatEvent): ShareMember {
  const member = knownMember(draft, event.memberId)
  const received = event.memberEpoch
  const { memberEpoch, previousMemberEpoch } = member
  if (received === memberEpoch || received === previousMemberEpoch) return member
  const known = `than the one known by the group coordinator (${memberEpoch})`
  const rejoin = 'The member must abandon all its partitions and rejoin.'
  const than =
    received > memberEpoch
      ? `a greater member epoch (${received}) ${known}.`
      : `a smaller member epoch (${received}) ${known}, and it does not match the previous member epoch (${previousMemberEpoch}).`
  throw new KafkaError('FENCED_MEMBER_EPOCH', `The share group member has ${than} ${rejoin}`)
}

/** What the request leaves out stays as it was. */
function updated(member: ShareMember, event: ShareHeartbeatEvent): ShareMember {
  const { rackId, topicNames, clientId, clientHost } = event
  return {
    ...member,
    rackId: rackId ?? member.rackId,
    clientId,
    clientHost,
    topicNames: topicNames === null ? member.topicNames : [...new Set(topicNames)].sort(),
  }
}

/** Stores what the member says of itself; where that concerns others the group's epoch grows. */
function takeOver(draft: ShareDraft, before: ShareMember, member: ShareMember): boolean {
  const { group, input } = draft
  const isNew = !group.members.has(member.memberId)
  if (isNew || !saysTheSame(before, member)) draft.putMetadata(member)
  const namesChanged = !sameNames(before.topicNames, member.topicNames)
  const bump = namesChanged || (group.targetEpoch >= group.groupEpoch && isTargetShort(draft))
  if (!bump && group.checkedTopicsVersion === input.topics.version) return false
  const hash = hashOf(draft)
  const isChanged = bump || hash !== group.metadataHash
  if (isChanged) draft.bumpEpoch(hash)
  draft.effects.push({ kind: 'share-topics-checked', version: input.topics.version })
  return isChanged
}

/** Whether partitions that have a state by now are in nobody's share. */
function isTargetShort({ group, topicNames }: ShareDraft): boolean {
  if (group.members.size === 0) return false
  for (const [topicId, { topicName, partitions }] of group.partitions.initialized) {
    if (!topicNames.has(topicName)) continue
    const assigned = new Set<number>()
    for (const share of group.target.values()) {
      for (const partition of share.get(topicId) ?? []) assigned.add(partition)
    }
    if (partitions.some((partition) => !assigned.has(partition))) return true
  }
  return false
}

function hashOf({ topicNames, input }: ShareDraft): number {
  return topicsHash(topicNames, input.topics)
}

interface ShareTarget {
  readonly epoch: number
  readonly share: TopicPartitions
}

/** The member's share of the target, which is made anew when that is due and its time has come. */
function updateTarget(draft: ShareDraft, memberId: string): ShareTarget {
  const { group, input } = draft
  const isDue = group.targetEpoch < draft.groupEpoch
  const { assignmentIntervalMs } = input.rules
  if (!isDue || !mayAssign(group.targetTimestampMs, assignmentIntervalMs, input.nowMs)) {
    return { epoch: group.targetEpoch, share: draft.target.get(memberId) ?? noPartitions }
  }
  const members = Array.from(draft.members.values(), (member) => ({
    memberId: member.memberId,
    instanceId: null,
    topicIds: topicIdsOf(member, input.topics),
    current: draft.target.get(member.memberId) ?? noPartitions,
  }))
  const subscriptions = new Set(members.map(({ topicIds }) => [...topicIds].sort().join()))
  const assignment = assignSimple({
    members,
    partitionCounts: new Map(),
    homogeneous: subscriptions.size === 1,
    assignable: assignable(group.partitions),
  })
  assert(assignment.size === members.length, 'every member has a share')
  for (const [id, share] of assignment) {
    const old = draft.target.get(id)
    if (old === undefined || !sameTopicPartitions(old, share)) draft.putTarget(id, share)
  }
  draft.putTargetEpoch(draft.groupEpoch)
  return { epoch: draft.groupEpoch, share: assignment.get(memberId) ?? noPartitions }
}

/** The member with its target, of topics that it (still) subscribes to. */
function moveTo(
  draft: ShareDraft,
  member: ShareMember,
  { epoch, share }: ShareTarget,
  subscriptionChanged: boolean,
): ShareMember {
  const isThere = member.memberEpoch === epoch
  if (isThere && !subscriptionChanged) return member
  const subscribed = topicIdsOf(member, draft.input.topics)
  const assigned = new Map([...share].filter(([topicId]) => subscribed.has(topicId)))
  if (isThere && sameTopicPartitions(member.assigned, assigned)) return member
  if (isThere) return { ...member, assigned }
  return { ...member, memberEpoch: epoch, previousMemberEpoch: member.memberEpoch, assigned }
}

function topicIdsOf({ topicNames }: ShareMember, topics: TopicsView): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const name of topicNames) {
    const topic = topics.byName(name)
    if (topic !== undefined) ids.add(topic.id)
  }
  return ids
}

function saysTheSame(left: ShareMember, right: ShareMember): boolean {
  return (
    left.rackId === right.rackId &&
    left.clientId === right.clientId &&
    left.clientHost === right.clientHost &&
    sameNames(left.topicNames, right.topicNames)
  )
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => right[index] === name)
}
