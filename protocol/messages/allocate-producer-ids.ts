// AllocateProducerIds (67): A broker gets a block of producer ids from the controller.

import { defineApi, int16, int32, int64, withDefault } from '../schema.ts'

export const allocateProducerIds = defineApi({
  key: 67,
  name: 'AllocateProducerIds',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    brokerEpoch: withDefault(int64(), -1),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32(),
  },
})
