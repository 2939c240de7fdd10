// ListTransactions (66): The transactions that a broker coordinates.

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
  transactionalId,
} from '../schema.ts'

export const listTransactions = defineApi({
  key: 66,
  name: 'ListTransactions',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    durationFilter: since(1, int64(), -1),
    transactionalIdPattern: since(2, nullable(string()), null),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array(
      struct('TransactionState', {
        transactionalId: transactionalId(),
        producerId: int64(),
        transactionState: string(),
      }),
    ),
  },
})
