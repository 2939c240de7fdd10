// Records in __consumer_offsets of consumer groups (KIP-848).

import {
  array,
  bytes,
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
  withDefault,
} from '../schema.ts'

const topicPartitions = struct('TopicPartitions', {
  topicId: uuid(),
  partitions: array(int32()),
  assignmentEpochs: tagged(0, nullable(array(int32()))),
})

export const consumerGroupMetadataKey = defineMessage({
  name: 'ConsumerGroupMetadataKey',
  recordType: 3,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const consumerGroupMetadataValue = defineMessage({
  name: 'ConsumerGroupMetadataValue',
  recordType: 3,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    epoch: int32(),
    metadataHash: tagged(0, int64(), 0),
  },
})

export const consumerGroupPartitionMetadataKey = defineMessage({
  name: 'ConsumerGroupPartitionMetadataKey',
  recordType: 4,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const consumerGroupPartitionMetadataValue = defineMessage({
  name: 'ConsumerGroupPartitionMetadataValue',
  recordType: 4,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topics: array(
      struct('TopicMetadata', {
        topicId: uuid(),
        topicName: string(),
        numPartitions: int32(),
        partitionMetadata: array(
          struct('PartitionMetadata', {
            partition: int32(),
            racks: array(string()),
          }),
        ),
      }),
    ),
  },
})

export const consumerGroupMemberMetadataKey = defineMessage({
  name: 'ConsumerGroupMemberMetadataKey',
  recordType: 5,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const consumerGroupMemberMetadataValue = defineMessage({
  name: 'ConsumerGroupMemberMetadataValue',
  recordType: 5,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    instanceId: nullable(string()),
    rackId: nullable(string()),
    clientId: clientId(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: nullable(string()),
    rebalanceTimeoutMs: withDefault(int32(), -1),
    serverAssignor: nullable(string()),
    classicMemberMetadata: tagged(
      0,
      nullable(
        struct('ClassicMemberMetadata', {
          sessionTimeoutMs: int32(),
          supportedProtocols: array(
            struct('ClassicProtocol', {
              name: string(),
              metadata: bytes(),
            }),
          ),
        }),
      ),
    ),
  },
})

export const consumerGroupTargetAssignmentMetadataKey = defineMessage({
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  recordType: 6,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const consumerGroupTargetAssignmentMetadataValue = defineMessage({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  recordType: 6,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    assignmentEpoch: int32(),
    assignmentTimestamp: tagged(0, int64(), 0),
  },
})

export const consumerGroupTargetAssignmentMemberKey = defineMessage({
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  recordType: 7,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const consumerGroupTargetAssignmentMemberValue = defineMessage({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  recordType: 7,
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

export const consumerGroupCurrentMemberAssignmentKey = defineMessage({
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  recordType: 8,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const consumerGroupCurrentMemberAssignmentValue = defineMessage({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  recordType: 8,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(topicPartitions),
    partitionsPendingRevocation: array(topicPartitions),
  },
})

export const consumerGroupRegularExpressionKey = defineMessage({
  name: 'ConsumerGroupRegularExpressionKey',
  recordType: 16,
  versions: [0, 0],
  fields: {
    groupId: string(),
    regularExpression: string(),
  },
})

export const consumerGroupRegularExpressionValue = defineMessage({
  name: 'ConsumerGroupRegularExpressionValue',
  recordType: 16,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topics: array(string()),
    version: int64(),
    timestamp: int64(),
  },
})
