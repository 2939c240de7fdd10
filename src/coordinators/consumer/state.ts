// What a consumer group (KIP-848) is. All of it is persisted; replay.ts is its only writer. Members
// are immutable values: a member that changes is replaced.
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { MemberProtocol } from '../classic/state.ts'

/** Topic id → partition → the epoch at which the member was assigned it. */
export type OwnedPartitions = ReadonlyMap<string, ReadonlyMap<number, number>>

/**
 * Where a member stands on its way to its target assignment. `unrevoked`: it must give partitions
 * back; `unreleased`: it waits for partitions that others must give back; `unknown`: a state of a
 * version to come.
 */
export type MemberPhase = 'stable' | 'unrevoked' | 'unreleased' | 'unknown'

/** What a member of the classic protocol told in JoinGroup. */
export interface ClassicTerms {
  readonly sessionTimeoutMs: number
  readonly protocols: readonly MemberProtocol[]
}

/** What a member says of itself (ConsumerGroupMemberMetadataValue). */
export interface MemberMetadata {
  /** KIP-345. */
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka prints addresses: a slash before the IP. */
  readonly clientHost: string
  /** Ascending, each once. */
  readonly topicNames: readonly string[]
  /** RE2 syntax; '' for none. */
  readonly topicRegex: string
  readonly rebalanceTimeoutMs: number
  /** The assignor that it asks for; null: any. */
  readonly serverAssignor: string | null
  /** Set for members that speak the classic protocol. */
  readonly classic: ClassicTerms | null
}

/** What a member holds (ConsumerGroupCurrentMemberAssignmentValue). */
export interface MemberHolding {
  /** The target assignment's epoch that it has reached; -2: a static member that is away. */
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly phase: MemberPhase
  readonly assigned: OwnedPartitions
  /** Asked back; the member holds them until it says otherwise. */
  readonly pendingRevocation: OwnedPartitions
}

export interface ConsumerMember extends MemberMetadata, MemberHolding {
  readonly memberId: string
}

/** What a regular expression stood for when it was last looked at. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** Of the cluster's metadata. */
  readonly version: number
  /** Wall-clock ms. */
  readonly timestampMs: number
}

/** Epochs of groups and of targets begin here; the first change makes it 2. */
export const initialEpoch = 1
/** ConsumerGroupHeartbeat: the member leaves. */
export const leaveEpoch = -1
/** ConsumerGroupHeartbeat: the static member leaves and means to come back. */
export const leaveStaticEpoch = -2

export const ownsNothing: OwnedPartitions = new Map()

/** A group as its records say. Written by replay alone; everything else reads. */
export class ConsumerGroup {
  readonly groupId: string
  groupEpoch = initialEpoch
  /** Of what the members subscribe to; 0 of nothing. */
  metadataHash = 0
  /** Epoch of the target assignment; below `groupEpoch` a new one is due. */
  targetEpoch = initialEpoch
  /** Wall-clock ms at which the target was computed; 0 unknown. */
  targetTimestampMs = 0
  /** Kafka 4.0 stored the subscribed topics; that record goes with the next change. */
  hasPartitionMetadata = false
  /** In order of arrival. */
  readonly members = new Map<string, ConsumerMember>()
  /** group.instance.id → member id. */
  readonly staticMembers = new Map<string, string>()
  readonly target = new Map<string, TopicPartitions>()
  /** Topic id → partition → the member that holds it. */
  readonly owners = new Map<string, Map<number, string>>()
  readonly regexes = new Map<string, ResolvedRegex>()
  /** Regular expression → members that subscribe to it. */
  readonly regexSubscribers = new Map<string, number>()
  /** The topics' version that `metadataHash` was last compared with; not stored. */
  checkedTopicsVersion = -1

  constructor(groupId: string) {
    this.groupId = groupId
  }
}

/** The group as a decision reads it. */
export type ReadonlyGroup = Readonly<
  Omit<
    ConsumerGroup,
    'members' | 'staticMembers' | 'target' | 'owners' | 'regexes' | 'regexSubscribers'
  >
> & {
  readonly members: ReadonlyMap<string, ConsumerMember>
  readonly staticMembers: ReadonlyMap<string, string>
  readonly target: ReadonlyMap<string, TopicPartitions>
  readonly owners: ReadonlyMap<string, ReadonlyMap<number, string>>
  readonly regexes: ReadonlyMap<string, ResolvedRegex>
  readonly regexSubscribers: ReadonlyMap<string, number>
}

/** Names on the wire (ListGroups, ConsumerGroupDescribe). */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

export function consumerGroupState(group: ReadonlyGroup): ConsumerGroupState {
  if (group.members.size === 0) return 'Empty'
  if (group.groupEpoch > group.targetEpoch) return 'Assigning'
  for (const member of group.members.values()) {
    if (!isReconciled(member, group.targetEpoch)) return 'Reconciling'
  }
  return 'Stable'
}

/** Whether the member holds its share of the target of that epoch. */
export function isReconciled(member: ConsumerMember, targetEpoch: number): boolean {
  return member.phase === 'stable' && member.memberEpoch === targetEpoch
}

/** A member that has said nothing yet. */
export function newMember(memberId: string): ConsumerMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    topicNames: [],
    topicRegex: '',
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    classic: null,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    phase: 'stable',
    assigned: ownsNothing,
    pendingRevocation: ownsNothing,
  }
}

/** Whether both hold the same partitions, whatever the epochs. */
export function ownsTheSame(left: OwnedPartitions, right: OwnedPartitions): boolean {
  if (left.size !== right.size) return false
  for (const [topicId, partitions] of left) {
    const others = right.get(topicId)
    if (others === undefined || others.size !== partitions.size) return false
    for (const partition of partitions.keys()) if (!others.has(partition)) return false
  }
  return true
}

/** The partitions without their epochs. */
export function withoutEpochs(owned: OwnedPartitions): TopicPartitions {
  return new Map(
    Array.from(owned, ([topicId, partitions]) => [
      topicId,
      [...partitions.keys()].sort((a, b) => a - b),
    ]),
  )
}

/** The partitions, all assigned at `epoch`. */
export function withEpoch(partitions: TopicPartitions, epoch: number): OwnedPartitions {
  return new Map(
    Array.from(partitions, ([topicId, numbers]) => [
      topicId,
      new Map(numbers.map((partition) => [partition, epoch])),
    ]),
  )
}
