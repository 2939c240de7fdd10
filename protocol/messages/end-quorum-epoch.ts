// EndQuorumEpoch (54): A leader of the controller quorum resigns (KRaft).

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
  until,
  uuid,
  withDefault,
} from '../schema.ts'

export const endQuorumEpoch = defineApi({
  key: 54,
  name: 'EndQuorumEpoch',
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    clusterId: withDefault(nullable(string()), null),
    topics: array(
      struct('TopicData', {
        topicName: topicName(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            leaderId: int32(),
            leaderEpoch: int32(),
            preferredSuccessors: until(0, array(int32())),
            preferredCandidates: since(
              1,
              array(
                struct('ReplicaInfo', {
                  candidateId: int32(),
                  candidateDirectoryId: uuid(),
                }),
              ),
            ),
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
