// CreatePartitions (37): Adds partitions to topics.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  nullable,
  string,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

export const createPartitions = defineApi({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    topics: array(
      struct('CreatePartitionsTopic', {
        name: topicName(),
        count: int32(),
        assignments: nullable(
          array(
            struct('CreatePartitionsAssignment', {
              brokerIds: array(int32()),
            }),
          ),
        ),
      }),
    ),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array(
      struct('CreatePartitionsTopicResult', {
        name: topicName(),
        errorCode: int16(),
        errorMessage: withDefault(nullable(string()), null),
      }),
    ),
  },
})
