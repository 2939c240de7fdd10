// EndTxn (26): Commits or aborts a transaction.

import { bool, defineApi, int16, int32, int64, since, transactionalId } from '../schema.ts'

export const endTxn = defineApi({
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    transactionalId: transactionalId(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: since(5, int64(), -1),
    producerEpoch: since(5, int16(), -1),
  },
})
