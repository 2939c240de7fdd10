// ShareGroupDescribe (77): State and members of share groups (KIP-932).

import {
  array,
  bool,
  clientId,
  defineApi,
  groupId,
  int16,
  int32,
  nullable,
  string,
  struct,
  topicName,
  uuid,
  withDefault,
} from '../schema.ts'

const topicPartitions = struct('TopicPartitions', {
  topicId: uuid(),
  topicName: topicName(),
  partitions: array(int32()),
})

const assignment = struct('Assignment', {
  topicPartitions: array(topicPartitions),
})

export const shareGroupDescribe = defineApi({
  key: 77,
  name: 'ShareGroupDescribe',
  versions: [1, 1],
  flexibleFrom: 0,
  request: {
    groupIds: array(groupId()),
    includeAuthorizedOperations: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    groups: array(
      struct('DescribedGroup', {
        errorCode: int16(),
        errorMessage: withDefault(nullable(string()), null),
        groupId: groupId(),
        groupState: string(),
        groupEpoch: int32(),
        assignmentEpoch: int32(),
        assignorName: string(),
        members: array(
          struct('Member', {
            memberId: string(),
            rackId: withDefault(nullable(string()), null),
            memberEpoch: int32(),
            clientId: clientId(),
            clientHost: string(),
            subscribedTopicNames: array(topicName()),
            assignment: assignment,
          }),
        ),
        authorizedOperations: withDefault(int32(), -2147483648),
      }),
    ),
  },
})
