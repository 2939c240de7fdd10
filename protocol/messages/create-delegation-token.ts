// CreateDelegationToken (38): Makes a delegation token.

import {
  array,
  bytes,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
} from '../schema.ts'

export const createDelegationToken = defineApi({
  key: 38,
  name: 'CreateDelegationToken',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    ownerPrincipalType: since(3, nullable(string())),
    ownerPrincipalName: since(3, nullable(string())),
    renewers: array(
      struct('CreatableRenewers', {
        principalType: string(),
        principalName: string(),
      }),
    ),
    maxLifetimeMs: int64(),
  },
  response: {
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: since(3, string()),
    tokenRequesterPrincipalName: since(3, string()),
    issueTimestampMs: int64(),
    expiryTimestampMs: int64(),
    maxTimestampMs: int64(),
    tokenId: string(),
    hmac: bytes(),
    throttleTimeMs: int32(),
  },
})
