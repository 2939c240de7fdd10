// DescribeAcls (29): The ACLs that match a filter.

import { array, defineApi, int16, int32, int8, nullable, since, string, struct } from '../schema.ts'

export const describeAcls = defineApi({
  key: 29,
  name: 'DescribeAcls',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    resourceTypeFilter: int8(),
    resourceNameFilter: nullable(string()),
    patternTypeFilter: since(1, int8(), 3),
    principalFilter: nullable(string()),
    hostFilter: nullable(string()),
    operation: int8(),
    permissionType: int8(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    resources: array(
      struct('DescribeAclsResource', {
        resourceType: int8(),
        resourceName: string(),
        patternType: since(1, int8(), 3),
        acls: array(
          struct('AclDescription', {
            principal: string(),
            host: string(),
            operation: int8(),
            permissionType: int8(),
          }),
        ),
      }),
    ),
  },
})
