/**
 * DescribeGroups (15), v0-6: classic groups with their members. v1 throttleTimeMs · v3 authorized
 * operations (KIP-430) · v4 groupInstanceId (KIP-345) · v5 flexible · v6 GROUP_ID_NOT_FOUND with a
 * text for what was just a Dead group. Differs from Kafka: not at all.
 */
import type {
  DescribeGroupsRequest,
  DescribeGroupsResponseDescribedGroupInput,
  DescribeGroupsResponseInput,
} from '../../protocol/codecs/describe-groups.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { DescribedGroup } from '../coordinators/group-views.ts'
import { allOf } from '../base/all-of.ts'
import { authorizedOperations, operationsNotAsked } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

type GroupInput = DescribeGroupsResponseDescribedGroupInput

const notFoundVersion = 6

export const handleDescribeGroups: Handler<DescribeGroupsRequest, DescribeGroupsResponseInput> = (
  broker,
  request,
  context,
) => {
  const groups = request.groups.map((groupId) => {
    if (!broker.authorize(context, 'describe', 'group', groupId)) return notAuthorized(groupId)
    return chain(broker.groups.classic.describe(groupId), (group) => {
      const answer = groupInput(groupId, group, context.apiVersion)
      if (!request.includeAuthorizedOperations || answer.errorCode !== 0) return answer
      return withOperations(broker, context, answer)
    })
  })
  return chain(allOf(groups), (answers) => ({ throttleTimeMs: 0, groups: answers }))
}

function groupInput(groupId: string, group: DescribedGroup, apiVersion: number): GroupInput {
  const { error } = group
  const isOldDead = error === 'GROUP_ID_NOT_FOUND' && apiVersion < notFoundVersion
  const shown = isOldDead ? 'NONE' : error
  // Only of a group that does not exist the state is known to be Dead.
  const isKnown = error === 'NONE' || error === 'GROUP_ID_NOT_FOUND'
  return {
    errorCode: errorCode(shown),
    errorMessage: shown === 'NONE' ? null : group.message,
    groupId,
    groupState: isKnown ? group.state : '',
    protocolType: group.protocolType,
    protocolData: group.protocol,
    members: group.members.map(({ metadata, assignment, ...member }) => {
      return { ...member, memberMetadata: metadata, memberAssignment: assignment }
    }),
    authorizedOperations: operationsNotAsked,
  }
}

function notAuthorized(groupId: string): GroupInput {
  return {
    errorCode: errorCode('GROUP_AUTHORIZATION_FAILED'),
    errorMessage: errorText('GROUP_AUTHORIZATION_FAILED'),
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: operationsNotAsked,
  }
}

function withOperations(
  broker: BrokerServices,
  context: RequestContext,
  answer: GroupInput,
): GroupInput {
  const operations = authorizedOperations(broker, context, 'group', answer.groupId)
  return { ...answer, authorizedOperations: operations }
}
