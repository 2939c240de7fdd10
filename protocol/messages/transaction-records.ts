// Records in __transaction_state.

import {
  array,
  defineMessage,
  int16,
  int32,
  int64,
  int8,
  nullable,
  since,
  string,
  struct,
  tagged,
} from '../schema.ts'

export const transactionLogKey = defineMessage({
  name: 'TransactionLogKey',
  recordType: 0,
  versions: [0, 0],
  fields: {
    transactionalId: string(),
  },
})

export const transactionLogValue = defineMessage({
  name: 'TransactionLogValue',
  recordType: 0,
  versions: [0, 1],
  flexibleFrom: 1,
  fields: {
    producerId: int64(),
    previousProducerId: since(1, tagged(0, int64(), -1)),
    nextProducerId: since(1, tagged(1, int64(), -1)),
    producerEpoch: int16(),
    nextProducerEpoch: since(1, tagged(3, int16(), -1)),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: nullable(
      array(
        struct('PartitionsSchema', {
          topic: string(),
          partitionIds: array(int32()),
        }),
      ),
    ),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: since(1, tagged(2, int16(), 0)),
  },
})
