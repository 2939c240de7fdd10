// ListOffsets (2): The offset at a timestamp, or at one of the special points of a log. v0 answers
// with a list.

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  since,
  struct,
  topicName,
  until,
} from '../schema.ts'

export const listOffsets = defineApi({
  key: 2,
  name: 'ListOffsets',
  versions: [0, 11],
  flexibleFrom: 6,
  request: {
    replicaId: int32(),
    isolationLevel: since(2, int8()),
    topics: array(
      struct('ListOffsetsTopic', {
        name: topicName(),
        partitions: array(
          struct('ListOffsetsPartition', {
            partitionIndex: int32(),
            currentLeaderEpoch: since(4, int32(), -1),
            timestamp: int64(),
            maxNumOffsets: until(0, int32(), 1),
          }),
        ),
      }),
    ),
    timeoutMs: since(10, int32()),
  },
  response: {
    throttleTimeMs: since(2, int32()),
    topics: array(
      struct('ListOffsetsTopicResponse', {
        name: topicName(),
        partitions: array(
          struct('ListOffsetsPartitionResponse', {
            partitionIndex: int32(),
            errorCode: int16(),
            oldStyleOffsets: until(0, array(int64())),
            timestamp: since(1, int64(), -1),
            offset: since(1, int64(), -1),
            leaderEpoch: since(4, int32(), -1),
          }),
        ),
      }),
    ),
  },
})
