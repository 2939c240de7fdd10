// WriteShareGroupState (85): Writes the persisted state of a share partition (KIP-932).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  nullable,
  since,
  string,
  struct,
  uuid,
  withDefault,
} from '../schema.ts'

export const writeShareGroupState = defineApi({
  key: 85,
  name: 'WriteShareGroupState',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: string(),
    topics: array(
      struct('WriteStateData', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partition: int32(),
            stateEpoch: int32(),
            leaderEpoch: int32(),
            startOffset: int64(),
            deliveryCompleteCount: since(1, int32(), -1),
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
  response: {
    results: array(
      struct('WriteStateResult', {
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
