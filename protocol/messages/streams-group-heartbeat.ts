// StreamsGroupHeartbeat (88): The one request of a streams group member (KIP-1071).

import {
  array,
  bool,
  defineApi,
  groupId,
  int16,
  int32,
  int64,
  int8,
  nullable,
  since,
  string,
  struct,
  topicName,
  uint16,
  until,
  withDefault,
} from '../schema.ts'

const keyValue = struct('KeyValue', {
  key: string(),
  value: string(),
})

const topicInfo = struct('TopicInfo', {
  name: topicName(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(keyValue),
})

const taskIds = struct('TaskIds', {
  subtopologyId: string(),
  partitions: array(int32()),
})

const endpoint = struct('Endpoint', {
  host: string(),
  port: uint16(),
})

const taskOffset = struct('TaskOffset', {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
})

const status = struct('Status', {
  statusCode: int8(),
  statusDetail: string(),
})

const streamsGroupHeartbeatResponseTaskIds = struct('TaskIds', {
  subtopologyId: string(),
  partitions: array(int32()),
})

const streamsGroupHeartbeatResponseEndpoint = struct('Endpoint', {
  host: string(),
  port: uint16(),
})

const topicPartition = struct('TopicPartition', {
  topic: topicName(),
  partitions: array(int32()),
})

export const streamsGroupHeartbeat = defineApi({
  key: 88,
  name: 'StreamsGroupHeartbeat',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: groupId(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: withDefault(nullable(string()), null),
    rackId: withDefault(nullable(string()), null),
    rebalanceTimeoutMs: withDefault(int32(), -1),
    topology: withDefault(
      nullable(
        struct('Topology', {
          epoch: int32(),
          subtopologies: array(
            struct('Subtopology', {
              subtopologyId: string(),
              sourceTopics: array(topicName()),
              sourceTopicRegex: array(string()),
              stateChangelogTopics: array(topicInfo),
              repartitionSinkTopics: array(topicName()),
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
        }),
      ),
      null,
    ),
    activeTasks: withDefault(nullable(array(taskIds)), null),
    standbyTasks: withDefault(nullable(array(taskIds)), null),
    warmupTasks: withDefault(nullable(array(taskIds)), null),
    processId: withDefault(nullable(string()), null),
    userEndpoint: withDefault(nullable(endpoint), null),
    clientTags: withDefault(nullable(array(keyValue)), null),
    taskOffsets: withDefault(nullable(array(taskOffset)), null),
    taskEndOffsets: withDefault(nullable(array(taskOffset)), null),
    shutdownApplication: withDefault(bool(), false),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: withDefault(nullable(string()), null),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLagLegacy: until(0, int32()),
    taskOffsetIntervalMs: int32(),
    acceptableRecoveryLag: since(1, int64(), -1),
    status: nullable(array(status)),
    activeTasks: withDefault(nullable(array(streamsGroupHeartbeatResponseTaskIds)), null),
    standbyTasks: withDefault(nullable(array(streamsGroupHeartbeatResponseTaskIds)), null),
    warmupTasks: withDefault(nullable(array(streamsGroupHeartbeatResponseTaskIds)), null),
    topologyDescriptionRequired: since(1, bool(), false),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: withDefault(
      nullable(
        array(
          struct('EndpointToPartitions', {
            userEndpoint: streamsGroupHeartbeatResponseEndpoint,
            activePartitions: array(topicPartition),
            standbyPartitions: array(topicPartition),
          }),
        ),
      ),
      null,
    ),
  },
})
