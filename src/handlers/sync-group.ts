/**
 * SyncGroup (14), v0-5: the leader hands out the assignment, the others wait for theirs.
 * v3 groupInstanceId (KIP-345) · v4 flexible · v5 protocolType and protocolName, which must be
 * given (KIP-559). Differs from Kafka: a repeated SyncGroup answers the one that it replaces.
 */
import type { SyncGroupRequest, SyncGroupResponseInput } from '../../protocol/codecs/sync-group.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { syncRefused } from '../coordinators/classic/state.ts'
import type { SyncAnswer } from '../coordinators/classic/state.ts'
import type { Handler } from './context.ts'

const protocolRequiredVersion = 5

export const handleSyncGroup: Handler<SyncGroupRequest, SyncGroupResponseInput> = (
  broker,
  request,
  context,
) => {
  const namesProtocol = request.protocolType !== null && request.protocolName !== null
  if (context.apiVersion >= protocolRequiredVersion && !namesProtocol) {
    return response(syncRefused('INCONSISTENT_GROUP_PROTOCOL'))
  }
  if (!broker.authorize(context, 'read', 'group', request.groupId)) {
    return response(syncRefused('GROUP_AUTHORIZATION_FAILED'))
  }
  return chain(broker.groups.classic.sync(request, context), response)
}

function response(answer: SyncAnswer): SyncGroupResponseInput {
  const { error, protocolType, protocolName, assignment } = answer
  return { throttleTimeMs: 0, errorCode: errorCode(error), protocolType, protocolName, assignment }
}
