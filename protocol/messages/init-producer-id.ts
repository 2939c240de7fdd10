// InitProducerId (22): Hands out a producer id and epoch, for idempotence and transactions.

import {
  bool,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  since,
  transactionalId,
  withDefault,
} from '../schema.ts'

export const initProducerId = defineApi({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 6],
  flexibleFrom: 2,
  latestVersionUnstable: true,
  request: {
    transactionalId: nullable(transactionalId()),
    transactionTimeoutMs: int32(),
    producerId: since(3, int64(), -1),
    producerEpoch: since(3, int16(), -1),
    enable2Pc: since(6, bool(), false),
    keepPreparedTxn: since(6, bool(), false),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: withDefault(int64(), -1),
    producerEpoch: int16(),
    ongoingTxnProducerId: since(6, int64(), -1),
    ongoingTxnProducerEpoch: since(6, int16(), -1),
  },
})
