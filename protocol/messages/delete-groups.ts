// DeleteGroups (42): Deletes empty groups and their offsets.

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
} from '../schema.ts'

export const deleteGroups = defineApi({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    groupsNames: array(groupId()),
  },
  response: {
    throttleTimeMs: int32(),
    results: array(
      struct('DeletableGroupResult', {
        groupId: groupId(),
        errorCode: int16(),
        errorMessage: since(3, nullable(string()), null),
      }),
    ),
  },
})
