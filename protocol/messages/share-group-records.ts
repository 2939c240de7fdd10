// Records in __consumer_offsets of share groups (KIP-932).

import {
  array,
  clientId,
  defineMessage,
  int32,
  int64,
  int8,
  nullable,
  string,
  struct,
  tagged,
  uuid,
} from '../schema.ts'

const topicPartitions = struct('TopicPartitions', {
  topicId: uuid(),
  partitions: array(int32()),
})

const topicPartitionsInfo = struct('TopicPartitionsInfo', {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
})

const topicInfo = struct('TopicInfo', {
  topicId: uuid(),
  topicName: string(),
})

export const shareGroupMemberMetadataKey = defineMessage({
  name: 'ShareGroupMemberMetadataKey',
  recordType: 10,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const shareGroupMemberMetadataValue = defineMessage({
  name: 'ShareGroupMemberMetadataValue',
  recordType: 10,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    rackId: nullable(string()),
    clientId: clientId(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
  },
})

export const shareGroupMetadataKey = defineMessage({
  name: 'ShareGroupMetadataKey',
  recordType: 11,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const shareGroupMetadataValue = defineMessage({
  name: 'ShareGroupMetadataValue',
  recordType: 11,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    epoch: int32(),
    metadataHash: int64(),
  },
})

export const shareGroupTargetAssignmentMetadataKey = defineMessage({
  name: 'ShareGroupTargetAssignmentMetadataKey',
  recordType: 12,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const shareGroupTargetAssignmentMetadataValue = defineMessage({
  name: 'ShareGroupTargetAssignmentMetadataValue',
  recordType: 12,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    assignmentEpoch: int32(),
    assignmentTimestamp: tagged(0, int64(), 0),
  },
})

export const shareGroupTargetAssignmentMemberKey = defineMessage({
  name: 'ShareGroupTargetAssignmentMemberKey',
  recordType: 13,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const shareGroupTargetAssignmentMemberValue = defineMessage({
  name: 'ShareGroupTargetAssignmentMemberValue',
  recordType: 13,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topicPartitions: array(
      struct('TopicPartition', {
        topicId: uuid(),
        partitions: array(int32()),
      }),
    ),
  },
})

export const shareGroupCurrentMemberAssignmentKey = defineMessage({
  name: 'ShareGroupCurrentMemberAssignmentKey',
  recordType: 14,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const shareGroupCurrentMemberAssignmentValue = defineMessage({
  name: 'ShareGroupCurrentMemberAssignmentValue',
  recordType: 14,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(topicPartitions),
  },
})

export const shareGroupStatePartitionMetadataKey = defineMessage({
  name: 'ShareGroupStatePartitionMetadataKey',
  recordType: 15,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const shareGroupStatePartitionMetadataValue = defineMessage({
  name: 'ShareGroupStatePartitionMetadataValue',
  recordType: 15,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    initializingTopics: array(topicPartitionsInfo),
    initializedTopics: array(topicPartitionsInfo),
    deletingTopics: array(topicInfo),
  },
})
