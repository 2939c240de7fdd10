// DescribeProducers (61): The idempotent producers that partitions know.

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  string,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

export const describeProducers = defineApi({
  key: 61,
  name: 'DescribeProducers',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    topics: array(
      struct('TopicRequest', {
        name: topicName(),
        partitionIndexes: array(int32()),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array(
      struct('TopicResponse', {
        name: topicName(),
        partitions: array(
          struct('PartitionResponse', {
            partitionIndex: int32(),
            errorCode: int16(),
            errorMessage: withDefault(nullable(string()), null),
            activeProducers: array(
              struct('ProducerState', {
                producerId: int64(),
                producerEpoch: int32(),
                lastSequence: withDefault(int32(), -1),
                lastTimestamp: withDefault(int64(), -1),
                coordinatorEpoch: int32(),
                currentTxnStartOffset: withDefault(int64(), -1),
              }),
            ),
          }),
        ),
      }),
    ),
  },
})
