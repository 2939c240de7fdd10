// OffsetForLeaderEpoch (23): Where a leader epoch ended, so that consumers and followers find a
// divergence.

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  since,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

export const offsetForLeaderEpoch = defineApi({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    replicaId: since(3, int32(), -2),
    topics: array(
      struct('OffsetForLeaderTopic', {
        topic: topicName(),
        partitions: array(
          struct('OffsetForLeaderPartition', {
            partition: int32(),
            currentLeaderEpoch: since(2, int32(), -1),
            leaderEpoch: int32(),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: since(2, int32()),
    topics: array(
      struct('OffsetForLeaderTopicResult', {
        topic: topicName(),
        partitions: array(
          struct('EpochEndOffset', {
            errorCode: int16(),
            partition: int32(),
            leaderEpoch: since(1, int32(), -1),
            endOffset: withDefault(int64(), -1),
          }),
        ),
      }),
    ),
  },
})
