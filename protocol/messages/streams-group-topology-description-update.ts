// StreamsGroupTopologyDescriptionUpdate (93): A streams member hands in the description of its
// topology.

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  int8,
  nullable,
  string,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

const topologyDescriptionNode = struct('TopologyDescriptionNode', {
  name: string(),
  nodeType: int8(),
  sourceTopics: array(topicName()),
  sinkTopic: withDefault(nullable(topicName()), null),
  stores: array(string()),
  successors: array(string()),
})

const topologyDescriptionSubtopology = struct('TopologyDescriptionSubtopology', {
  subtopologyId: string(),
  nodes: array(topologyDescriptionNode),
})

const topologyDescriptionGlobalStore = struct('TopologyDescriptionGlobalStore', {
  source: topologyDescriptionNode,
  processor: topologyDescriptionNode,
})

const topologyDescription = struct('TopologyDescription', {
  subtopologies: array(topologyDescriptionSubtopology),
  globalStores: array(topologyDescriptionGlobalStore),
})

export const streamsGroupTopologyDescriptionUpdate = defineApi({
  key: 93,
  name: 'StreamsGroupTopologyDescriptionUpdate',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    groupId: groupId(),
    memberId: string(),
    topologyEpoch: int32(),
    topologyDescription: topologyDescription,
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: withDefault(nullable(string()), null),
  },
})
