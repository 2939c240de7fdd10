// From a group to what is stored of it and back. Replay is the only writer of a group's persisted
// part: on start it builds the group, and live it puts the stored record onto the group that wrote
// it.
import { assert } from '../../base/assert.ts'
import { deadGroup, metadataOf } from './state.ts'
import type { GroupState, Member } from './state.ts'
import type { GroupRecord, MemberRecord } from './step.ts'
import { subscribedTopicsOf } from './subscription.ts'

/** What is stored of the group as it stands. */
export function groupRecord(state: GroupState): GroupRecord {
  const { protocolType, generation, protocolName, leader, stateTimestampMs, members } = state
  assert(
    members.size === 0 || protocolName !== null,
    'a group with members is stored with its protocol',
  )
  return {
    protocolType: protocolType ?? '',
    generation,
    protocolName,
    leader,
    stateTimestampMs,
    members: Array.from(members.values(), (member) => memberRecord(member, protocolName)),
  }
}

/**
 * The group that the record speaks of. `live` is the group as it stands (null: none), which a
 * moment after its own record keeps what no record holds: who is pending, and the members' other
 * protocols.
 */
export function replayGroup(
  groupId: string,
  record: GroupRecord,
  live: GroupState | null,
): GroupState {
  const protocolType = record.protocolType === '' ? null : record.protocolType
  const members = new Map<string, Member>()
  const staticMembers = new Map<string, string>()
  for (const stored of record.members) {
    const member = replayMember(stored, record, live?.members.get(stored.memberId))
    members.set(member.memberId, member)
    const { groupInstanceId } = member
    if (groupInstanceId !== null) staticMembers.set(groupInstanceId, member.memberId)
  }
  assert(staticMembers.size <= members.size, 'an instance id belongs to one member')
  return {
    ...(live ?? deadGroup(groupId)),
    kind: members.size === 0 ? 'empty' : 'stable',
    generation: record.generation,
    protocolType,
    protocolName: record.protocolName,
    leader: record.leader,
    stateTimestampMs: record.stateTimestampMs,
    members,
    staticMembers,
    parkedJoins: 0,
    subscribedTopics: subscribedTopicsOf(protocolType, record.protocolName, members),
    initialRebalance: false,
    newMemberAdded: false,
  }
}

function memberRecord(member: Member, protocolName: string | null): MemberRecord {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    sessionTimeoutMs: member.sessionTimeoutMs,
    subscription: metadataOf(member, protocolName),
    assignment: member.assignment,
  }
}

function replayMember(stored: MemberRecord, record: GroupRecord, live: Member | undefined): Member {
  const name = record.protocolName ?? ''
  const { subscription, ...rest } = stored
  const { sessionTimeoutMs, rebalanceTimeoutMs } = stored
  const saysTheSame = live !== undefined && metadataOf(live, name).equals(subscription)
  return {
    ...rest,
    // Value version 0 has no rebalance time-out: the session time-out stood for both.
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocols: saysTheSame ? live.protocols : [{ name, metadata: subscription }],
    isNew: false,
    join: null,
    sync: null,
  }
}
