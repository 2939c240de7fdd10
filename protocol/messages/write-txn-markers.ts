// WriteTxnMarkers (27): The transaction coordinator has end markers written into partitions.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  since,
  struct,
  topicName,
} from '../schema.ts'

export const writeTxnMarkers = defineApi({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: [1, 2],
  flexibleFrom: 1,
  request: {
    markers: array(
      struct('WritableTxnMarker', {
        producerId: int64(),
        producerEpoch: int16(),
        transactionResult: bool(),
        topics: array(
          struct('WritableTxnMarkerTopic', {
            name: topicName(),
            partitionIndexes: array(int32()),
          }),
        ),
        coordinatorEpoch: int32(),
        transactionVersion: since(2, int8(), 0),
      }),
    ),
  },
  response: {
    markers: array(
      struct('WritableTxnMarkerResult', {
        producerId: int64(),
        topics: array(
          struct('WritableTxnMarkerTopicResult', {
            name: topicName(),
            partitions: array(
              struct('WritableTxnMarkerPartitionResult', {
                partitionIndex: int32(),
                errorCode: int16(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
})
