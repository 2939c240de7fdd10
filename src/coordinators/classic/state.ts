// What a classic group is: plain, immutable data. Decisions live in group.ts and its neighbours;
// the persisted part (replay.ts) is generation, protocol, leader, members and assignments.
import type { ErrorName } from '../../../protocol/errors.ts'

/** Kafka's five states. `dead` is a group that does not exist (yet or any more). */
export type GroupKind = 'empty' | 'preparing-rebalance' | 'completing-rebalance' | 'stable' | 'dead'

/** The states' names on the wire (ListGroups, DescribeGroups). */
export const groupStateNames: Readonly<Record<GroupKind, string>> = {
  empty: 'Empty',
  'preparing-rebalance': 'PreparingRebalance',
  'completing-rebalance': 'CompletingRebalance',
  stable: 'Stable',
  dead: 'Dead',
}

/**
 * A parked request as the machine sees it: something that an answer goes to. Only the runtime
 * settles it.
 */
export interface Ticket<Answer> {
  readonly settled: boolean
  settle(answer: Answer): void
}

/** One way of assigning that a member offers, with what it tells the leader. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface Member {
  readonly memberId: string
  /** KIP-345: set for static members, which survive restarts of their client. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Kafka prints addresses: a slash before the IP. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  /** In the member's order of preference. */
  readonly protocols: readonly MemberProtocol[]
  readonly assignment: Buffer
  /** Has not completed its first join: its session is the long join time-out. */
  readonly isNew: boolean
  /** The parked JoinGroup. */
  readonly join: Ticket<JoinAnswer> | null
  /** The parked SyncGroup. */
  readonly sync: Ticket<SyncAnswer> | null
}

export interface GroupState {
  readonly groupId: string
  readonly kind: GroupKind
  readonly generation: number
  /** Null until a member has joined: a group of commits without members ("simple"). */
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string | null
  /**
   * Wall-clock ms of the last change of `kind`; -1 unknown. Offsets of an empty group age from here
   * (KIP-211).
   */
  readonly stateTimestampMs: number
  /** In order of arrival. */
  readonly members: ReadonlyMap<string, Member>
  /** group.instance.id → member id. */
  readonly staticMembers: ReadonlyMap<string, string>
  /** KIP-394: ids given out, whose JoinGroup with the id has not come yet. */
  readonly pendingJoin: ReadonlySet<string>
  /** Members of this generation that have not sent SyncGroup. */
  readonly pendingSync: ReadonlySet<string>
  /** Members with a parked JoinGroup; counted so that a join costs no scan. */
  readonly parkedJoins: number
  /** What the consumers subscribe to; null when unknown or no consumer group. */
  readonly subscribedTopics: ReadonlySet<string> | null
  /** The rebalance began in an empty group and waits for group.initial.rebalance.delay.ms. */
  readonly initialRebalance: boolean
  /** A member came while the initial delay ran: the delay is extended. */
  readonly newMemberAdded: boolean
}

export interface JoinAnswer {
  readonly error: ErrorName
  readonly memberId: string
  readonly generation: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  /** KIP-814: the leader is told not to assign. */
  readonly skipAssignment: boolean
  /** For the leader: every member with its metadata. */
  readonly members: readonly JoinedMember[]
}

export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

export interface SyncAnswer {
  readonly error: ErrorName
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export interface LeaveAnswer {
  readonly error: ErrorName
  readonly members: readonly LeftMember[]
}

export interface LeftMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly error: ErrorName
}

export const emptyAssignment = Buffer.alloc(0)

/** A group that does not exist. */
export function deadGroup(groupId: string): GroupState {
  return {
    groupId,
    kind: 'dead',
    generation: 0,
    protocolType: null,
    protocolName: null,
    leader: null,
    stateTimestampMs: -1,
    members: new Map(),
    staticMembers: new Map(),
    pendingJoin: new Set(),
    pendingSync: new Set(),
    parkedJoins: 0,
    subscribedTopics: null,
    initialRebalance: false,
    newMemberAdded: false,
  }
}

/** A group without members, as the first commit or join finds it. */
export function emptyGroup(groupId: string, nowMs: number): GroupState {
  return { ...deadGroup(groupId), kind: 'empty', stateTimestampMs: nowMs }
}

/** The refusal of a JoinGroup. */
export function joinRefused(error: ErrorName, memberId: string): JoinAnswer {
  return {
    error,
    memberId,
    generation: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    members: [],
  }
}

/** The refusal of a SyncGroup. */
export function syncRefused(error: ErrorName): SyncAnswer {
  return { error, protocolType: null, protocolName: null, assignment: emptyAssignment }
}

/** Largest rebalance time-out of the members: how long a rebalance waits for them. */
export function rebalanceTimeoutMs(members: ReadonlyMap<string, Member>): number {
  let longest = 0
  for (const member of members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
  return longest
}

/** Whether all members have parked a JoinGroup and no id that was given out is outstanding. */
export function hasAllMembersJoined(state: GroupState): boolean {
  return state.members.size === state.parkedJoins && state.pendingJoin.size === 0
}

/** What the member says under `protocolName`; empty when it does not offer the protocol. */
export function metadataOf(member: Member, protocolName: string | null): Buffer {
  const protocol = member.protocols.find(({ name }) => name === protocolName)
  return protocol?.metadata ?? emptyAssignment
}

/** KIP-345: why a member id and instance id may not act in this group; null when they may. */
export function memberError(
  state: GroupState,
  memberId: string,
  groupInstanceId: string | null,
): 'UNKNOWN_MEMBER_ID' | 'FENCED_INSTANCE_ID' | null {
  if (groupInstanceId !== null) {
    const current = state.staticMembers.get(groupInstanceId)
    if (current === undefined) return 'UNKNOWN_MEMBER_ID'
    if (current !== memberId) return 'FENCED_INSTANCE_ID'
  }
  return state.members.has(memberId) ? null : 'UNKNOWN_MEMBER_ID'
}
