// AddPartitionsToTxn (24): Adds partitions to a transaction; since v4 brokers verify them in
// batches (KIP-890).

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int64,
  since,
  struct,
  topicName,
  transactionalId,
  until,
  withDefault,
} from '../schema.ts'

const addPartitionsToTxnTopic = struct('AddPartitionsToTxnTopic', {
  name: topicName(),
  partitions: array(int32()),
})

const addPartitionsToTxnPartitionResult = struct('AddPartitionsToTxnPartitionResult', {
  partitionIndex: int32(),
  partitionErrorCode: int16(),
})

const addPartitionsToTxnTopicResult = struct('AddPartitionsToTxnTopicResult', {
  name: topicName(),
  resultsByPartition: array(addPartitionsToTxnPartitionResult),
})

export const addPartitionsToTxn = defineApi({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    transactions: since(
      4,
      array(
        struct('AddPartitionsToTxnTransaction', {
          transactionalId: transactionalId(),
          producerId: int64(),
          producerEpoch: int16(),
          verifyOnly: withDefault(bool(), false),
          topics: array(addPartitionsToTxnTopic),
        }),
      ),
    ),
    v3AndBelowTransactionalId: until(3, transactionalId()),
    v3AndBelowProducerId: until(3, int64()),
    v3AndBelowProducerEpoch: until(3, int16()),
    v3AndBelowTopics: until(3, array(addPartitionsToTxnTopic)),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: since(4, int16()),
    resultsByTransaction: since(
      4,
      array(
        struct('AddPartitionsToTxnResult', {
          transactionalId: transactionalId(),
          topicResults: array(addPartitionsToTxnTopicResult),
        }),
      ),
    ),
    resultsByTopicV3AndBelow: until(3, array(addPartitionsToTxnTopicResult)),
  },
})
