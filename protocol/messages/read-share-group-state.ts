// ReadShareGroupState (84): Reads the persisted state of a share partition (KIP-932).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  nullable,
  string,
  struct,
  uuid,
  withDefault,
} from '../schema.ts'

export const readShareGroupState = defineApi({
  key: 84,
  name: 'ReadShareGroupState',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    groupId: string(),
    topics: array(
      struct('ReadStateData', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partition: int32(),
            leaderEpoch: int32(),
          }),
        ),
      }),
    ),
  },
  response: {
    results: array(
      struct('ReadStateResult', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionResult', {
            partition: int32(),
            errorCode: int16(),
            errorMessage: withDefault(nullable(string()), null),
            stateEpoch: int32(),
            startOffset: int64(),
            stateBatches: array(
              struct('StateBatch', {
                firstOffset: int64(),
                lastOffset: int64(),
                deliveryState: int8(),
                deliveryCount: int16(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
})
