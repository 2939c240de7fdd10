// OffsetDelete (47): Deletes the offsets of a group for some partitions (KIP-496).

import { array, defineApi, groupId, int16, int32, struct, topicName } from '../schema.ts'

export const offsetDelete = defineApi({
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  request: {
    groupId: groupId(),
    topics: array(
      struct('OffsetDeleteRequestTopic', {
        name: topicName(),
        partitions: array(
          struct('OffsetDeleteRequestPartition', {
            partitionIndex: int32(),
          }),
        ),
      }),
    ),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32(),
    topics: array(
      struct('OffsetDeleteResponseTopic', {
        name: topicName(),
        partitions: array(
          struct('OffsetDeleteResponsePartition', {
            partitionIndex: int32(),
            errorCode: int16(),
          }),
        ),
      }),
    ),
  },
})
