// How a classic group goes from one generation to the next: prepare, wait for the members,
// complete.
import { assert } from '../../base/assert.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { selectProtocol } from './protocol-vote.ts'
import { groupRecord } from './replay.ts'
import { emptyAssignment, metadataOf, rebalanceTimeoutMs, syncRefused } from './state.ts'
import type { GroupState, JoinAnswer, JoinedMember, Member, SyncAnswer } from './state.ts'
import type { GroupDraft } from './step.ts'
import { subscribedTopicsOf } from './subscription.ts'

/**
 * A member came, changed or went: begin a rebalance, or end the one under way if that was all it
 * waited for.
 */
export function rebalanceOrCompleteJoin(draft: GroupDraft): void {
  if (draft.state.kind === 'preparing-rebalance') maybeCompleteJoin(draft)
  else prepareRebalance(draft)
}

/**
 * Asks all members to join again. In an empty group the first members get the initial delay to
 * arrive.
 */
export function prepareRebalance(draft: GroupDraft): void {
  assert(draft.state.kind !== 'dead', 'a dead group does not rebalance')
  if (draft.state.kind === 'completing-rebalance') failSyncs(draft, 'REBALANCE_IN_PROGRESS')
  draft.clearPendingSync()
  draft.cancelTimer('sync')
  const isInitial = draft.state.kind === 'empty'
  draft.enter('preparing-rebalance')
  if (isInitial) {
    const delayMs = draft.rules.initialRebalanceDelayMs
    const remainingMs = Math.max(rebalanceTimeoutMs(draft.state.members) - delayMs, 0)
    draft.change({ initialRebalance: true })
    draft.setTimer('join', delayMs, { kind: 'initial-delay-over', delayMs, remainingMs })
    return
  }
  if (draft.allMembersJoined) completeJoin(draft)
  else waitForMembers(draft)
}

/** Ends the join phase if everyone is there. The initial delay is waited out in any case. */
export function maybeCompleteJoin(draft: GroupDraft): void {
  const { kind, initialRebalance } = draft.state
  if (kind !== 'preparing-rebalance' || initialRebalance) return
  if (draft.allMembersJoined) completeJoin(draft)
}

/** As long as members keep coming the initial delay is extended, up to the rebalance time-out. */
export function endInitialDelay(draft: GroupDraft, delayMs: number, remainingMs: number): void {
  if (!draft.state.newMemberAdded || remainingMs === 0) return completeJoin(draft)
  draft.change({ newMemberAdded: false })
  const nextDelayMs = Math.min(draft.rules.initialRebalanceDelayMs, remainingMs)
  const nextRemainingMs = Math.max(remainingMs - delayMs, 0)
  draft.setTimer('join', nextDelayMs, {
    kind: 'initial-delay-over',
    delayMs: nextDelayMs,
    remainingMs: nextRemainingMs,
  })
}

/**
 * Begins the next generation with those who joined. Dynamic members who did not are out; static
 * ones stay. Where nobody joined at all, the group waits once more.
 */
export function completeJoin(draft: GroupDraft): void {
  assert(draft.state.kind === 'preparing-rebalance', 'a join phase ends where one began')
  draft.cancelTimer('join')
  for (const member of draft.state.members.values()) {
    if (member.join === null && member.groupInstanceId === null) draft.removeMember(member.memberId)
  }
  if (draft.state.members.size === 0) return becomeEmpty(draft)
  if (!electJoinedLeader(draft)) return waitForMembers(draft)
  beginGeneration(draft)
}

/** Answers every parked SyncGroup with the error; the assignments are void. */
export function failSyncs(draft: GroupDraft, error: ErrorName): void {
  for (const member of draft.state.members.values()) {
    if (member.sync === null && member.assignment.length === 0) continue
    if (member.sync !== null) {
      draft.answerSync(member.sync, syncRefused(error))
      draft.renewSession(member.memberId, member.sessionTimeoutMs)
    }
    draft.putMember({ ...member, sync: null, assignment: emptyAssignment })
  }
}

/** The answer that tells a member of the current generation; the leader is told of all members. */
export function joinedAnswer(state: GroupState, memberId: string): JoinAnswer {
  return {
    error: 'NONE',
    memberId,
    generation: state.generation,
    protocolType: state.protocolType,
    protocolName: state.protocolName,
    leader: state.leader ?? '',
    skipAssignment: false,
    members: state.leader === memberId ? joinedMembers(state) : [],
  }
}

/** Every member with its metadata for the chosen protocol: what the leader assigns by. */
export function joinedMembers(state: GroupState): readonly JoinedMember[] {
  return Array.from(state.members.values(), (member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataOf(member, state.protocolName),
  }))
}

/** What a member is told when its assignment is known. */
export function syncedAnswer(state: GroupState, member: Member): SyncAnswer {
  const { protocolType, protocolName } = state
  return { error: 'NONE', protocolType, protocolName, assignment: member.assignment }
}

/** Stays in the join phase until all are there or their time is over. */
function waitForMembers(draft: GroupDraft): void {
  draft.setTimer('join', rebalanceTimeoutMs(draft.state.members), { kind: 'join-timeout' })
}

/** A leader who did not join is replaced by one who did. False where nobody joined. */
function electJoinedLeader(draft: GroupDraft): boolean {
  const { leader, members, parkedJoins } = draft.state
  assert(parkedJoins <= members.size, 'only members wait')
  if (parkedJoins === 0) return false
  const current = leader === null ? undefined : members.get(leader)
  if (current !== undefined && current.join !== null) return true
  for (const member of members.values()) {
    if (member.join === null) continue
    draft.change({ leader: member.memberId })
    return true
  }
  return false
}

/** The last member is gone: the next generation is empty, and that is stored. */
function becomeEmpty(draft: GroupDraft): void {
  const { generation, protocolType } = draft.state
  assert(draft.state.leader === null, 'a group without members has no leader')
  assert(draft.state.parkedJoins === 0, 'nobody waits in a group without members')
  draft.change({ generation: generation + 1, protocolName: null })
  draft.change({ subscribedTopics: subscribedTopicsOf(protocolType, null, draft.state.members) })
  draft.clearPendingSync()
  draft.cancelTimer('sync')
  draft.record = groupRecord({ ...draft.state, stateTimestampMs: draft.nowMs })
}

function beginGeneration(draft: GroupDraft): void {
  const { generation, protocolType, members } = draft.state
  const protocolName = selectProtocol(members)
  draft.change({
    generation: generation + 1,
    protocolName,
    subscribedTopics: subscribedTopicsOf(protocolType, protocolName, members),
  })
  draft.enter('completing-rebalance')
  draft.clearPendingSync()
  for (const member of draft.state.members.values()) {
    if (member.join !== null) {
      draft.answerJoin(member.join, joinedAnswer(draft.state, member.memberId))
    }
    draft.renewSession(member.memberId, member.sessionTimeoutMs)
    draft.putMember({ ...member, join: null, isNew: false })
    draft.setPendingSync(member.memberId, true)
  }
  assert(draft.state.parkedJoins === 0, 'every parked join was answered')
  draft.setTimer('sync', rebalanceTimeoutMs(draft.state.members), {
    kind: 'sync-timeout',
    generation: draft.state.generation,
  })
}
