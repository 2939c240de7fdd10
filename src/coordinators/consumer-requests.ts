// ConsumerGroupHeartbeat and ConsumerGroupDescribe between handlers and the machine: what needs no
// group to be refused, and the group as it is shown.
import type { ConsumerGroupHeartbeatRequest } from '../../protocol/codecs/consumer-group-heartbeat.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { noPartitions } from './assignors/assignor.ts'
import type { TopicPartitions } from './assignors/assignor.ts'
import { heartbeatRefused } from './consumer/step.ts'
import type {
  ConsumerHeartbeatAnswer,
  ConsumerHeartbeatEvent,
  ConsumerRules,
  TopicsView,
} from './consumer/step.ts'
import { consumerGroupState, leaveEpoch, leaveStaticEpoch } from './consumer/state.ts'
import type { ConsumerMember, OwnedPartitions } from './consumer/state.ts'
import type { GroupShard } from './shard.ts'
import { preferredAssignor } from './consumer/target-assignment.ts'

/** From this version of ConsumerGroupHeartbeat on clients make their ids themselves (KIP-1082). */
const ownMemberIdVersion = 1

/** Why the request is refused, whatever the group; null when it is not. In Kafka's order. */
export function heartbeatProblem(
  request: ConsumerGroupHeartbeatRequest,
  apiVersion: number,
  rules: ConsumerRules,
): ConsumerHeartbeatAnswer | null {
  const problem = invalidity(request, apiVersion)
  if (problem !== null) return heartbeatRefused('INVALID_REQUEST', problem)
  const { serverAssignor } = request
  if (serverAssignor === null || rules.assignors.some((name) => name === serverAssignor))
    return null
  return heartbeatRefused(
    'UNSUPPORTED_ASSIGNOR',
    `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${rules.assignors.join(', ')}.`,
  )
}

function invalidity(request: ConsumerGroupHeartbeatRequest, apiVersion: number): string | null {
  const { memberId, memberEpoch, topicPartitions } = request
  const needsId = apiVersion >= ownMemberIdVersion || memberEpoch > 0 || memberEpoch === leaveEpoch
  if (needsId && isBlank(memberId)) return "MemberId can't be empty."
  if (isBlank(request.groupId)) return "GroupId can't be empty."
  if (isBlank(request.instanceId)) return "InstanceId can't be empty."
  if (isBlank(request.rackId)) return "RackId can't be empty."
  if (memberEpoch === 0) {
    if (request.rebalanceTimeoutMs === -1) {
      return 'RebalanceTimeoutMs must be provided in first request.'
    }
    if (topicPartitions === null || topicPartitions.length > 0) {
      return 'TopicPartitions must be empty when (re-)joining.'
    }
    if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
      return 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.'
    }
  } else if (memberEpoch === leaveStaticEpoch && request.instanceId === null) {
    return "InstanceId can't be null."
  } else if (memberEpoch < leaveStaticEpoch) return 'MemberEpoch is invalid.'
  return null
}

function isBlank(text: string | null): boolean {
  return text !== null && text.trim() === ''
}

/** The request as the group is told of it; what `how` says is not in it. */
export function heartbeatEvent(
  request: ConsumerGroupHeartbeatRequest,
  how: Pick<
    ConsumerHeartbeatEvent,
    'ticket' | 'newMemberId' | 'clientId' | 'clientHost' | 'mayDescribe'
  >,
): ConsumerHeartbeatEvent {
  const { memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor } = request
  const { topicPartitions } = request
  assert(how.newMemberId !== '', 'an id is ready for who has none')
  return {
    kind: 'consumer-heartbeat',
    ...{ memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor },
    topicNames: request.subscribedTopicNames,
    topicRegex: request.subscribedTopicRegex,
    owned:
      topicPartitions &&
      new Map(topicPartitions.map(({ topicId, partitions }) => [topicId, partitions])),
    ...how,
  }
}

export interface DescribedConsumerGroup {
  readonly error: ErrorName
  readonly message: string | null
  readonly state: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly assignor: string
  readonly members: readonly DescribedConsumerMember[]
}

export interface DescribedConsumerMember extends Pick<
  ConsumerMember,
  'memberId' | 'instanceId' | 'rackId' | 'memberEpoch' | 'clientId' | 'clientHost'
> {
  readonly topicNames: readonly string[]
  readonly topicRegex: string
  readonly usesClassicProtocol: boolean
  /** What it holds, with what it is asked to give back. */
  readonly assignment: readonly DescribedTopic[]
  readonly target: readonly DescribedTopic[]
}

export interface DescribedTopic {
  readonly topicId: string
  readonly topicName: string
  readonly partitions: readonly number[]
}

export function consumerGroupNotFound(error: ErrorName, message: string): DescribedConsumerGroup {
  const nothing = { state: '', groupEpoch: 0, assignmentEpoch: 0, assignor: '', members: [] }
  return { error, message, ...nothing }
}

/** The group as it is shown; of a classic group nothing is. */
export function describeConsumerGroup(
  shard: GroupShard,
  groupId: string,
  { rules, topics }: { readonly rules: ConsumerRules; readonly topics: TopicsView },
): DescribedConsumerGroup {
  const group = shard.consumerGroup(groupId)
  if (group === undefined) {
    const why = shard.kindOf(groupId) === null ? 'not found' : 'is not a consumer group'
    return consumerGroupNotFound('GROUP_ID_NOT_FOUND', `Group ${groupId} ${why}.`)
  }
  const members = Array.from(group.members.values(), (member) => ({
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    topicNames: member.topicNames,
    topicRegex: member.topicRegex,
    usesClassicProtocol: member.classic !== null,
    assignment: describeShare(held(member), topics),
    target: describeShare(group.target.get(member.memberId) ?? noPartitions, topics),
  }))
  return {
    error: 'NONE',
    message: null,
    state: consumerGroupState(group),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.targetEpoch,
    assignor: preferredAssignor(group.members.values(), rules),
    members,
  }
}

function held({ assigned, pendingRevocation }: ConsumerMember): TopicPartitions {
  const partitions = new Map<string, number[]>()
  for (const owned of [assigned, pendingRevocation] satisfies OwnedPartitions[]) {
    for (const [topicId, numbers] of owned) {
      const before = partitions.get(topicId) ?? []
      partitions.set(
        topicId,
        [...before, ...numbers.keys()].sort((a, b) => a - b),
      )
    }
  }
  return partitions
}

function describeShare(share: TopicPartitions, topics: TopicsView): DescribedTopic[] {
  return Array.from(share, ([topicId, partitions]) => {
    const topic = topics.byId(topicId)
    return topic === undefined ? [] : [{ topicId, topicName: topic.name, partitions }]
  }).flat()
}
