// JoinGroup in a classic group: who may come in, under which id, and whether that means a
// rebalance.
import { assert } from '../../base/assert.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { sameProtocols, selectProtocol, supportsProtocols } from './protocol-vote.ts'
import { joinedAnswer, joinedMembers, maybeCompleteJoin } from './rebalance.ts'
import { prepareRebalance, rebalanceOrCompleteJoin } from './rebalance.ts'
import { groupRecord } from './replay.ts'
import { emptyAssignment, joinRefused, memberError } from './state.ts'
import type { GroupState, Member } from './state.ts'
import { GroupDraft, newMemberJoinTimeoutMs } from './step.ts'
import type { GroupStep, JoinEvent } from './step.ts'

/** Decides a JoinGroup. The group exists. */
export function join(draft: GroupDraft, event: JoinEvent): GroupStep {
  const { state } = draft
  const { memberId } = event
  assert(state.kind !== 'dead', 'a group is made before it is joined')
  if (!hasRoomFor(state, memberId, draft.rules.maxSize)) {
    if (state.members.has(memberId)) draft.removeMember(memberId)
    return refuse(draft, event, 'GROUP_MAX_SIZE_REACHED', '')
  }
  if (!supportsProtocols(state, event.protocolType, event.protocols)) {
    return refuse(draft, event, 'INCONSISTENT_GROUP_PROTOCOL', memberId)
  }
  if (memberId === '') return joinNewMember(draft, event)
  if (state.pendingJoin.has(memberId) && event.groupInstanceId === null) {
    return addMember(draft, event, memberId)
  }
  const error = memberError(state, memberId, event.groupInstanceId)
  if (error !== null) return refuse(draft, event, error, memberId)
  return joinExistingMember(draft, event)
}

function joinNewMember(draft: GroupDraft, event: JoinEvent): GroupStep {
  const { groupInstanceId, newMemberId } = event
  if (groupInstanceId !== null) {
    const oldMemberId = draft.state.staticMembers.get(groupInstanceId)
    if (oldMemberId === undefined) return addMember(draft, event, newMemberId)
    return rejoinStaticMember(draft, event, oldMemberId)
  }
  if (!event.requireKnownMemberId) return addMember(draft, event, newMemberId)
  draft.setPendingJoin(newMemberId, true)
  draft.renewSession(newMemberId, event.sessionTimeoutMs)
  return refuse(draft, event, 'MEMBER_ID_REQUIRED', newMemberId)
}

/**
 * A member that knows its id joins again: with news it starts a rebalance, without it is told where
 * things stand.
 */
function joinExistingMember(draft: GroupDraft, event: JoinEvent): GroupStep {
  const { state } = draft
  const member = draft.member(event.memberId)
  const unchanged = sameProtocols(member.protocols, event.protocols)
  const isLeader = state.leader === event.memberId
  switch (state.kind) {
    case 'preparing-rebalance':
      break
    case 'completing-rebalance':
      // The answer to its first JoinGroup was lost: it is given again.
      if (unchanged) return answerCurrent(draft, event)
      break
    case 'stable':
      // The leader joins again to have partitions assigned anew, for instance when topics grew.
      if (unchanged && !isLeader) return answerCurrent(draft, event)
      break
    case 'empty':
    case 'dead':
      return refuse(draft, event, 'UNKNOWN_MEMBER_ID', event.memberId)
  }
  parkJoin(draft, event, member)
  rebalanceOrCompleteJoin(draft)
  return draft.finish()
}

function addMember(draft: GroupDraft, event: JoinEvent, memberId: string): GroupStep {
  const { state } = draft
  assert(!state.members.has(memberId), 'a new member has a new id')
  if (state.members.size === 0) draft.change({ protocolType: event.protocolType })
  if (state.leader === null) draft.change({ leader: memberId })
  if (state.initialRebalance) draft.change({ newMemberAdded: true })
  draft.putMember({
    memberId,
    groupInstanceId: event.groupInstanceId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    rebalanceTimeoutMs: event.rebalanceTimeoutMs,
    sessionTimeoutMs: event.sessionTimeoutMs,
    protocols: event.protocols,
    assignment: emptyAssignment,
    isNew: true,
    join: event.ticket,
    sync: null,
  })
  draft.setPendingJoin(memberId, false)
  draft.renewSession(memberId, newMemberJoinTimeoutMs)
  rebalanceOrCompleteJoin(draft)
  return draft.finish()
}

