// FetchSnapshot (59): Reads a snapshot of the metadata log (KRaft).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  records,
  since,
  string,
  struct,
  tagged,
  topicName,
  uint16,
  uuid,
  withDefault,
} from '../schema.ts'

export const fetchSnapshot = defineApi({
  key: 59,
  name: 'FetchSnapshot',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    clusterId: tagged(0, nullable(string()), null),
    replicaId: withDefault(int32(), -1),
    maxBytes: withDefault(int32(), 2147483647),
    topics: array(
      struct('TopicSnapshot', {
        name: topicName(),
        partitions: array(
          struct('PartitionSnapshot', {
            partition: int32(),
            currentLeaderEpoch: int32(),
            snapshotId: struct('SnapshotId', {
              endOffset: int64(),
              epoch: int32(),
            }),
            position: int64(),
            replicaDirectoryId: since(1, tagged(0, uuid())),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array(
      struct('TopicSnapshot', {
        name: topicName(),
        partitions: array(
          struct('PartitionSnapshot', {
            index: int32(),
            errorCode: int16(),
            snapshotId: struct('SnapshotId', {
              endOffset: int64(),
              epoch: int32(),
            }),
            currentLeader: tagged(
              0,
              struct('LeaderIdAndEpoch', {
                leaderId: int32(),
                leaderEpoch: int32(),
              }),
            ),
            size: int64(),
            position: int64(),
            unalignedRecords: records(),
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
