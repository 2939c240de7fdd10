// AddOffsetsToTxn (25): Adds the offsets of a group to a transaction.

import { defineApi, groupId, int16, int32, int64, transactionalId } from '../schema.ts'

export const addOffsetsToTxn = defineApi({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4],
  flexibleFrom: 3,
  request: {
    transactionalId: transactionalId(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: groupId(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
})
