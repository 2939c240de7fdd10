// Streams groups as an admin client sees them: their members' tasks, and the topics of their topology.
import type { Cluster, ClusterNode } from './cluster.ts'
import { clientError, throwOnError } from './errors.ts'

/** Partitions of one subtopology. */
export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

export interface StreamsAssignment {
  readonly activeTasks: readonly TaskIds[]
  readonly standbyTasks: readonly TaskIds[]
  readonly warmupTasks: readonly TaskIds[]
}

export interface StreamsMember {
  readonly memberId: string
  readonly processId: string
  readonly clientId: string
  readonly memberEpoch: number
  readonly isClassic: boolean
  readonly assignment: StreamsAssignment
  readonly targetAssignment: StreamsAssignment
}

/** Topics of a part of the topology that runs by itself. */
export interface Subtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly repartitionSourceTopics: readonly string[]
  readonly stateChangelogTopics: readonly string[]
}

export interface StreamsGroupDescription {
  readonly groupId: string
  readonly state: string
  readonly coordinator: ClusterNode
  readonly groupEpoch: number
  readonly targetAssignmentEpoch: number
  readonly topologyEpoch: number
  readonly subtopologies: readonly Subtopology[]
  readonly members: readonly StreamsMember[]
}

const groupIdNotFoundCode = 69

/** @throws ClientError GROUP_ID_NOT_FOUND and others */
export async function describeStreamsGroup(
  cluster: Cluster,
  groupId: string,
): Promise<StreamsGroupDescription> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'StreamsGroupDescribe',
    { groupIds: [groupId], includeAuthorizedOperations: false, includeTopologyDescription: false },
    (answer) => answer.groups[0]?.errorCode ?? 0,
  )
  const [group] = response.groups
  if (group === undefined) throw clientError(groupIdNotFoundCode)
  throwOnError(group.errorCode, group.errorMessage)
  const names = (topics: readonly { readonly name: string }[]): readonly string[] =>
    topics.map(({ name }) => name)
  return {
    groupId,
    state: group.groupState,
    coordinator: await cluster.findCoordinator('group', groupId),
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    topologyEpoch: group.topology?.epoch ?? 0,
    subtopologies: (group.topology?.subtopologies ?? []).map((part) => ({
      subtopologyId: part.subtopologyId,
      sourceTopics: part.sourceTopics,
      repartitionSourceTopics: names(part.repartitionSourceTopics),
      stateChangelogTopics: names(part.stateChangelogTopics),
    })),
    members: group.members,
  }
}
