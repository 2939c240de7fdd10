// DeleteAcls (31): Deletes the ACLs that match filters.

import { array, defineApi, int16, int32, int8, nullable, since, string, struct } from '../schema.ts'

export const deleteAcls = defineApi({
  key: 31,
  name: 'DeleteAcls',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    filters: array(
      struct('DeleteAclsFilter', {
        resourceTypeFilter: int8(),
        resourceNameFilter: nullable(string()),
        patternTypeFilter: since(1, int8(), 3),
        principalFilter: nullable(string()),
        hostFilter: nullable(string()),
        operation: int8(),
        permissionType: int8(),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    filterResults: array(
      struct('DeleteAclsFilterResult', {
        errorCode: int16(),
        errorMessage: nullable(string()),
        matchingAcls: array(
          struct('DeleteAclsMatchingAcl', {
            errorCode: int16(),
            errorMessage: nullable(string()),
            resourceType: int8(),
            resourceName: string(),
            patternType: since(1, int8(), 3),
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
