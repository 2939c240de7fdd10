// Groups as an admin client sees them: which there are, who is in them, what they read.
import { decodeConsumerProtocolAssignment } from '../../protocol/codecs/consumer-protocol.ts'
import { Reader } from '../../protocol/reader.ts'
import { DecodeError } from '../../protocol/errors.ts'
import type { Cluster, ClusterNode } from './cluster.ts'
import { ClientError, clientError, throwOnError } from './errors.ts'
import { compareText, type TopicPartition } from './topics.ts'

export interface GroupListing {
  readonly groupId: string
  readonly protocolType: string
  /** Kafka's name of the state; empty where the broker does not tell. */
  readonly state: string
  /** Kafka's name of the type, with a capital letter. */
  readonly type: string
}

/** All groups of all brokers, sorted by id. */
export async function listGroups(
  cluster: Cluster,
  filter: { readonly states?: readonly string[]; readonly types?: readonly string[] } = {},
): Promise<readonly GroupListing[]> {
  const found = new Map<string, GroupListing>()
  for (const { id } of await cluster.brokers()) {
    const response = await cluster.retrying(async () => {
      const answer = await cluster.node(id, 'ListGroups', {
        statesFilter: filter.states ?? [],
        typesFilter: filter.types ?? [],
      })
      throwOnError(answer.errorCode)
      return answer
    }, 'ListGroups')
    for (const { groupId, protocolType, groupState, groupType } of response.groups) {
      const type = groupType.charAt(0).toUpperCase() + groupType.slice(1).toLowerCase()
      found.set(groupId, { groupId, protocolType, state: groupState, type })
    }
  }
  return [...found.values()].sort((left, right) => compareText(left.groupId, right.groupId))
}

/** Groups that Kafka's consumer tools speak of: of either protocol of consumers, or simple. */
export async function listConsumerGroups(
  cluster: Cluster,
  filter: { readonly states?: readonly string[]; readonly types?: readonly string[] } = {},
): Promise<readonly GroupListing[]> {
  const types =
    filter.types === undefined || filter.types.length === 0 ? ['Classic', 'Consumer'] : filter.types
  const groups = await listGroups(cluster, { states: filter.states ?? [], types })
  return groups.filter(
    ({ protocolType, type }) =>
      type === 'Consumer' || protocolType === 'consumer' || protocolType === '',
  )
}

export interface GroupMemberDescription {
  readonly memberId: string
  readonly instanceId: string | null
  /** Null also where the broker does not tell. */
  readonly rackId: string | null
  readonly clientId: string
  readonly host: string
  readonly assignment: readonly TopicPartition[]
  /** Null for classic groups, which have none. */
  readonly targetAssignment: readonly TopicPartition[] | null
  readonly memberEpoch: number | null
  /** Whether it uses the consumer protocol (KIP-848); null where the broker does not tell. */
  readonly upgraded: boolean | null
}

export interface ConsumerGroupDescription {
  readonly groupId: string
  readonly type: 'Classic' | 'Consumer'
  readonly state: string
  readonly assignor: string
  readonly coordinator: ClusterNode
  readonly members: readonly GroupMemberDescription[]
  readonly groupEpoch: number | null
  readonly targetAssignmentEpoch: number | null
}

/** A consumer group of either protocol. @throws ClientError GROUP_ID_NOT_FOUND and others */
export async function describeConsumerGroup(
  cluster: Cluster,
  groupId: string,
): Promise<ConsumerGroupDescription> {
  try {
    return await describeNewGroup(cluster, groupId)
  } catch (error) {
    const isOther =
      error instanceof ClientError &&
      (error.errorName === 'GROUP_ID_NOT_FOUND' || error.errorName === 'UNSUPPORTED_VERSION')
    if (!isOther) throw error
    return describeClassicGroup(cluster, groupId)
  }
}

