// Metadata (3): Brokers, topics, partitions and their leaders. v10 adds topic ids, v12 asks by
// them.

import {
  array,
  between,
  bool,
  defineApi,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  topicName,
  uuid,
} from '../schema.ts'

export const metadata = defineApi({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexibleFrom: 9,
  request: {
    topics: nullable(
      array(
        struct('MetadataRequestTopic', {
          topicId: since(10, uuid()),
          name: nullable(topicName(), { since: 10 }),
        }),
      ),
      { since: 1 },
    ),
    allowAutoTopicCreation: since(4, bool(), true),
    includeClusterAuthorizedOperations: between(8, 10, bool()),
    includeTopicAuthorizedOperations: since(8, bool()),
  },
  response: {
    throttleTimeMs: since(3, int32()),
    brokers: array(
      struct('MetadataResponseBroker', {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: since(1, nullable(string()), null),
      }),
    ),
    clusterId: since(2, nullable(string()), null),
    controllerId: since(1, int32(), -1),
    topics: array(
      struct('MetadataResponseTopic', {
        errorCode: int16(),
        name: nullable(topicName(), { since: 12 }),
        topicId: since(10, uuid()),
        isInternal: since(1, bool(), false),
        partitions: array(
          struct('MetadataResponsePartition', {
            errorCode: int16(),
            partitionIndex: int32(),
            leaderId: int32(),
            leaderEpoch: since(7, int32(), -1),
            replicaNodes: array(int32()),
            isrNodes: array(int32()),
            offlineReplicas: since(5, array(int32())),
          }),
        ),
        topicAuthorizedOperations: since(8, int32(), -2147483648),
      }),
    ),
    clusterAuthorizedOperations: between(8, 10, int32(), -2147483648),
    errorCode: since(13, int16()),
  },
})
