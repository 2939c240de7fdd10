// What a streams group (KIP-1071) is. What its records say is written by replay.ts alone; what is
// not stored stands at the end of the class. Members are immutable values.
import type { MemberPhase } from '../consumer/state.ts'
import type { ConfiguredTopology, Topology } from './topology.ts'
import { eachRole, holdsNoTasks } from './tasks.ts'
import type { HeldTasks, TaskIds, TaskRole, Tasks } from './tasks.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** What a member says of itself (StreamsGroupMemberMetadataValue). */
export interface StreamsMemberMetadata {
  /** KIP-345. */
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka prints addresses: a slash before the IP. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly topologyEpoch: number
  /** Members of one process share its local state: no two of them have the same task. */
  readonly processId: string
  /** Where interactive queries reach the process. */
  readonly userEndpoint: Endpoint | null
  /** By key, ascending. */
  readonly clientTags: ReadonlyMap<string, string>
}

/** What a member holds (StreamsGroupCurrentMemberAssignmentValue). */
export interface StreamsHolding {
  /** The target assignment's epoch that it has reached; -2: a static member that is away. */
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly phase: MemberPhase
  readonly assigned: HeldTasks
  /** Asked back; the member holds them until it says otherwise. */
  readonly pendingRevocation: HeldTasks
}

export interface StreamsMember extends StreamsMemberMetadata, StreamsHolding {
  readonly memberId: string
}

/** Subtopology id → partition → member id → its process id. */
export type TaskHolders = Map<string, Map<number, Map<string, string>>>

/** How far a member's local state has come: changelog offsets summed up by task. */
export interface TaskOffset {
  readonly subtopologyId: string
  readonly partition: number
  readonly offset: number
}

export interface ReportedOffsets {
  readonly offsets: readonly TaskOffset[]
  readonly endOffsets: readonly TaskOffset[]
}

/** Epochs of groups and of targets begin here; the first change makes it 2. */
export const initialEpoch = 1
/** The topology was never found to fit the topics. */
export const notValidated = -1

export class StreamsGroup {
  readonly groupId: string
  groupEpoch = initialEpoch
  /** Of the topics that the topology needs; 0 of nothing. */
  metadataHash = 0
  /** The topology's epoch when all its topics were found as they must be; -1: they were not. */
  validatedTopologyEpoch = notValidated
  /** What assignors go by, as of the last epoch. */
  assignmentConfigs: ReadonlyMap<string, string> = new Map()
  topology: Topology | null = null
  /** Epoch of the target assignment; below `groupEpoch` a new one is due. */
  targetEpoch = initialEpoch
  /** Wall-clock ms at which the target was computed; 0 unknown. */
  targetTimestampMs = 0
  /** In order of arrival. */
  readonly members = new Map<string, StreamsMember>()
  /** group.instance.id → member id. */
  readonly staticMembers = new Map<string, string>()
  readonly target = new Map<string, Tasks>()
  readonly holders: Readonly<Record<TaskRole, TaskHolders>> = eachRole(() => new Map())

  /** Not stored, as all below: the topology laid over the topics, and of which version. */
  configured: ConfiguredTopology | null = null
  checkedTopicsVersion = -1
  /** Grows whenever the tasks of a member with an endpoint change. */
  endpointEpoch = 0
  /** The first members of an empty group wait for others until this wall-clock ms; 0: no wait. */
  delayedUntilMs = 0
  /** Who asked that the whole application stops; until the group is empty. */
  shutdownBy: string | null = null
  /** By member. */
  readonly reported = new Map<string, ReportedOffsets>()

  constructor(groupId: string) {
    this.groupId = groupId
  }
}

/** The group as a decision reads it. */
export type ReadonlyStreamsGroup = Readonly<
  Omit<StreamsGroup, 'members' | 'staticMembers' | 'target' | 'holders' | 'reported'>
> & {
  readonly members: ReadonlyMap<string, StreamsMember>
  readonly staticMembers: ReadonlyMap<string, string>
  readonly target: ReadonlyMap<string, Tasks>
  readonly holders: Readonly<
    Record<TaskRole, ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<string, string>>>>
  >
  readonly reported: ReadonlyMap<string, ReportedOffsets>
}

/** Names on the wire (ListGroups, StreamsGroupDescribe). */
export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable'

export function streamsGroupState(group: ReadonlyStreamsGroup): StreamsGroupState {
  if (group.members.size === 0) return 'Empty'
  if (group.topology?.epoch !== group.validatedTopologyEpoch) return 'NotReady'
  if (group.groupEpoch > group.targetEpoch) return 'Assigning'
  for (const member of group.members.values()) {
    if (!isReconciled(member, group.targetEpoch)) return 'Reconciling'
  }
  return 'Stable'
}

/** Whether the member holds its share of the target of that epoch. */
export function isReconciled(member: StreamsMember, targetEpoch: number): boolean {
  return member.phase === 'stable' && member.memberEpoch === targetEpoch
}

/** A member that has said nothing yet. */
export function newStreamsMember(memberId: string): StreamsMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topologyEpoch: -1,
    processId: '',
    userEndpoint: null,
    clientTags: new Map(),
    memberEpoch: 0,
    previousMemberEpoch: -1,
    phase: 'stable',
    assigned: holdsNoTasks,
    pendingRevocation: holdsNoTasks,
  }
}

/** The member's own tasks in one role, with those that it is asked to give back. */
export function tasksInRole(member: StreamsMember, role: TaskRole): TaskIds {
  const tasks = new Map<string, number[]>()
  for (const held of [member.assigned[role], member.pendingRevocation[role]]) {
    for (const [subtopologyId, partitions] of held) {
      const all = [...(tasks.get(subtopologyId) ?? []), ...partitions.keys()]
      tasks.set(
        subtopologyId,
        all.sort((a, b) => a - b),
      )
    }
  }
  return tasks
}
