// DescribeTransactions (65): State and partitions of transactions (KIP-664).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  string,
  struct,
  topicName,
  transactionalId,
} from '../schema.ts'

export const describeTransactions = defineApi({
  key: 65,
  name: 'DescribeTransactions',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    transactionalIds: array(transactionalId()),
  },
  response: {
    throttleTimeMs: int32(),
    transactionStates: array(
      struct('TransactionState', {
        errorCode: int16(),
        transactionalId: transactionalId(),
        transactionState: string(),
        transactionTimeoutMs: int32(),
        transactionStartTimeMs: int64(),
        producerId: int64(),
        producerEpoch: int16(),
        topics: array(
          struct('TopicData', {
            topic: topicName(),
            partitions: array(int32()),
          }),
        ),
      }),
    ),
  },
})
