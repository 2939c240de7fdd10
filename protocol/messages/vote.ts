// Vote (52): A candidate of the controller quorum asks for a vote (KRaft).

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int64,
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

export const vote = defineApi({
  key: 52,
  name: 'Vote',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    clusterId: withDefault(nullable(string()), null),
    voterId: since(1, int32(), -1),
    topics: array(
      struct('TopicData', {
        topicName: topicName(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            replicaEpoch: int32(),
            replicaId: int32(),
            replicaDirectoryId: since(1, uuid()),
            voterDirectoryId: since(1, uuid()),
            lastOffsetEpoch: int32(),
            lastOffset: int64(),
            preVote: since(2, bool()),
          }),
        ),
      }),
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
            voteGranted: bool(),
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
