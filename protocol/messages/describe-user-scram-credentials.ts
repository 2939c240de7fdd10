// DescribeUserScramCredentials (50): Which SCRAM mechanisms users have, without the secrets
// (KIP-554).

import { array, defineApi, int16, int32, int8, nullable, string, struct } from '../schema.ts'

export const describeUserScramCredentials = defineApi({
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    users: nullable(
      array(
        struct('UserName', {
          name: string(),
        }),
      ),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    results: array(
      struct('DescribeUserScramCredentialsResult', {
        user: string(),
        errorCode: int16(),
        errorMessage: nullable(string()),
        credentialInfos: array(
          struct('CredentialInfo', {
            mechanism: int8(),
            iterations: int32(),
          }),
        ),
      }),
    ),
  },
})
