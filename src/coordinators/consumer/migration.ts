// A group changes its protocol while its members work: a classic group becomes a consumer group
// with its first member of the new protocol, and becomes classic again when the last of those goes.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert, defined } from '../../base/assert.ts'
import { consumerProtocolType, selectProtocol } from '../classic/protocol-vote.ts'
import { emptyAssignment, joinRefused, metadataOf, syncRefused } from '../classic/state.ts'
import type { GroupState, Member } from '../classic/state.ts'
import { sessionTimer } from '../classic/step.ts'
import type { GroupRecord } from '../classic/step.ts'
import { noPartitions } from '../assignors/assignor.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { ConsumerChange } from './changes.ts'
import { decodeSubscription } from './classic-members.ts'
import { assignmentBytes, readAssignment } from './consumer-protocol.ts'
import { replayConsumerChange } from './replay.ts'
import { ConsumerGroup, newMember, withEpoch } from './state.ts'
import type { ConsumerMember, ReadonlyGroup } from './state.ts'
import { ConsumerDraft, timersOfMember } from './step.ts'
import type { ConsumerEffect, ConsumerRules, StepInput, TopicsView } from './step.ts'
import { metadataHash } from './subscription.ts'

/** A group made out of a classic one: as it will be, and the records that say so. */
export interface Upgrade {
  readonly group: ConsumerGroup
  readonly changes: readonly ConsumerChange[]
  readonly effects: readonly ConsumerEffect[]
}

/** @throws KafkaError GROUP_ID_NOT_FOUND when the group must stay as it is. */
export function upgrade(classic: GroupState, input: StepInput): Upgrade {
  const { groupId, generation } = classic
  const effects = endClassic(classic)
  if (classic.members.size === 0) {
    return { group: new ConsumerGroup(groupId), changes: [], effects }
  }
  throwIfNotUpgradable(classic, input.rules)
  const upgraded = Array.from(classic.members.values(), (member) =>
    upgradedMember(classic, member, input.topics),
  )
  const members = upgraded.map(({ member }) => member)
  const hash = metadataHash(members, new Map(), input.topics)
  const target = { epoch: generation, timestampMs: 0 }
  const changes: ConsumerChange[] = [
    ...members.map((member) => metadataChange(groupId, member)),
    { kind: 'consumer-epoch', groupId, value: { epoch: generation, metadataHash: hash } },
    ...upgraded.map(({ member: { memberId }, share: value }): ConsumerChange => {
      return { kind: 'consumer-target', groupId, memberId, value }
    }),
    { kind: 'consumer-target-epoch', groupId, value: target },
    ...members.map((member) => holdingChange(groupId, member)),
  ]
  const group = new ConsumerGroup(groupId)
  for (const change of changes) {
    const goesOn = replayConsumerChange(group, change)
    assert(goesOn, 'an upgrade ends no group')
  }
  assert(group.members.size === classic.members.size, 'all members come along')
  const scratch = new ConsumerDraft(group, input)
  for (const { memberId, sessionTimeoutMs } of classic.members.values()) {
    scratch.setTimer('session', memberId, sessionTimeoutMs)
  }
  return { group, changes, effects: [...effects, ...scratch.effects] }
}

/** Whoever waits is told to join again; the classic group's own timers end. */
function endClassic(classic: GroupState): ConsumerEffect[] {
  const effects: ConsumerEffect[] = [
    { kind: 'cancel-timer', timer: 'join' },
    { kind: 'cancel-timer', timer: 'sync' },
  ]
  for (const memberId of classic.pendingJoin) {
    effects.push({ kind: 'cancel-timer', timer: sessionTimer(memberId) })
    effects.push({ kind: 'member-removed', memberId })
  }
  for (const { memberId, join, sync } of classic.members.values()) {
    const answer = joinRefused('REBALANCE_IN_PROGRESS', memberId)
    if (join !== null) effects.push({ kind: 'answer-join', to: join, answer })
    if (sync === null) continue
    effects.push({ kind: 'answer-sync', to: sync, answer: syncRefused('REBALANCE_IN_PROGRESS') })
  }
  return effects
}

function throwIfNotUpgradable(classic: GroupState, rules: ConsumerRules): void {
  const { groupId, protocolType, members } = classic
  const refuse = (why: string) => {
    const what = `Cannot upgrade classic group ${groupId} to consumer group because ${why}.`
    throw new KafkaError('GROUP_ID_NOT_FOUND', what)
  }
  if (!rules.migration.upgrade) refuse('online upgrade is disabled')
  if (protocolType !== consumerProtocolType) {
    refuse('the group does not use the consumer embedded protocol')
  }
  if (members.size > rules.maxSize) {
    refuse('the group size exceeds the consumer group maximum size')
  }
}

