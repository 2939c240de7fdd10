// ListGroups (16): The groups that a broker coordinates; by state since v4, by type since v5.

import { array, defineApi, groupId, int16, int32, since, string, struct } from '../schema.ts'

export const listGroups = defineApi({
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    statesFilter: since(4, array(string())),
    typesFilter: since(5, array(string())),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    errorCode: int16(),
    groups: array(
      struct('ListedGroup', {
        groupId: groupId(),
        protocolType: string(),
        groupState: since(4, string()),
        groupType: since(5, string()),
      }),
    ),
  },
})
