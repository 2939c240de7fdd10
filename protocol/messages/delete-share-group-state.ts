// DeleteShareGroupState (86): Deletes the persisted state of a share partition (KIP-932).

import {
  array,
  defineApi,
  int16,
  int32,
  nullable,
  string,
  struct,
  uuid,
  withDefault,
} from '../schema.ts'

export const deleteShareGroupState = defineApi({
  key: 86,
  name: 'DeleteShareGroupState',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    groupId: string(),
    topics: array(
      struct('DeleteStateData', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partition: int32(),
          }),
        ),
      }),
    ),
  },
  response: {
    results: array(
      struct('DeleteStateResult', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionResult', {
            partition: int32(),
            errorCode: int16(),
            errorMessage: withDefault(nullable(string()), null),
          }),
        ),
      }),
    ),
  },
})
