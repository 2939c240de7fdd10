// LeaveGroup (13): Members leave a classic group; since v3 several at once.

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
  until,
  withDefault,
} from '../schema.ts'

export const leaveGroup = defineApi({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: groupId(),
    memberId: until(2, string()),
    members: since(
      3,
      array(
        struct('MemberIdentity', {
          memberId: string(),
          groupInstanceId: withDefault(nullable(string()), null),
          reason: since(5, nullable(string()), null),
        }),
      ),
    ),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    errorCode: int16(),
    members: since(
      3,
      array(
        struct('MemberResponse', {
          memberId: string(),
          groupInstanceId: nullable(string()),
          errorCode: int16(),
        }),
      ),
    ),
  },
})