function upgradedMember(
  { groupId, generation, protocolName }: GroupState,
  member: Member,
  topics: TopicsView,
): { readonly member: ConsumerMember; readonly share: TopicPartitions } {
  const name = protocolName ?? member.protocols[0]?.name ?? null
  const subscription = decodeSubscription(metadataOf(member, name))
  const share = readAssignment(member.assignment, topics)
  if (subscription === null || share === null) {
    const why =
      subscription === null
        ? 'because the embedded consumer protocol is malformed.'
        : 'because an unsupported custom assignor is in use.'
    throw new KafkaError(
      'GROUP_ID_NOT_FOUND',
      `Cannot upgrade classic group ${groupId} to consumer group ${why}`,
    )
  }
  const { sessionTimeoutMs, protocols } = member
  const upgraded: ConsumerMember = {
    ...newMember(member.memberId),
    instanceId: member.groupInstanceId,
    rackId: subscription.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    topicNames: [...new Set(subscription.topics)].sort(),
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    classic: { sessionTimeoutMs, protocols },
    memberEpoch: generation,
    previousMemberEpoch: generation,
    assigned: withEpoch(share, generation),
  }
  return { member: upgraded, share }
}

/**
 * Whether the group goes back to the classic protocol when `leaving` are gone: only classic members
 * are left, and the policy lets it.
 */
export function isDowngradedWithout(
  group: ReadonlyGroup,
  leaving: ReadonlySet<string>,
  rules: ConsumerRules,
): boolean {
  const left = [...group.members.values()].filter(({ memberId }) => !leaving.has(memberId))
  if (left.length === 0 || leaving.size === 0) return false
  if (!left.every(({ classic }) => classic !== null)) return false
  return rules.migration.downgrade && left.length <= rules.classicMaxSize
}

/** The tombstones of all records of the group. */
export function consumerTombstones(group: ReadonlyGroup): ConsumerChange[] {
  const { groupId } = group
  const ids = [...group.members.keys()]
  const gone = { groupId, value: null }
  return [
    ...ids.map((memberId): ConsumerChange => ({ kind: 'consumer-current', memberId, ...gone })),
    ...ids.map((memberId): ConsumerChange => ({ kind: 'consumer-target', memberId, ...gone })),
    { kind: 'consumer-target-epoch', ...gone },
    ...ids.map((memberId): ConsumerChange => ({ kind: 'consumer-member', memberId, ...gone })),
    ...[...group.regexes.keys()].map((regex): ConsumerChange => {
      return { kind: 'consumer-regex', regex, ...gone }
    }),
    { kind: 'consumer-partition-metadata', ...gone },
    { kind: 'consumer-epoch', ...gone },
  ]
}

/** The classic group that the members of the draft make: stable, with the target's shares. */
export function downgradedRecord(draft: ConsumerDraft): GroupRecord {
  const { topics, nowMs } = draft.input
  const members = new Map<string, Member>()
  for (const member of draft.members.values()) members.set(member.memberId, classicMember(member))
  assert(members.size > 0, 'a group goes back to the classic protocol for its members')
  const protocolName = selectProtocol(members)
  return {
    protocolType: consumerProtocolType,
    generation: draft.groupEpoch,
    protocolName,
    leader: defined([...members.keys()][0], 'somebody is left'),
    stateTimestampMs: nowMs,
    members: Array.from(members.values(), (member) => {
      const { memberId, groupInstanceId, clientId, clientHost } = member
      const subscription = metadataOf(member, protocolName)
      const share = draft.target.get(memberId) ?? noPartitions
      return {
        ...{ memberId, groupInstanceId, clientId, clientHost, subscription },
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        sessionTimeoutMs: member.sessionTimeoutMs,
        assignment: assignmentBytes(share, subscription, topics),
      }
    }),
  }
}

/** Members' timers become those of a classic group. */
export function classicTimers(draft: ConsumerDraft): ConsumerEffect[] {
  const effects: ConsumerEffect[] = []
  for (const { memberId, classic } of draft.members.values()) {
    const { sessionTimeoutMs: delayMs } = defined(classic, 'only classic members are left')
    for (const name of timersOfMember) {
      effects.push({ kind: 'cancel-timer', timer: `${name}:${memberId}` })
    }
    const event = { kind: 'session-expired', memberId } as const
    effects.push({ kind: 'set-timer', timer: sessionTimer(memberId), delayMs, event })
  }
  return effects
}

function classicMember(member: ConsumerMember): Member {
  const { sessionTimeoutMs, protocols } = defined(member.classic, 'only classic members are left')
  const { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs } = member
  const identity = { memberId, groupInstanceId: instanceId, clientId, clientHost }
  const waiting = { isNew: false, join: null, sync: null, assignment: emptyAssignment }
  return { ...identity, ...waiting, rebalanceTimeoutMs, sessionTimeoutMs, protocols }
}

function metadataChange(groupId: string, member: ConsumerMember): ConsumerChange {
  const { memberId, instanceId, rackId, clientId, clientHost } = member
  const { topicNames, topicRegex, rebalanceTimeoutMs, serverAssignor, classic } = member
  const identity = { instanceId, rackId, clientId, clientHost, classic }
  const value = { ...identity, topicNames, topicRegex, rebalanceTimeoutMs, serverAssignor }
  return { kind: 'consumer-member', groupId, memberId, value }
}

function holdingChange(groupId: string, member: ConsumerMember): ConsumerChange {
  const { memberId, memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation } = member
  const value = { memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation }
  return { kind: 'consumer-current', groupId, memberId, value }
}
