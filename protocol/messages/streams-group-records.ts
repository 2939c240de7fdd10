// Records in __consumer_offsets of streams groups (KIP-1071).

import {
  array,
  clientId,
  defineMessage,
  int16,
  int32,
  int64,
  int8,
  nullable,
  string,
  struct,
  tagged,
  uint16,
  withDefault,
} from '../schema.ts'

const lastAssignmentConfig = struct('LastAssignmentConfig', {
  key: string(),
  value: string(),
})

const endpoint = struct('Endpoint', {
  host: string(),
  port: uint16(),
})

const keyValue = struct('KeyValue', {
  key: string(),
  value: string(),
})

const taskIds = struct('TaskIds', {
  subtopologyId: string(),
  partitions: array(int32()),
})

const streamsGroupCurrentMemberAssignmentValueTaskIds = struct('TaskIds', {
  subtopologyId: string(),
  partitions: array(int32()),
  assignmentEpochs: tagged(0, nullable(array(int32()))),
})

const topicConfig = struct('TopicConfig', {
  key: string(),
  value: string(),
})

const topicInfo = struct('TopicInfo', {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(topicConfig),
})

export const streamsGroupMetadataKey = defineMessage({
  name: 'StreamsGroupMetadataKey',
  recordType: 17,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const streamsGroupMetadataValue = defineMessage({
  name: 'StreamsGroupMetadataValue',
  recordType: 17,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    epoch: int32(),
    metadataHash: int64(),
    validatedTopologyEpoch: tagged(0, int32(), -1),
    lastAssignmentConfigs: tagged(1, nullable(array(lastAssignmentConfig))),
    storedDescriptionTopologyEpoch: tagged(2, int32(), -1),
    failedDescriptionTopologyEpoch: tagged(3, int32(), -1),
  },
})

export const streamsGroupMemberMetadataKey = defineMessage({
  name: 'StreamsGroupMemberMetadataKey',
  recordType: 19,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const streamsGroupMemberMetadataValue = defineMessage({
  name: 'StreamsGroupMemberMetadataValue',
  recordType: 19,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    instanceId: nullable(string()),
    rackId: nullable(string()),
    clientId: clientId(),
    clientHost: string(),
    rebalanceTimeoutMs: withDefault(int32(), -1),
    topologyEpoch: int32(),
    processId: string(),
    userEndpoint: withDefault(nullable(endpoint), null),
    clientTags: array(keyValue),
  },
})

export const streamsGroupTargetAssignmentMetadataKey = defineMessage({
  name: 'StreamsGroupTargetAssignmentMetadataKey',
  recordType: 20,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const streamsGroupTargetAssignmentMetadataValue = defineMessage({
  name: 'StreamsGroupTargetAssignmentMetadataValue',
  recordType: 20,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    assignmentEpoch: int32(),
    assignmentTimestamp: tagged(0, int64(), 0),
  },
})

export const streamsGroupTargetAssignmentMemberKey = defineMessage({
  name: 'StreamsGroupTargetAssignmentMemberKey',
  recordType: 21,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const streamsGroupTargetAssignmentMemberValue = defineMessage({
  name: 'StreamsGroupTargetAssignmentMemberValue',
  recordType: 21,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    activeTasks: array(taskIds),
    standbyTasks: array(taskIds),
    warmupTasks: array(taskIds),
  },
})

export const streamsGroupCurrentMemberAssignmentKey = defineMessage({
  name: 'StreamsGroupCurrentMemberAssignmentKey',
  recordType: 22,
  versions: [0, 0],
  fields: {
    groupId: string(),
    memberId: string(),
  },
})

export const streamsGroupCurrentMemberAssignmentValue = defineMessage({
  name: 'StreamsGroupCurrentMemberAssignmentValue',
  recordType: 22,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    activeTasks: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    standbyTasks: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    warmupTasks: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    activeTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    standbyTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
    warmupTasksPendingRevocation: array(streamsGroupCurrentMemberAssignmentValueTaskIds),
  },
})

export const streamsGroupTopologyKey = defineMessage({
  name: 'StreamsGroupTopologyKey',
  recordType: 23,
  versions: [0, 0],
  fields: {
    groupId: string(),
  },
})

export const streamsGroupTopologyValue = defineMessage({
  name: 'StreamsGroupTopologyValue',
  recordType: 23,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    epoch: int32(),
    subtopologies: array(
      struct('Subtopology', {
        subtopologyId: string(),
        sourceTopics: array(string()),
        sourceTopicRegex: array(string()),
        stateChangelogTopics: array(topicInfo),
        repartitionSinkTopics: array(string()),
        repartitionSourceTopics: array(topicInfo),
        copartitionGroups: array(
          struct('CopartitionGroup', {
            sourceTopics: array(int16()),
            sourceTopicRegex: array(int16()),
            repartitionSourceTopics: array(int16()),
          }),
        ),
      }),
    ),
  },
})