/**
 * KIP-345: a static member came back under a new id. In a stable group whose protocol stays what it
 * is nothing moves: the group is stored with the new id, and the member keeps its assignment.
 */
function rejoinStaticMember(draft: GroupDraft, event: JoinEvent, oldMemberId: string): GroupStep {
  const oldLeader = draft.state.leader ?? ''
  const { newMemberId } = event
  assert(draft.state.members.has(oldMemberId), 'a static member is a member')
  const member = draft.replaceStaticMember(oldMemberId, newMemberId)
  draft.renewSession(newMemberId, event.sessionTimeoutMs)
  parkJoin(draft, event, member)
  switch (draft.state.kind) {
    case 'stable':
      if (selectProtocol(draft.state.members) !== draft.state.protocolName) {
        prepareRebalance(draft)
        return draft.finish()
      }
      return keepAssignment(draft, event, oldLeader)
    case 'completing-rebalance':
      prepareRebalance(draft)
      return draft.finish()
    case 'preparing-rebalance':
      maybeCompleteJoin(draft)
      return draft.finish()
    case 'empty':
    case 'dead':
      assert(false, 'a group with members is neither empty nor dead')
  }
}

function keepAssignment(draft: GroupDraft, event: JoinEvent, oldLeader: string): GroupStep {
  const { newMemberId: memberId, ticket } = event
  const member = draft.member(memberId)
  draft.putMember({ ...member, join: null, isNew: false })
  const { state } = draft
  draft.record = groupRecord(state)
  const current = joinedAnswer(state, memberId)
  if (event.supportsSkipAssignment) {
    const isLeader = state.leader === memberId
    const members = isLeader ? joinedMembers(state) : []
    draft.answerJoin(ticket, { ...current, members, skipAssignment: isLeader })
  } else {
    // Older clients would assign if they were told that they lead, and change nothing by it: they
    // are told of the leader that no longer is.
    draft.answerJoin(ticket, { ...current, members: [], leader: oldLeader })
  }
  const refused = (error: ErrorName): GroupStep => {
    const { generation, protocolType, protocolName } = draft.before
    const known = { generation, protocolType, protocolName, leader: oldLeader }
    const failed = new GroupDraft(draft.before, draft.nowMs, draft.rules)
    failed.answerJoin(ticket, { ...joinRefused(error, ''), ...known })
    return failed.finish()
  }
  return draft.finish({ refused })
}

/** The member's JoinGroup waits for the generation; what it says of itself is taken over. */
function parkJoin(draft: GroupDraft, event: JoinEvent, member: Member): void {
  // The client gave up on its earlier JoinGroup and sent another: one of the two connections waits
  // in vain.
  if (member.join !== null) {
    draft.answerJoin(member.join, joinRefused('REBALANCE_IN_PROGRESS', member.memberId))
  }
  const { protocols, rebalanceTimeoutMs, sessionTimeoutMs, ticket } = event
  draft.putMember({ ...member, protocols, rebalanceTimeoutMs, sessionTimeoutMs, join: ticket })
}

function answerCurrent(draft: GroupDraft, event: JoinEvent): GroupStep {
  const { state } = draft
  const answer = joinedAnswer(state, event.memberId)
  draft.answerJoin(event.ticket, state.kind === 'stable' ? { ...answer, members: [] } : answer)
  return draft.finish()
}

function refuse(
  draft: GroupDraft,
  event: JoinEvent,
  error: ErrorName,
  memberId: string,
): GroupStep {
  draft.answerJoin(event.ticket, joinRefused(error, memberId))
  return draft.finish()
}

/** group.max.size: while a rebalance runs only those who have joined it count. */
function hasRoomFor(state: GroupState, memberId: string, maxSize: number): boolean {
  const member = state.members.get(memberId)
  switch (state.kind) {
    case 'empty':
    case 'dead':
      return true
    case 'preparing-rebalance':
      return (member !== undefined && member.join !== null) || state.parkedJoins < maxSize
    case 'completing-rebalance':
    case 'stable':
      return member !== undefined || state.members.size < maxSize
  }
}
