// UnregisterController (94): Removes the registration of a controller.

import { defineApi, int16, int32, nullable, string } from '../schema.ts'

export const unregisterController = defineApi({
  key: 94,
  name: 'UnregisterController',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    controllerId: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
  },
})
