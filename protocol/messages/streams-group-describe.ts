// StreamsGroupDescribe (89): State, topology and members of streams groups (KIP-1071).

import {
  array,
  bool,
  clientId,
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

const endpoint = struct('Endpoint', {
  host: string(),
  port: uint16(),
})

const taskOffset = struct('TaskOffset', {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
})

const taskIds = struct('TaskIds', {
  subtopologyId: string(),
  partitions: array(int32()),
})

const assignment = struct('Assignment', {
  activeTasks: array(taskIds),
  standbyTasks: array(taskIds),
  warmupTasks: array(taskIds),
})

const topologyDescriptionNode = struct('TopologyDescriptionNode', {
  name: since(1, string()),
  nodeType: since(1, int8()),
  sourceTopics: since(1, array(topicName())),
  sinkTopic: since(1, nullable(topicName()), null),
  stores: since(1, array(string())),
  successors: since(1, array(string())),
})

const topologyDescriptionSubtopology = struct('TopologyDescriptionSubtopology', {
  subtopologyId: since(1, string()),
  nodes: since(1, array(topologyDescriptionNode)),
})

const topologyDescriptionGlobalStore = struct('TopologyDescriptionGlobalStore', {
  source: since(1, topologyDescriptionNode),
  processor: since(1, topologyDescriptionNode),
})

const topologyDescription = struct('TopologyDescription', {
  subtopologies: since(1, array(topologyDescriptionSubtopology)),
  globalStores: since(1, array(topologyDescriptionGlobalStore)),
})

export const streamsGroupDescribe = defineApi({
  key: 89,
  name: 'StreamsGroupDescribe',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupIds: array(groupId()),
    includeAuthorizedOperations: bool(),
    includeTopologyDescription: since(1, bool(), false),
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
        topology: withDefault(
          nullable(
            struct('Topology', {
              epoch: int32(),
              subtopologies: withDefault(
                nullable(
                  array(
                    struct('Subtopology', {
                      subtopologyId: string(),
                      sourceTopics: array(topicName()),
                      repartitionSinkTopics: array(topicName()),
                      stateChangelogTopics: array(topicInfo),
                      repartitionSourceTopics: array(topicInfo),
                    }),
                  ),
                ),
                null,
              ),
            }),
          ),
          null,
        ),
        members: array(
          struct('Member', {
            memberId: string(),
            memberEpoch: int32(),
            instanceId: withDefault(nullable(string()), null),
            rackId: withDefault(nullable(string()), null),
            clientId: clientId(),
            clientHost: string(),
            topologyEpoch: int32(),
            processId: string(),
            userEndpoint: withDefault(nullable(endpoint), null),
            clientTags: array(keyValue),
            taskOffsets: array(taskOffset),
            taskEndOffsets: array(taskOffset),
            assignment: assignment,
            targetAssignment: assignment,
            isClassic: bool(),
          }),
        ),
        authorizedOperations: withDefault(int32(), -2147483648),
        topologyDescription: since(1, nullable(topologyDescription), null),
        topologyDescriptionStatus: since(1, int8(), 0),
        assignorName: since(1, nullable(string()), null),
      }),
    ),
  },
})
