// UnregisterBroker (64): Removes a broker from the cluster for good.

import { defineApi, int16, int32, nullable, string } from '../schema.ts'

export const unregisterBroker = defineApi({
  key: 64,
  name: 'UnregisterBroker',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
  },
})
