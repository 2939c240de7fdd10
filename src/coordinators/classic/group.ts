// The classic group (JoinGroup, SyncGroup, Heartbeat, LeaveGroup) as a pure machine: a state, an
// event and the time go in, a decision comes out. SPEC.md holds the table of states and events.
import { assert, unreachable } from '../../base/assert.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { join } from './join.ts'
import {
  completeJoin,
  endInitialDelay,
  failSyncs,
  maybeCompleteJoin,
  prepareRebalance,
  syncedAnswer,
} from './rebalance.ts'
import { groupRecord } from './replay.ts'
import { emptyAssignment, emptyGroup, joinRefused, memberError, syncRefused } from './state.ts'
import type { GroupState, LeftMember } from './state.ts'
import { GroupDraft, sessionTimer } from './step.ts'
import type {
  GroupEvent,
  GroupRules,
  GroupStep,
  HeartbeatEvent,
  JoinEvent,
  LeaveEvent,
  SyncEvent,
} from './step.ts'

/** Decides what `event` means for the group at `nowMs` (wall clock). */
export function stepGroup(
  state: GroupState,
  event: GroupEvent,
  nowMs: number,
  rules: GroupRules,
): GroupStep {
  if (state.kind === 'dead') return stepDeadGroup(state, event, nowMs, rules)
  const draft = new GroupDraft(state, nowMs, rules)
  switch (event.kind) {
    case 'join':
      return join(draft, event)
    case 'sync':
      return sync(draft, event)
    case 'heartbeat':
      return heartbeat(draft, event)
    case 'leave':
      return leave(draft, event)
    case 'committed':
      return stayAlive(draft, event.memberId)
    case 'disconnected':
      return disconnect(draft, event.memberId)
    case 'session-expired':
      return expireSession(draft, event.memberId)
    case 'initial-delay-over':
      if (state.kind === 'preparing-rebalance' && state.initialRebalance) {
        endInitialDelay(draft, event.delayMs, event.remainingMs)
      }
      return draft.finish()
    case 'join-timeout':
      if (state.kind === 'preparing-rebalance') completeJoin(draft)
      return draft.finish()
    case 'sync-timeout':
      return expireSyncs(draft, event.generation)
    case 'rebalance':
      if (state.kind === 'stable') prepareRebalance(draft)
      return draft.finish()
    default:
      return unreachable(event)
  }
}

/**
 * Nobody is known in a group that does not exist; a first member makes it, and that is stored
 * before it joins.
 */
function stepDeadGroup(
  state: GroupState,
  event: GroupEvent,
  nowMs: number,
  rules: GroupRules,
): GroupStep {
  const draft = new GroupDraft(state, nowMs, rules)
  switch (event.kind) {
    case 'join':
      if (event.memberId === '') return makeGroup(draft, event)
      draft.answerJoin(event.ticket, joinRefused('UNKNOWN_MEMBER_ID', event.memberId))
      break
    case 'sync':
      draft.answerSync(event.ticket, syncRefused('UNKNOWN_MEMBER_ID'))
      break
    case 'heartbeat':
      draft.answerHeartbeat(event.ticket, 'UNKNOWN_MEMBER_ID')
      break
    case 'leave': {
      const unknown = event.members.map((member) => leftMember(member, 'UNKNOWN_MEMBER_ID'))
      draft.answerLeave(event.ticket, { error: 'NONE', members: unknown })
      break
    }
    case 'committed':
    case 'disconnected':
    case 'session-expired':
    case 'initial-delay-over':
    case 'join-timeout':
    case 'sync-timeout':
    case 'rebalance':
      break
    default:
      return unreachable(event)
  }
  return draft.finish()
}

function makeGroup(draft: GroupDraft, event: JoinEvent): GroupStep {
  assert(event.memberId === '', 'only somebody new makes a group')
  draft.state = emptyGroup(draft.state.groupId, draft.nowMs)
  draft.record = groupRecord(draft.state)
  const refused = (error: ErrorName): GroupStep => {
    const failed = new GroupDraft(draft.before, draft.nowMs, draft.rules)
    failed.answerJoin(event.ticket, joinRefused(error, ''))
    return failed.finish()
  }
  return draft.finish({ refused, again: true })
}