async function describeNewGroup(
  cluster: Cluster,
  groupId: string,
): Promise<ConsumerGroupDescription> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'ConsumerGroupDescribe',
    { groupIds: [groupId], includeAuthorizedOperations: false },
    (answer) => answer.groups[0]?.errorCode ?? 0,
  )
  const [group] = response.groups
  if (group === undefined) throw clientError(groupIdNotFoundCode)
  throwOnError(group.errorCode, group.errorMessage)
  const partitionsOf = (
    assignment: (typeof group.members)[number]['assignment'],
  ): TopicPartition[] =>
    assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
      partitions.map((partition) => ({ topic: topicName, partition })),
    )
  return {
    groupId,
    type: 'Consumer',
    state: group.groupState,
    assignor: group.assignorName,
    coordinator: await cluster.findCoordinator('group', groupId),
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      rackId: member.rackId,
      clientId: member.clientId,
      host: member.clientHost,
      assignment: partitionsOf(member.assignment),
      targetAssignment: partitionsOf(member.targetAssignment),
      memberEpoch: member.memberEpoch,
      upgraded: member.memberType < 0 ? null : member.memberType === 1,
    })),
  }
}

const groupIdNotFoundCode = 69

async function describeClassicGroup(
  cluster: Cluster,
  groupId: string,
): Promise<ConsumerGroupDescription> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'DescribeGroups',
    { groups: [groupId], includeAuthorizedOperations: false },
    (answer) => answer.groups[0]?.errorCode ?? 0,
  )
  const [group] = response.groups
  if (group === undefined || group.errorCode === groupIdNotFoundCode) {
    throw clientError(groupIdNotFoundCode, `Group ${groupId} not found.`)
  }
  throwOnError(group.errorCode, group.errorMessage)
  if (group.protocolType !== '' && group.protocolType !== 'consumer') {
    throw new Error(`GroupId ${groupId} is not a consumer group (${group.protocolType}).`)
  }
  return {
    groupId,
    type: 'Classic',
    state: group.groupState,
    assignor: group.protocolData,
    coordinator: await cluster.findCoordinator('group', groupId),
    groupEpoch: null,
    targetAssignmentEpoch: null,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      rackId: null,
      clientId: member.clientId,
      host: member.clientHost,
      assignment: decodeAssignment(member.memberAssignment),
      targetAssignment: null,
      memberEpoch: null,
      upgraded: null,
    })),
  }
}

/** The partitions in a classic consumer's assignment; none where the bytes are something else. */
export function decodeAssignment(bytes: Buffer): readonly TopicPartition[] {
  if (bytes.length < 2) return []
  const reader = new Reader(bytes)
  try {
    const version = reader.int16()
    const { assignedPartitions } = decodeConsumerProtocolAssignment(reader, Math.min(version, 3))
    return assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  } catch (error) {
    if (error instanceof DecodeError) return []
    throw error
  }
}

/** Deletes a group. @throws ClientError */
export async function deleteGroup(cluster: Cluster, groupId: string): Promise<void> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'DeleteGroups',
    { groupsNames: [groupId] },
    (answer) => answer.results[0]?.errorCode ?? 0,
  )
  // Kafka's clients show the general text here, whatever the broker adds.
  for (const { errorCode } of response.results) throwOnError(errorCode)
}

/** Puts members out of their group: static ones by name, others by id. @throws ClientError of the first that stays */
export async function removeMembers(
  cluster: Cluster,
  groupId: string,
  members: readonly Pick<GroupMemberDescription, 'memberId' | 'instanceId'>[],
): Promise<void> {
  const response = await cluster.coordinator(
    'group',
    groupId,
    'LeaveGroup',
    {
      groupId,
      memberId: '',
      members: members.map(({ memberId, instanceId }) => ({
        memberId: instanceId === null ? memberId : '',
        groupInstanceId: instanceId,
        reason: 'member was removed by an admin',
      })),
    },
    ({ errorCode }) => errorCode,
  )
  throwOnError(response.errorCode)
  for (const { errorCode } of response.members) throwOnError(errorCode)
}
