// What stands in front of every request and response. See protocol/header.ts for which version
// when.

import { clientId, defineMessage, int16, int32, neverCompact, nullable } from '../schema.ts'

export const requestHeader = defineMessage({
  name: 'RequestHeader',
  versions: [1, 2],
  flexibleFrom: 2,
  fields: {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: nullable(neverCompact(clientId())),
  },
})

export const responseHeader = defineMessage({
  name: 'ResponseHeader',
  versions: [0, 1],
  flexibleFrom: 1,
  fields: {
    correlationId: int32(),
  },
})
