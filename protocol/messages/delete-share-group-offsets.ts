// DeleteShareGroupOffsets (92): Deletes the offsets of a share group for some topics.

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
  string,
  struct,
  topicName,
  uuid,
  withDefault,
} from '../schema.ts'

export const deleteShareGroupOffsets = defineApi({
  key: 92,
  name: 'DeleteShareGroupOffsets',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    groupId: groupId(),
    topics: array(
      struct('DeleteShareGroupOffsetsRequestTopic', {
        topicName: topicName(),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: withDefault(nullable(string()), null),
    responses: array(
      struct('DeleteShareGroupOffsetsResponseTopic', {
        topicName: topicName(),
        topicId: uuid(),
        errorCode: int16(),
        errorMessage: withDefault(nullable(string()), null),
      }),
    ),
  },
})
