/**
 * ConsumerGroupDescribe (69), v0-1: consumer groups with their members (KIP-848). v1 memberType:
 * who still speaks the classic protocol. Differs from Kafka: not at all.
 */
import type {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponseDescribedGroupInput,
  ConsumerGroupDescribeResponseInput,
} from '../../protocol/codecs/consumer-group-describe.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { consumerGroupNotFound } from '../coordinators/consumer-requests.ts'
import type {
  DescribedConsumerGroup,
  DescribedConsumerMember,
} from '../coordinators/consumer-requests.ts'
import { allOf } from '../base/all-of.ts'
import { authorizedOperations, operationsNotAsked } from './authorized-operations.ts'
import { servesConsumerGroups } from './consumer-group-heartbeat.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

type GroupInput = ConsumerGroupDescribeResponseDescribedGroupInput

/** memberType on the wire. */
const memberTypes = { classic: 0, consumer: 1 } as const

export const handleConsumerGroupDescribe: Handler<
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponseInput
> = (broker, request, context) => {
  const served = servesConsumerGroups(broker)
  const groups = request.groupIds.map((groupId) => {
    if (!served) return refused(groupId, 'UNSUPPORTED_VERSION')
    if (!broker.authorize(context, 'describe', 'group', groupId)) {
      return refused(groupId, 'GROUP_AUTHORIZATION_FAILED')
    }
    return chain(broker.groups.consumer.describe(groupId), (group) => {
      if (!seesAllTopics(broker, context, group)) return topicsHidden(groupId)
      const input = groupInput(groupId, group)
      if (!request.includeAuthorizedOperations || group.error !== 'NONE') return input
      const operations = authorizedOperations(broker, context, 'group', groupId)
      return { ...input, authorizedOperations: operations }
    })
  })
  return chain(allOf(groups), (answers) => ({ throttleTimeMs: 0, groups: answers }))
}

function seesAllTopics(
  broker: BrokerServices,
  context: RequestContext,
  { members }: DescribedConsumerGroup,
): boolean {
  const shown = new Set<string>()
  for (const { assignment, target } of members) {
    for (const { topicName } of [...assignment, ...target]) shown.add(topicName)
  }
  return [...shown].every((topic) => broker.authorize(context, 'describe', 'topic', topic))
}

function topicsHidden(groupId: string): GroupInput {
  const message = 'The group has described topic(s) that the client is not authorized to describe.'
  return groupInput(groupId, consumerGroupNotFound('TOPIC_AUTHORIZATION_FAILED', message))
}

function refused(groupId: string, error: ErrorName): GroupInput {
  return groupInput(groupId, consumerGroupNotFound(error, errorText(error)))
}

function groupInput(groupId: string, group: DescribedConsumerGroup): GroupInput {
  return {
    errorCode: errorCode(group.error),
    errorMessage: group.message,
    groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.assignor,
    members: group.members.map(memberInput),
    authorizedOperations: operationsNotAsked,
  }
}

function memberInput(member: DescribedConsumerMember): GroupInput['members'][number] {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.topicNames,
    subscribedTopicRegex: member.topicRegex,
    assignment: { topicPartitions: member.assignment },
    targetAssignment: { topicPartitions: member.target },
    memberType: member.usesClassicProtocol ? memberTypes.classic : memberTypes.consumer,
  }
}
