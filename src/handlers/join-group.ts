/**
 * JoinGroup (11), v0-9: a classic group's member asks to be in its next generation; the answer
 * comes when that begins. v1 rebalanceTimeoutMs · v4 MEMBER_ID_REQUIRED (KIP-394) · v5
 * groupInstanceId (KIP-345) · v6 flexible · v7 protocolType (KIP-559) · v8 reason (KIP-800) · v9
 * skipAssignment (KIP-814). Differs from Kafka: a repeated JoinGroup answers the one that it
 * replaces.
 */
import type { JoinGroupRequest, JoinGroupResponseInput } from '../../protocol/codecs/join-group.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { joinRefused } from '../coordinators/classic/state.ts'
import type { JoinAnswer } from '../coordinators/classic/state.ts'
import type { Handler } from './context.ts'

/** Before it a null protocol name cannot be said. */
const nullableProtocolVersion = 7

export const handleJoinGroup: Handler<JoinGroupRequest, JoinGroupResponseInput> = (
  broker,
  request,
  context,
) => {
  const { apiVersion } = context
  if (!broker.authorize(context, 'read', 'group', request.groupId)) {
    return response(joinRefused('GROUP_AUTHORIZATION_FAILED', ''), apiVersion)
  }
  return chain(broker.groups.classic.join(request, context), (answer) =>
    response(answer, apiVersion),
  )
}

function response(answer: JoinAnswer, apiVersion: number): JoinGroupResponseInput {
  const { protocolName } = answer
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(answer.error),
    generationId: answer.generation,
    protocolType: answer.protocolType,
    protocolName: apiVersion < nullableProtocolVersion ? (protocolName ?? '') : protocolName,
    leader: answer.leader,
    skipAssignment: answer.skipAssignment,
    memberId: answer.memberId,
    members: answer.members,
  }
}
