// ShareGroupHeartbeat (76): Joins, leaves and keeps membership of a share group (KIP-932).

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
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

export const shareGroupHeartbeat = defineApi({
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: [1, 1],
  flexibleFrom: 0,
  request: {
    groupId: groupId(),
    memberId: string(),
    memberEpoch: int32(),
    rackId: withDefault(nullable(string()), null),
    subscribedTopicNames: withDefault(nullable(array(topicName())), null),
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
