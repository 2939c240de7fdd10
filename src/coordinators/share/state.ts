// What a share group (KIP-932) is. All of it is persisted; replay.ts is its only writer. Members are
// immutable values: a member that changes is replaced.
import type { TopicPartitions } from '../assignors/assignor.ts'

/** What a member says of itself (ShareGroupMemberMetadataValue). */
export interface ShareMemberMetadata {
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka prints addresses: a slash before the IP. */
  readonly clientHost: string
  /** Ascending, each once. */
  readonly topicNames: readonly string[]
}

/** What a member is to fetch from (ShareGroupCurrentMemberAssignmentValue). */
export interface ShareMemberHolding {
  /** The target assignment's epoch that it has reached; -1: it is leaving. */
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly assigned: TopicPartitions
}

export interface ShareMember extends ShareMemberMetadata, ShareMemberHolding {
  readonly memberId: string
}

/** Partitions of a topic whose state is being made, or is there. */
export interface InitializedTopic {
  readonly topicName: string
  /** Ascending. */
  readonly partitions: readonly number[]
}

/**
 * Which share partitions have a state in `__share_group_state`
 * (ShareGroupStatePartitionMetadataValue); by topic id.
 */
export interface SharePartitionsMetadata {
  readonly initializing: ReadonlyMap<string, InitializedTopic>
  readonly initialized: ReadonlyMap<string, InitializedTopic>
  /** Topic id → name. */
  readonly deleting: ReadonlyMap<string, string>
}

export const noSharePartitions: SharePartitionsMetadata = {
  initializing: new Map(),
  initialized: new Map(),
  deleting: new Map(),
}

/** Epochs of groups and of targets begin here; the first change makes it 2. */
export const initialEpoch = 1
/** ShareGroupHeartbeat: the member leaves. */
export const leaveEpoch = -1

/** A group as its records say. Written by replay alone; everything else reads. */
export class ShareGroup {
  readonly groupId: string
  groupEpoch = initialEpoch
  /** Of what the members subscribe to; 0 of nothing. */
  metadataHash = 0
  /** Epoch of the target assignment; below `groupEpoch` a new one is due. */
  targetEpoch = initialEpoch
  /** Wall-clock ms at which the target was computed; 0 unknown. */
  targetTimestampMs = 0
  /** In order of arrival. */
  readonly members = new Map<string, ShareMember>()
  readonly target = new Map<string, TopicPartitions>()
  partitions: SharePartitionsMetadata = noSharePartitions
  /** The topics' version that `metadataHash` was last compared with; not stored. */
  checkedTopicsVersion = -1

  constructor(groupId: string) {
    this.groupId = groupId
  }
}

/** The group as a decision reads it. */
export type ReadonlyShareGroup = Readonly<Omit<ShareGroup, 'members' | 'target'>> & {
  readonly members: ReadonlyMap<string, ShareMember>
  readonly target: ReadonlyMap<string, TopicPartitions>
}

/** Names on the wire (ListGroups, ShareGroupDescribe). */
export type ShareGroupState = 'Empty' | 'Stable'

export function shareGroupState({ members }: ReadonlyShareGroup): ShareGroupState {
  return members.size === 0 ? 'Empty' : 'Stable'
}

/** A member that has said nothing yet. */
export function newShareMember(memberId: string): ShareMember {
  return {
    memberId,
    rackId: null,
    clientId: '',
    clientHost: '',
    topicNames: [],
    memberEpoch: 0,
    previousMemberEpoch: -1,
    assigned: new Map(),
  }
}
