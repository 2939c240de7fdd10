// Envelope (58): A request that a broker forwards to the controller for its client.

import { bytes, defineApi, int16, nullable, withDefault } from '../schema.ts'

export const envelope = defineApi({
  key: 58,
  name: 'Envelope',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    requestData: bytes(),
    requestPrincipal: nullable(bytes()),
    clientHostAddress: bytes(),
  },
  response: {
    responseData: withDefault(nullable(bytes()), null),
    errorCode: int16(),
  },
})
