// AlterUserScramCredentials (51): Sets and deletes SCRAM credentials (KIP-554).

import { array, bytes, defineApi, int16, int32, int8, nullable, string, struct } from '../schema.ts'

export const alterUserScramCredentials = defineApi({
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    deletions: array(
      struct('ScramCredentialDeletion', {
        name: string(),
        mechanism: int8(),
      }),
    ),
    upsertions: array(
      struct('ScramCredentialUpsertion', {
        name: string(),
        mechanism: int8(),
        iterations: int32(),
        salt: bytes(),
        saltedPassword: bytes(),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    results: array(
      struct('AlterUserScramCredentialsResult', {
        user: string(),
        errorCode: int16(),
        errorMessage: nullable(string()),
      }),
    ),
  },
})