function sync(draft: GroupDraft, event: SyncEvent): GroupStep {
  const { state } = draft
  const error = syncError(state, event)
  if (error !== null) {
    draft.answerSync(event.ticket, syncRefused(error))
    return draft.finish()
  }
  const member = draft.member(event.memberId)
  draft.setPendingSync(event.memberId, false)
  if (draft.state.pendingSync.size === 0) draft.cancelTimer('sync')
  if (state.kind === 'stable') {
    draft.answerSync(event.ticket, syncedAnswer(state, member))
    return draft.finish()
  }
  assert(state.kind === 'completing-rebalance', 'SyncGroup is refused in the other states')
  // The client gave up on its earlier SyncGroup and sent another.
  if (member.sync !== null) draft.answerSync(member.sync, syncRefused('REBALANCE_IN_PROGRESS'))
  draft.putMember({ ...member, sync: event.ticket })
  return state.leader === event.memberId ? assign(draft, event) : draft.finish()
}

function syncError(state: GroupState, event: SyncEvent): ErrorName | null {
  if (state.kind === 'empty') return 'UNKNOWN_MEMBER_ID'
  const error = memberError(state, event.memberId, event.groupInstanceId)
  if (error !== null) return error
  if (event.generation !== state.generation) return 'ILLEGAL_GENERATION'
  const { protocolType, protocolName } = event
  if (protocolType !== null && protocolType !== state.protocolType) {
    return 'INCONSISTENT_GROUP_PROTOCOL'
  }
  if (protocolName !== null && protocolName !== state.protocolName) {
    return 'INCONSISTENT_GROUP_PROTOCOL'
  }
  return state.kind === 'preparing-rebalance' ? 'REBALANCE_IN_PROGRESS' : null
}

/**
 * The leader has assigned: the group is stored, becomes stable (by the replay), and whoever waits
 * is told.
 */
function assign(draft: GroupDraft, event: SyncEvent): GroupStep {
  // The group as it is if the record is refused: with the leader's SyncGroup among those that wait.
  const waiting = { ...draft.state, members: new Map(draft.state.members) }
  for (const member of waiting.members.values()) {
    const assignment = event.assignments.get(member.memberId) ?? emptyAssignment
    const assigned = { ...member, assignment, sync: null }
    draft.putMember(assigned)
    if (member.sync === null) continue
    draft.answerSync(member.sync, syncedAnswer(draft.state, assigned))
    draft.renewSession(member.memberId, member.sessionTimeoutMs)
  }
  draft.record = groupRecord({ ...draft.state, stateTimestampMs: draft.nowMs })
  const refused = (error: ErrorName): GroupStep => {
    const failed = new GroupDraft(waiting, draft.nowMs, draft.rules)
    failSyncs(failed, error)
    prepareRebalance(failed)
    return failed.finish()
  }
  return draft.finish({ refused })
}

function heartbeat(draft: GroupDraft, event: HeartbeatEvent): GroupStep {
  const { state } = draft
  const { memberId, ticket } = event
  const error = memberError(state, memberId, event.groupInstanceId)
  if (error !== null) {
    draft.answerHeartbeat(ticket, error)
    return draft.finish()
  }
  if (event.generation !== state.generation) {
    draft.answerHeartbeat(ticket, 'ILLEGAL_GENERATION')
    return draft.finish()
  }
  draft.renewSession(memberId, draft.member(memberId).sessionTimeoutMs)
  const rebalancing = state.kind === 'preparing-rebalance'
  draft.answerHeartbeat(ticket, rebalancing ? 'REBALANCE_IN_PROGRESS' : 'NONE')
  return draft.finish()
}

