/**
 * LeaveGroup (13), v0-5: members leave, or an administrator removes them. v1 throttleTimeMs · v3 a
 * list of members, by instance id too (KIP-345) · v4 flexible · v5 reason (KIP-800).
 * Differs from Kafka: not at all.
 */
import type {
  LeaveGroupRequest,
  LeaveGroupResponseInput,
} from '../../protocol/codecs/leave-group.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { LeaveAnswer } from '../coordinators/classic/state.ts'
import type { Handler } from './context.ts'

/** Before it one member leaves, and its error is the answer's. */
const memberListVersion = 3

export const handleLeaveGroup: Handler<LeaveGroupRequest, LeaveGroupResponseInput> = (
  broker,
  request,
  context,
) => {
  const { groupId, memberId } = request
  const single = context.apiVersion < memberListVersion
  if (!broker.authorize(context, 'read', 'group', groupId)) {
    return response({ error: 'GROUP_AUTHORIZATION_FAILED', members: [] }, single)
  }
  const members = single ? [{ memberId, groupInstanceId: null }] : request.members
  return chain(broker.groups.classic.leave({ groupId, members }), (answer) =>
    response(answer, single),
  )
}

function response(answer: LeaveAnswer, single: boolean): LeaveGroupResponseInput {
  if (single) return { throttleTimeMs: 0, errorCode: errorCode(singleError(answer)), members: [] }
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(answer.error),
    members: answer.members.map(({ memberId, groupInstanceId, error }) => {
      return { memberId, groupInstanceId, errorCode: errorCode(error) }
    }),
  }
}

function singleError({ error, members }: LeaveAnswer): ErrorName {
  return error === 'NONE' ? (members[0]?.error ?? 'NONE') : error
}
