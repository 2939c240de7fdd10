// SaslAuthenticate (36): One step of a SASL exchange.

import { bytes, defineApi, int16, int64, nullable, since, string } from '../schema.ts'

export const saslAuthenticate = defineApi({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    authBytes: bytes(),
  },
  response: {
    errorCode: int16(),
    errorMessage: nullable(string()),
    authBytes: bytes(),
    sessionLifetimeMs: since(1, int64(), 0),
  },
})