function leave(draft: GroupDraft, event: LeaveEvent): GroupStep {
  const members = event.members.map((member) => leaveOne(draft, member))
  if (members.some(({ error }) => error === 'NONE')) membersLeft(draft)
  draft.answerLeave(event.ticket, { error: 'NONE', members })
  if (draft.record === null) return draft.finish()
  const refused = (error: ErrorName): GroupStep => {
    const failed = new GroupDraft(draft.before, draft.nowMs, draft.rules)
    failed.answerLeave(event.ticket, { error, members: [] })
    return failed.finish()
  }
  return draft.finish({ refused })
}

function leaveOne(draft: GroupDraft, member: LeaveEvent['members'][number]): LeftMember {
  const { memberId, groupInstanceId } = member
  const { state } = draft
  // KIP-345: an administrator removes a static member by its instance id alone.
  if (memberId === '') {
    const current = groupInstanceId === null ? undefined : state.staticMembers.get(groupInstanceId)
    if (current === undefined) return leftMember(member, 'UNKNOWN_MEMBER_ID')
    draft.removeMember(current)
    return leftMember(member, 'NONE')
  }
  if (state.pendingJoin.has(memberId)) {
    forgetPendingMember(draft, memberId)
    return leftMember(member, 'NONE')
  }
  const error = memberError(state, memberId, groupInstanceId)
  if (error !== null) return leftMember(member, error)
  draft.removeMember(memberId)
  return leftMember(member, 'NONE')
}

function leftMember(member: LeaveEvent['members'][number], error: ErrorName): LeftMember {
  return { memberId: member.memberId, groupInstanceId: member.groupInstanceId, error }
}

/** Members or pending ids are gone: those who stay share the work anew. */
function membersLeft(draft: GroupDraft): void {
  const { kind } = draft.state
  if (kind === 'stable' || kind === 'completing-rebalance') prepareRebalance(draft)
  else if (kind === 'preparing-rebalance') maybeCompleteJoin(draft)
}

function stayAlive(draft: GroupDraft, memberId: string): GroupStep {
  const { kind, members } = draft.state
  const member = members.get(memberId)
  if (member !== undefined && (kind === 'stable' || kind === 'preparing-rebalance')) {
    draft.renewSession(memberId, member.sessionTimeoutMs)
  }
  return draft.finish()
}

function disconnect(draft: GroupDraft, memberId: string): GroupStep {
  if (draft.state.pendingJoin.has(memberId)) return dropPendingMember(draft, memberId)
  const member = draft.state.members.get(memberId)
  if (member === undefined || member.groupInstanceId !== null) return draft.finish()
  draft.removeMember(memberId)
  membersLeft(draft)
  return draft.finish()
}

function expireSession(draft: GroupDraft, memberId: string): GroupStep {
  if (draft.state.pendingJoin.has(memberId)) return dropPendingMember(draft, memberId)
  const member = draft.state.members.get(memberId)
  if (member === undefined) return draft.finish()
  // Whoever waits for us is not late; a new member, however, waits no longer than its join
  // time-out.
  const waits = member.join !== null || member.sync !== null
  if (waits && !member.isNew) return draft.finish()
  draft.removeMember(memberId)
  membersLeft(draft)
  return draft.finish()
}

function dropPendingMember(draft: GroupDraft, memberId: string): GroupStep {
  forgetPendingMember(draft, memberId)
  maybeCompleteJoin(draft)
  return draft.finish()
}

function forgetPendingMember(draft: GroupDraft, memberId: string): void {
  draft.setPendingJoin(memberId, false)
  draft.cancelTimer(sessionTimer(memberId))
  draft.effects.push({ kind: 'member-removed', memberId })
}

/** Members who did not ask for their assignment in time are out, static ones too. */
function expireSyncs(draft: GroupDraft, generation: number): GroupStep {
  const { state } = draft
  const waits = state.kind === 'completing-rebalance' || state.kind === 'stable'
  if (!waits || generation !== state.generation || state.pendingSync.size === 0) {
    return draft.finish()
  }
  assert(state.pendingSync.size <= state.members.size, 'only members owe a SyncGroup')
  for (const memberId of state.pendingSync) draft.removeMember(memberId)
  prepareRebalance(draft)
  return draft.finish()
}
