/**
 * ShareGroupHeartbeat (76), v1: the one request by which a member joins a share group, stays, learns
 * what to fetch from, and leaves (KIP-932). Differs from Kafka: the first answer assigns already,
 * where Kafka makes the state of the share partitions first and assigns with the next heartbeat.
 */
import type {
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponseInput,
} from '../../protocol/codecs/share-group-heartbeat.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { shareRefused } from '../coordinators/share/step.ts'
import type { ShareHeartbeatAnswer } from '../coordinators/share/step.ts'
import type { Handler } from './context.ts'
import { isMemberIdValid, servesShareGroups } from './share-groups.ts'

export const handleShareGroupHeartbeat: Handler<
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponseInput
> = (broker, request, context) => {
  if (!servesShareGroups(broker)) return refused('UNSUPPORTED_VERSION')
  if (!broker.authorize(context, 'read', 'group', request.groupId)) {
    return refused('GROUP_AUTHORIZATION_FAILED')
  }
  if (!isMemberIdValid(request.memberId)) return refused('INVALID_REQUEST')
  const mayDescribe = (topic: string) => broker.authorize(context, 'describe', 'topic', topic)
  if (request.subscribedTopicNames?.every(mayDescribe) === false) {
    return refused('TOPIC_AUTHORIZATION_FAILED')
  }
  return chain(broker.groups.share.heartbeat(request, context), response)
}

/** Refused before the group is asked: as Kafka, without a text. */
function refused(error: ErrorName): ShareGroupHeartbeatResponseInput {
  return { ...response(shareRefused(error)), errorMessage: null }
}

function response(answer: ShareHeartbeatAnswer): ShareGroupHeartbeatResponseInput {
  const { error, message, memberId, memberEpoch, heartbeatIntervalMs, assignment } = answer
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(error),
    errorMessage: error === 'NONE' ? null : (message ?? errorText(error)),
    memberId,
    memberEpoch,
    heartbeatIntervalMs,
    assignment: assignment && {
      topicPartitions: Array.from(assignment, ([topicId, partitions]) => ({ topicId, partitions })),
    },
  }
}
