/**
 * ShareGroupDescribe (77), v1: share groups with their members and what these fetch from (KIP-932).
 * Differs from Kafka: not at all.
 */
import type {
  ShareGroupDescribeRequest,
  ShareGroupDescribeResponseDescribedGroupInput,
  ShareGroupDescribeResponseInput,
} from '../../protocol/codecs/share-group-describe.ts'
import { toTopicId } from '../base/brands.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { allOf } from '../base/all-of.ts'
import { chain } from '../base/maybe-promise.ts'
import type { TopicPartitions } from '../coordinators/assignors/assignor.ts'
import { shareGroupState } from '../coordinators/share/state.ts'
import type { ReadonlyShareGroup } from '../coordinators/share/state.ts'
import { authorizedOperations, operationsNotAsked } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { servesShareGroups } from './share-groups.ts'

type GroupInput = ShareGroupDescribeResponseDescribedGroupInput

export const handleShareGroupDescribe: Handler<
  ShareGroupDescribeRequest,
  ShareGroupDescribeResponseInput
> = (broker, request, context) => {
  const served = servesShareGroups(broker)
  const groups = request.groupIds.map((groupId) => {
    if (!served) return refused(groupId, 'UNSUPPORTED_VERSION')
    if (!broker.authorize(context, 'describe', 'group', groupId)) {
      return refused(groupId, 'GROUP_AUTHORIZATION_FAILED', null)
    }
    return chain(broker.groups.share.describe(groupId), (group) => {
      if ('error' in group) return refused(groupId, group.error, group.message)
      if (!seesAllTopics(broker, context, group)) return topicsHidden(groupId)
      const input = groupInput(broker, group)
      if (!request.includeAuthorizedOperations) return input
      const operations = authorizedOperations(broker, context, 'group', groupId)
      return { ...input, authorizedOperations: operations }
    })
  })
  return chain(allOf(groups), (answers) => ({ throttleTimeMs: 0, groups: answers }))
}

function seesAllTopics(
  broker: BrokerServices,
  context: RequestContext,
  { members }: ReadonlyShareGroup,
): boolean {
  const shown = new Set<string>()
  for (const { assigned } of members.values()) {
    for (const { topicName } of topicsOf(broker, assigned)) shown.add(topicName)
  }
  return [...shown].every((topic) => broker.authorize(context, 'describe', 'topic', topic))
}

function topicsHidden(groupId: string): GroupInput {
  const message = 'The group has described topic(s) that the client is not authorized to describe.'
  return refused(groupId, 'TOPIC_AUTHORIZATION_FAILED', message)
}

function groupInput(broker: BrokerServices, group: ReadonlyShareGroup): GroupInput {
  return {
    errorCode: 0,
    errorMessage: null,
    groupId: group.groupId,
    groupState: shareGroupState(group),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.targetEpoch,
    assignorName: 'simple',
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.memberId,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: member.topicNames,
      assignment: { topicPartitions: topicsOf(broker, member.assigned) },
    })),
    authorizedOperations: operationsNotAsked,
  }
}

/** Topics that are gone by now are not shown. */
function topicsOf({ catalog }: BrokerServices, assigned: TopicPartitions) {
  return Array.from(assigned, ([topicId, partitions]) => {
    const topic = catalog.topicById(toTopicId(topicId))
    return topic === undefined ? [] : [{ topicId, topicName: topic.name, partitions }]
  }).flat()
}

function refused(
  groupId: string,
  error: ErrorName,
  message: string | null = errorText(error),
): GroupInput {
  return {
    errorCode: errorCode(error),
    errorMessage: message,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
    authorizedOperations: operationsNotAsked,
  }
}
