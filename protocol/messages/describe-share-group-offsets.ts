// DescribeShareGroupOffsets (90): Start offsets of share groups.

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  topicName,
  uuid,
  withDefault,
} from '../schema.ts'

export const describeShareGroupOffsets = defineApi({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groups: array(
      struct('DescribeShareGroupOffsetsRequestGroup', {
        groupId: groupId(),
        topics: nullable(
          array(
            struct('DescribeShareGroupOffsetsRequestTopic', {
              topicName: topicName(),
              partitions: array(int32()),
            }),
          ),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    groups: array(
      struct('DescribeShareGroupOffsetsResponseGroup', {
        groupId: groupId(),
        topics: array(
          struct('DescribeShareGroupOffsetsResponseTopic', {
            topicName: topicName(),
            topicId: uuid(),
            partitions: array(
              struct('DescribeShareGroupOffsetsResponsePartition', {
                partitionIndex: int32(),
                startOffset: int64(),
                leaderEpoch: int32(),
                lag: since(1, int64(), -1),
                errorCode: int16(),
                errorMessage: withDefault(nullable(string()), null),
              }),
            ),
          }),
        ),
        errorCode: int16(),
        errorMessage: withDefault(nullable(string()), null),
      }),
    ),
  },
})
