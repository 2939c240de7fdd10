// SaslHandshake (17): Agrees on a SASL mechanism.

import { array, defineApi, int16, string } from '../schema.ts'

export const saslHandshake = defineApi({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  request: {
    mechanism: string(),
  },
  response: {
    errorCode: int16(),
    mechanisms: array(string()),
  },
})
