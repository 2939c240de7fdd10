// ElectLeaders (43): Elects preferred or unclean leaders.

import {
  array,
  defineApi,
  int16,
  int32,
  int8,
  nullable,
  since,
  string,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

export const electLeaders = defineApi({
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    electionType: since(1, int8()),
    topicPartitions: nullable(
      array(
        struct('TopicPartitions', {
          topic: topicName(),
          partitions: array(int32()),
        }),
      ),
    ),
    timeoutMs: withDefault(int32(), 60000),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: since(1, int16()),
    replicaElectionResults: array(
      struct('ReplicaElectionResult', {
        topic: topicName(),
        partitionResult: array(
          struct('PartitionResult', {
            partitionId: int32(),
            errorCode: int16(),
            errorMessage: nullable(string()),
          }),
        ),
      }),
    ),
  },
})
