// DescribeGroups (15): State, protocol and members of classic groups.

import {
  array,
  bool,
  bytes,
  clientId,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
} from '../schema.ts'

export const describeGroups = defineApi({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleFrom: 5,
  request: {
    groups: array(groupId()),
    includeAuthorizedOperations: since(3, bool()),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    groups: array(
      struct('DescribedGroup', {
        errorCode: int16(),
        errorMessage: since(6, nullable(string()), null),
        groupId: groupId(),
        groupState: string(),
        protocolType: string(),
        protocolData: string(),
        members: array(
          struct('DescribedGroupMember', {
            memberId: string(),
            groupInstanceId: since(4, nullable(string()), null),
            clientId: clientId(),
            clientHost: string(),
            memberMetadata: bytes(),
            memberAssignment: bytes(),
          }),
        ),
        authorizedOperations: since(3, int32(), -2147483648),
      }),
    ),
  },
})
