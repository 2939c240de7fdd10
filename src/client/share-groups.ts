// Share groups as an admin client sees them: who is in them, and where their partitions begin.
import type { Cluster, ClusterNode } from './cluster.ts'
import { clientError, throwOnError, type ClientError } from './errors.ts'
import { byTopic, type TopicPartition } from './topics.ts'

const groupIdNotFoundCode = 69

export interface ShareMember {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
  readonly memberEpoch: number
  readonly assignment: readonly TopicPartition[]
}

export interface ShareGroupDescription {
  readonly groupId: string
  readonly state: string
  readonly coordinator: ClusterNode
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly members: readonly ShareMember[]
}

/** @throws ClientError GROUP_ID_NOT_FOUND and others */
export async function describeShareGroup(
  cluster: Cluster,
  groupId: string,
): Promise<ShareGroupDescription> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'ShareGroupDescribe',
    { groupIds: [groupId], includeAuthorizedOperations: false },
    (answer) => answer.groups[0]?.errorCode ?? 0,
  )
  const [group] = response.groups
  if (group === undefined) throw clientError(groupIdNotFoundCode)
  throwOnError(group.errorCode, group.errorMessage)
  return {
    groupId,
    state: group.groupState,
    coordinator: await cluster.findCoordinator('group', groupId),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      clientId: member.clientId,
      host: member.clientHost,
      memberEpoch: member.memberEpoch,
      assignment: member.assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, partition })),
      ),
    })),
  }
}

/** Where a share partition begins; null: nothing was read of it. */
export interface ShareOffset extends TopicPartition {
  readonly startOffset: number | null
  readonly leaderEpoch: number | null
  readonly lag: number | null
}

/** The partitions that the group has ever read. */
export async function shareGroupOffsets(
  cluster: Cluster,
  groupId: string,
): Promise<readonly ShareOffset[]> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'DescribeShareGroupOffsets',
    { groups: [{ groupId, topics: null }] },
    (answer) => answer.groups[0]?.errorCode ?? 0,
  )
  const [group] = response.groups
  throwOnError(group?.errorCode ?? groupIdNotFoundCode, group?.errorMessage)
  const known = (value: number): number | null => (value < 0 ? null : value)
  return (group?.topics ?? []).flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => {
      throwOnError(partition.errorCode, partition.errorMessage)
      const startOffset = known(partition.startOffset)
      return {
        topic: topicName,
        partition: partition.partitionIndex,
        startOffset,
        leaderEpoch: startOffset === null ? null : partition.leaderEpoch,
        lag: startOffset === null ? null : known(partition.lag),
      }
    }),
  )
}

/** Has the group begin elsewhere. @throws ClientError for the group, and for the first partition that refuses */
export async function alterShareOffsets(
  cluster: Cluster,
  groupId: string,
  offsets: readonly (TopicPartition & { readonly offset: number })[],
): Promise<void> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'AlterShareGroupOffsets',
    {
      groupId,
      topics: [...byTopic(offsets)].map(([topicName, partitions]) => ({
        topicName,
        partitions: partitions.map(({ partition, offset }) => ({
          partitionIndex: partition,
          startOffset: offset,
        })),
      })),
    },
    (answer) => answer.errorCode,
  )
  throwOnError(response.errorCode, response.errorMessage)
  for (const { partitions } of response.responses) {
    for (const { errorCode, errorMessage } of partitions) throwOnError(errorCode, errorMessage)
  }
}

/** Forgets topics; what became of each. @throws ClientError for the group */
export async function deleteShareOffsets(
  cluster: Cluster,
  groupId: string,
  topics: readonly string[],
): Promise<readonly { readonly topic: string; readonly error: ClientError | null }[]> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'DeleteShareGroupOffsets',
    { groupId, topics: topics.map((topicName) => ({ topicName })) },
    (answer) => answer.errorCode,
  )
  throwOnError(response.errorCode, response.errorMessage)
  return response.responses.map(({ topicName, errorCode, errorMessage }) => ({
    topic: topicName,
    error: errorCode === 0 ? null : clientError(errorCode, errorMessage),
  }))
}
