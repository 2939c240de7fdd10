// BeginQuorumEpoch (53): A new leader of the controller quorum introduces itself (KRaft).

import {
  array,
  defineApi,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  tagged,
  topicName,
  uint16,
  uuid,
  withDefault,
} from '../schema.ts'

export const beginQuorumEpoch = defineApi({
  key: 53,
  name: 'BeginQuorumEpoch',
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    clusterId: withDefault(nullable(string()), null),
    voterId: since(1, int32(), -1),
    topics: array(
      struct('TopicData', {
        topicName: topicName(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            voterDirectoryId: since(1, uuid()),
            leaderId: int32(),
            leaderEpoch: int32(),
          }),
        ),
      }),
    ),
    leaderEndpoints: since(
      1,
      array(
        struct('LeaderEndpoint', {
          name: string(),
          host: string(),
          port: uint16(),
        }),
      ),
    ),
  },
  response: {
    errorCode: int16(),
    topics: array(
      struct('TopicData', {
        topicName: topicName(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            errorCode: int16(),
            leaderId: int32(),
            leaderEpoch: int32(),
          }),
        ),
      }),
    ),
    nodeEndpoints: since(
      1,
      tagged(
        0,
        array(
          struct('NodeEndpoint', {
            nodeId: int32(),
            host: string(),
            port: uint16(),
          }),
        ),
      ),
    ),
  },
})
