// ConsumerGroupDescribe (69): State and members of consumer groups (KIP-848).

import {
  array,
  bool,
  clientId,
  defineApi,
  groupId,
  int16,
  int32,
  int8,
  nullable,
  since,
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

export const consumerGroupDescribe = defineApi({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: [0, 1],
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
            instanceId: withDefault(nullable(string()), null),
            rackId: withDefault(nullable(string()), null),
            memberEpoch: int32(),
            clientId: clientId(),
            clientHost: string(),
            subscribedTopicNames: array(topicName()),
            subscribedTopicRegex: withDefault(nullable(string()), null),
            assignment: assignment,
            targetAssignment: assignment,
            memberType: since(1, int8(), -1),
          }),
        ),
        authorizedOperations: withDefault(int32(), -2147483648),
      }),
    ),
  },
})
