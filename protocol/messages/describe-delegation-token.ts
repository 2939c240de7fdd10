// DescribeDelegationToken (41): The delegation tokens of their owners.

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

export const describeDelegationToken = defineApi({
  key: 41,
  name: 'DescribeDelegationToken',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    owners: nullable(
      array(
        struct('DescribeDelegationTokenOwner', {
          principalType: string(),
          principalName: string(),
        }),
      ),
    ),
  },
  response: {
    errorCode: int16(),
    tokens: array(
      struct('DescribedDelegationToken', {
        principalType: string(),
        principalName: string(),
        tokenRequesterPrincipalType: since(3, string()),
        tokenRequesterPrincipalName: since(3, string()),
        issueTimestamp: int64(),
        expiryTimestamp: int64(),
        maxTimestamp: int64(),
        tokenId: string(),
        hmac: bytes(),
        renewers: array(
          struct('DescribedDelegationTokenRenewer', {
            principalType: string(),
            principalName: string(),
          }),
        ),
      }),
    ),
    throttleTimeMs: int32(),
  },
})
