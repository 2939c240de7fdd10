// AlterPartitionReassignments (45): Starts and cancels moves of replicas between brokers (KIP-455).

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

export const alterPartitionReassignments = defineApi({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    timeoutMs: withDefault(int32(), 60000),
    allowReplicationFactorChange: since(1, bool(), true),
    topics: array(
      struct('ReassignableTopic', {
        name: topicName(),
        partitions: array(
          struct('ReassignablePartition', {
            partitionIndex: int32(),
            replicas: withDefault(nullable(array(int32())), null),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    allowReplicationFactorChange: since(1, bool(), true),
    errorCode: int16(),
    errorMessage: nullable(string()),
    responses: array(
      struct('ReassignableTopicResponse', {
        name: topicName(),
        partitions: array(
          struct('ReassignablePartitionResponse', {
            partitionIndex: int32(),
            errorCode: int16(),
            errorMessage: nullable(string()),
          }),
        ),
      }),
    ),
  },
})
