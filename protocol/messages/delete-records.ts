// DeleteRecords (21): Moves the log start offset of partitions forward.

import { array, defineApi, int16, int32, int64, struct, topicName } from '../schema.ts'

export const deleteRecords = defineApi({
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    topics: array(
      struct('DeleteRecordsTopic', {
        name: topicName(),
        partitions: array(
          struct('DeleteRecordsPartition', {
            partitionIndex: int32(),
            offset: int64(),
          }),
        ),
      }),
    ),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array(
      struct('DeleteRecordsTopicResult', {
        name: topicName(),
        partitions: array(
          struct('DeleteRecordsPartitionResult', {
            partitionIndex: int32(),
            lowWatermark: int64(),
            errorCode: int16(),
          }),
        ),
      }),
    ),
  },
})
