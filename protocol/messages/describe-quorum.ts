// DescribeQuorum (55): Leader, voters and observers of the metadata log.

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  topicName,
  uint16,
  uuid,
} from '../schema.ts'

const replicaState = struct('ReplicaState', {
  replicaId: int32(),
  replicaDirectoryId: since(2, uuid()),
  logEndOffset: int64(),
  lastFetchTimestamp: since(1, int64(), -1),
  lastCaughtUpTimestamp: since(1, int64(), -1),
})

export const describeQuorum = defineApi({
  key: 55,
  name: 'DescribeQuorum',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    topics: array(
      struct('TopicData', {
        topicName: topicName(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
          }),
        ),
      }),
    ),
  },
  response: {
    errorCode: int16(),
    errorMessage: since(2, nullable(string())),
    topics: array(
      struct('TopicData', {
        topicName: topicName(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            errorCode: int16(),
            errorMessage: since(2, nullable(string())),
            leaderId: int32(),
            leaderEpoch: int32(),
            highWatermark: int64(),
            currentVoters: array(replicaState),
            observers: array(replicaState),
          }),
        ),
      }),
    ),
    nodes: since(
      2,
      array(
        struct('Node', {
          nodeId: int32(),
          listeners: array(
            struct('Listener', {
              name: string(),
              host: string(),
              port: uint16(),
            }),
          ),
        }),
      ),
    ),
  },
})
