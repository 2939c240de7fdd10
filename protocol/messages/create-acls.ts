// CreateAcls (30): Creates ACLs.

import { array, defineApi, int16, int32, int8, nullable, since, string, struct } from '../schema.ts'

export const createAcls = defineApi({
  key: 30,
  name: 'CreateAcls',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    creations: array(
      struct('AclCreation', {
        resourceType: int8(),
        resourceName: string(),
        resourcePatternType: since(1, int8(), 3),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    results: array(
      struct('AclCreationResult', {
        errorCode: int16(),
        errorMessage: nullable(string()),
      }),
    ),
  },
})
