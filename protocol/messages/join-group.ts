// JoinGroup (11): A classic group member joins or rejoins. v4 wants a member id (KIP-394), v5
// static members (KIP-345).

import {
  array,
  bool,
  bytes,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  withDefault,
} from '../schema.ts'

export const joinGroup = defineApi({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: groupId(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: since(1, int32(), -1),
    memberId: string(),
    groupInstanceId: since(5, nullable(string()), null),
    protocolType: string(),
    protocols: array(
      struct('JoinGroupRequestProtocol', {
        name: string(),
        metadata: bytes(),
      }),
    ),
    reason: since(8, nullable(string()), null),
  },
  response: {
    throttleTimeMs: since(2, int32()),
    errorCode: int16(),
    generationId: withDefault(int32(), -1),
    protocolType: since(7, nullable(string()), null),
    protocolName: nullable(string(), { since: 7 }),
    leader: string(),
    skipAssignment: since(9, bool(), false),
    memberId: string(),
    members: array(
      struct('JoinGroupResponseMember', {
        memberId: string(),
        groupInstanceId: since(5, nullable(string()), null),
        metadata: bytes(),
      }),
    ),
  },
})
