// AlterShareGroupOffsets (91): Changes start offsets of an empty share group.

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  int64,
  nullable,
  string,
  struct,
  topicName,
  uuid,
  withDefault,
} from '../schema.ts'

export const alterShareGroupOffsets = defineApi({
  key: 91,
  name: 'AlterShareGroupOffsets',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    groupId: groupId(),
    topics: array(
      struct('AlterShareGroupOffsetsRequestTopic', {
        topicName: topicName(),
        partitions: array(
          struct('AlterShareGroupOffsetsRequestPartition', {
            partitionIndex: int32(),
            startOffset: int64(),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: withDefault(nullable(string()), null),
    responses: array(
      struct('AlterShareGroupOffsetsResponseTopic', {
        topicName: topicName(),
        topicId: uuid(),
        partitions: array(
          struct('AlterShareGroupOffsetsResponsePartition', {
            partitionIndex: int32(),
            errorCode: int16(),
            errorMessage: withDefault(nullable(string()), null),
          }),
        ),
      }),
    ),
  },
})
