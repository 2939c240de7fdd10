// CreateTopics (19): Creates topics, with their configs and replica assignments.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int8,
  nullable,
  since,
  string,
  struct,
  tagged,
  topicName,
  uuid,
  withDefault,
} from '../schema.ts'

export const createTopics = defineApi({
  key: 19,
  name: 'CreateTopics',
  versions: [0, 7],
  flexibleFrom: 5,
  request: {
    topics: array(
      struct('CreatableTopic', {
        name: topicName(),
        numPartitions: int32(),
        replicationFactor: int16(),
        assignments: array(
          struct('CreatableReplicaAssignment', {
            partitionIndex: int32(),
            brokerIds: array(int32()),
          }),
        ),
        configs: array(
          struct('CreatableTopicConfig', {
            name: string(),
            value: nullable(string()),
          }),
        ),
      }),
    ),
    timeoutMs: withDefault(int32(), 60000),
    validateOnly: since(1, bool(), false),
  },
  response: {
    throttleTimeMs: since(2, int32()),
    topics: array(
      struct('CreatableTopicResult', {
        name: topicName(),
        topicId: since(7, uuid()),
        errorCode: int16(),
        errorMessage: since(1, nullable(string())),
        topicConfigErrorCode: since(5, tagged(0, int16())),
        numPartitions: since(5, int32(), -1),
        replicationFactor: since(5, int16(), -1),
        configs: since(
          5,
          nullable(
            array(
              struct('CreatableTopicConfigs', {
                name: string(),
                value: nullable(string()),
                readOnly: bool(),
                configSource: withDefault(int8(), -1),
                isSensitive: bool(),
              }),
            ),
          ),
        ),
      }),
    ),
  },
})
