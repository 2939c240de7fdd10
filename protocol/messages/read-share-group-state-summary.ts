// ReadShareGroupStateSummary (87): Start offset and epochs of a share partition, without its
// batches (KIP-932).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  uuid,
  withDefault,
} from '../schema.ts'

export const readShareGroupStateSummary = defineApi({
  key: 87,
  name: 'ReadShareGroupStateSummary',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: string(),
    topics: array(
      struct('ReadStateSummaryData', {
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
      struct('ReadStateSummaryResult', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionResult', {
            partition: int32(),
            errorCode: int16(),
            errorMessage: withDefault(nullable(string()), null),
            stateEpoch: int32(),
            leaderEpoch: int32(),
            startOffset: int64(),
            deliveryCompleteCount: since(1, int32(), -1),
          }),
        ),
      }),
    ),
  },
})
