// InitializeShareGroupState (83): Creates the persisted state of a share partition (KIP-932).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  string,
  struct,
  uuid,
  withDefault,
} from '../schema.ts'

export const initializeShareGroupState = defineApi({
  key: 83,
  name: 'InitializeShareGroupState',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    groupId: string(),
    topics: array(
      struct('InitializeStateData', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partition: int32(),
            stateEpoch: int32(),
            startOffset: int64(),
          }),
        ),
      }),
    ),
  },
  response: {
    results: array(
      struct('InitializeStateResult', {
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
