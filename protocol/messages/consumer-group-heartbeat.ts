// ConsumerGroupHeartbeat (68): The one request of a consumer group member (KIP-848).

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  topicName,
  uuid,
  withDefault,
} from '../schema.ts'

const topicPartitions = struct('TopicPartitions', {
  topicId: uuid(),
  partitions: array(int32()),
})

export const consumerGroupHeartbeat = defineApi({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: groupId(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: withDefault(nullable(string()), null),
    rackId: withDefault(nullable(string()), null),
    rebalanceTimeoutMs: withDefault(int32(), -1),
    subscribedTopicNames: withDefault(nullable(array(topicName())), null),
    subscribedTopicRegex: since(1, nullable(string()), null),
    serverAssignor: withDefault(nullable(string()), null),
    topicPartitions: withDefault(
      nullable(
        array(
          struct('TopicPartitions', {
            topicId: uuid(),
            partitions: array(int32()),
          }),
        ),
      ),
      null,
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: withDefault(nullable(string()), null),
    memberId: withDefault(nullable(string()), null),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: withDefault(
      nullable(
        struct('Assignment', {
          topicPartitions: array(topicPartitions),
        }),
      ),
      null,
    ),
  },
})
