// SyncGroup (14): The leader hands out the assignment of a classic group, the others wait for
// theirs.

import {
  array,
  bytes,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
} from '../schema.ts'

export const syncGroup = defineApi({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: groupId(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: since(3, nullable(string()), null),
    protocolType: since(5, nullable(string()), null),
    protocolName: since(5, nullable(string()), null),
    assignments: array(
      struct('SyncGroupRequestAssignment', {
        memberId: string(),
        assignment: bytes(),
      }),
    ),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    errorCode: int16(),
    protocolType: since(5, nullable(string()), null),
    protocolName: since(5, nullable(string()), null),
    assignment: bytes(),
  },
})
