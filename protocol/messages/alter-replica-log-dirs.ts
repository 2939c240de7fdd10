// AlterReplicaLogDirs (34): Moves replicas between the log directories of a broker.

import { array, defineApi, int16, int32, string, struct, topicName } from '../schema.ts'

export const alterReplicaLogDirs = defineApi({
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    dirs: array(
      struct('AlterReplicaLogDir', {
        path: string(),
        topics: array(
          struct('AlterReplicaLogDirTopic', {
            name: topicName(),
            partitions: array(int32()),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    results: array(
      struct('AlterReplicaLogDirTopicResult', {
        topicName: topicName(),
        partitions: array(
          struct('AlterReplicaLogDirPartitionResult', {
            partitionIndex: int32(),
            errorCode: int16(),
          }),
        ),
      }),
    ),
  },
})
