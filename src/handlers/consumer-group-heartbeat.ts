/**
 * ConsumerGroupHeartbeat (68), v0-1: the one request of a consumer group member (KIP-848): it
 * joins, stays, tells what it holds and is told what to hold, leaves. v1 regular expressions, and
 * clients make their member ids themselves (KIP-1082). Differs from Kafka: regular expressions are
 * looked up at once, not on another thread; what they find comes with the next heartbeat all the
 * same.
 */
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput,
} from '../../protocol/codecs/consumer-group-heartbeat.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { heartbeatRefused } from '../coordinators/consumer/step.ts'
import type { ConsumerHeartbeatAnswer } from '../coordinators/consumer/step.ts'
import type { BrokerServices, Handler } from './context.ts'

/** Clients act on it: they may use the protocol only where the cluster says so. */
const groupVersionFeature = 'group.version'

/** Whether consumer groups are served (group.version, group.coordinator.rebalance.protocols). */
export function servesConsumerGroups({ catalog, config }: BrokerServices): boolean {
  const level = catalog.features.get(groupVersionFeature) ?? 0
  return level >= 1 && config.groupCoordinatorRebalanceProtocols.includes('consumer')
}

export const handleConsumerGroupHeartbeat: Handler<
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput
> = (broker, request, context) => {
  if (!servesConsumerGroups(broker)) return response(heartbeatRefused('UNSUPPORTED_VERSION'))
  if (!broker.authorize(context, 'read', 'group', request.groupId)) {
    return response(heartbeatRefused('GROUP_AUTHORIZATION_FAILED'))
  }
  const mayDescribe = (topic: string, purpose?: 'probe') =>
    broker.authorize(context, 'describe', 'topic', topic, purpose)
  if (request.subscribedTopicNames?.every((topic) => mayDescribe(topic)) === false) {
    return response(heartbeatRefused('TOPIC_AUTHORIZATION_FAILED'))
  }
  // What a pattern stands for is filtered, silently.
  const mayMatch = (topic: string) => mayDescribe(topic, 'probe')
  return chain(broker.groups.consumer.heartbeat(request, context, mayMatch), response)
}

function response(answer: ConsumerHeartbeatAnswer): ConsumerGroupHeartbeatResponseInput {
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
