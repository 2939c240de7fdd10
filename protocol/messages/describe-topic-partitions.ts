// DescribeTopicPartitions (75): Topics and partitions page by page (KIP-966).

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  nullable,
  struct,
  topicName,
  uuid,
  withDefault,
} from '../schema.ts'

export const describeTopicPartitions = defineApi({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    topics: array(
      struct('TopicRequest', {
        name: topicName(),
      }),
    ),
    responsePartitionLimit: withDefault(int32(), 2000),
    cursor: withDefault(
      nullable(
        struct('Cursor', {
          topicName: topicName(),
          partitionIndex: int32(),
        }),
      ),
      null,
    ),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array(
      struct('DescribeTopicPartitionsResponseTopic', {
        errorCode: int16(),
        name: nullable(topicName()),
        topicId: uuid(),
        isInternal: withDefault(bool(), false),
        partitions: array(
          struct('DescribeTopicPartitionsResponsePartition', {
            errorCode: int16(),
            partitionIndex: int32(),
            leaderId: int32(),
            leaderEpoch: withDefault(int32(), -1),
            replicaNodes: array(int32()),
            isrNodes: array(int32()),
            eligibleLeaderReplicas: withDefault(nullable(array(int32())), null),
            lastKnownElr: withDefault(nullable(array(int32())), null),
            offlineReplicas: array(int32()),
          }),
        ),
        topicAuthorizedOperations: withDefault(int32(), -2147483648),
      }),
    ),
    nextCursor: withDefault(
      nullable(
        struct('Cursor', {
          topicName: topicName(),
          partitionIndex: int32(),
        }),
      ),
      null,
    ),
  },
})
