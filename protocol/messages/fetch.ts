// Fetch (1): A consumer or follower reads record batches. v7 has sessions (KIP-227), v13 topic ids
// (KIP-516).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  nullable,
  records,
  since,
  string,
  struct,
  tagged,
  topicName,
  until,
  uuid,
  withDefault,
} from '../schema.ts'

export const fetch = defineApi({
  key: 1,
  name: 'Fetch',
  versions: [0, 18],
  flexibleFrom: 12,
  request: {
    clusterId: since(12, tagged(0, nullable(string()), null)),
    replicaId: until(14, int32(), -1),
    replicaState: since(
      15,
      tagged(
        1,
        struct('ReplicaState', {
          replicaId: withDefault(int32(), -1),
          replicaEpoch: withDefault(int64(), -1),
        }),
      ),
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: since(3, int32(), 2147483647),
    isolationLevel: since(4, int8(), 0),
    sessionId: since(7, int32(), 0),
    sessionEpoch: since(7, int32(), -1),
    topics: array(
      struct('FetchTopic', {
        topic: until(12, topicName()),
        topicId: since(13, uuid()),
        partitions: array(
          struct('FetchPartition', {
            partition: int32(),
            currentLeaderEpoch: since(9, int32(), -1),
            fetchOffset: int64(),
            lastFetchedEpoch: since(12, int32(), -1),
            logStartOffset: since(5, int64(), -1),
            partitionMaxBytes: int32(),
            replicaDirectoryId: since(17, tagged(0, uuid())),
            highWatermark: since(18, tagged(1, int64(), 'maxInt64')),
          }),
        ),
      }),
    ),
    forgottenTopicsData: since(
      7,
      array(
        struct('ForgottenTopic', {
          topic: until(12, topicName()),
          topicId: since(13, uuid()),
          partitions: array(int32()),
        }),
      ),
    ),
    rackId: since(11, string(), ''),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    errorCode: since(7, int16()),
    sessionId: since(7, int32(), 0),
    responses: array(
      struct('FetchableTopicResponse', {
        topic: until(12, topicName()),
        topicId: since(13, uuid()),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            errorCode: int16(),
            highWatermark: int64(),
            lastStableOffset: since(4, int64(), -1),
            logStartOffset: since(5, int64(), -1),
            divergingEpoch: since(
              12,
              tagged(
                0,
                struct('EpochEndOffset', {
                  epoch: withDefault(int32(), -1),
                  endOffset: withDefault(int64(), -1),
                }),
              ),
            ),
            currentLeader: since(
              12,
              tagged(
                1,
                struct('LeaderIdAndEpoch', {
                  leaderId: withDefault(int32(), -1),
                  leaderEpoch: withDefault(int32(), -1),
                }),
              ),
            ),
            snapshotId: since(
              12,
              tagged(
                2,
                struct('SnapshotId', {
                  endOffset: withDefault(int64(), -1),
                  epoch: withDefault(int32(), -1),
                }),
              ),
            ),
            abortedTransactions: since(
              4,
              nullable(
                array(
                  struct('AbortedTransaction', {
                    producerId: int64(),
                    firstOffset: int64(),
                  }),
                ),
              ),
            ),
            preferredReadReplica: since(11, int32(), -1),
            records: nullable(records()),
          }),
        ),
      }),
    ),
    nodeEndpoints: since(
      16,
      tagged(
        0,
        array(
          struct('NodeEndpoint', {
            nodeId: int32(),
            host: string(),
            port: int32(),
            rack: withDefault(nullable(string()), null),
          }),
        ),
      ),
    ),
  },
})
