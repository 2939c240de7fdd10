/**
 * Heartbeat (12), v0-4: a classic group's member says it is alive, and learns of rebalances.
 * v1 throttleTimeMs · v3 groupInstanceId (KIP-345) · v4 flexible. Differs from Kafka: not at all.
 */
import type { HeartbeatRequest, HeartbeatResponseInput } from '../../protocol/codecs/heartbeat.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { Handler } from './context.ts'

export const handleHeartbeat: Handler<HeartbeatRequest, HeartbeatResponseInput> = (
  broker,
  request,
  context,
) => {
  if (!broker.authorize(context, 'read', 'group', request.groupId)) {
    return response('GROUP_AUTHORIZATION_FAILED')
  }
  return chain(broker.groups.classic.heartbeat(request, context), response)
}

function response(error: ErrorName): HeartbeatResponseInput {
  return { throttleTimeMs: 0, errorCode: errorCode(error) }
}
