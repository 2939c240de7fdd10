// ListPartitionReassignments (46): The moves of replicas that are under way.

import {
  array,
  defineApi,
  int16,
  int32,
  nullable,
  string,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

export const listPartitionReassignments = defineApi({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: withDefault(int32(), 60000),
    topics: withDefault(
      nullable(
        array(
          struct('ListPartitionReassignmentsTopics', {
            name: topicName(),
            partitionIndexes: array(int32()),
          }),
        ),
      ),
      null,
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    topics: array(
      struct('OngoingTopicReassignment', {
        name: topicName(),
        partitions: array(
          struct('OngoingPartitionReassignment', {
            partitionIndex: int32(),
            replicas: array(int32()),
            addingReplicas: array(int32()),
            removingReplicas: array(int32()),
          }),
        ),
      }),
    ),
  },
})
