// AssignReplicasToDirs (73): A broker tells the controller which directory holds which replica
// (KIP-858).

import { array, defineApi, int16, int32, int64, struct, uuid, withDefault } from '../schema.ts'

export const assignReplicasToDirs = defineApi({
  key: 73,
  name: 'AssignReplicasToDirs',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    brokerEpoch: withDefault(int64(), -1),
    directories: array(
      struct('DirectoryData', {
        id: uuid(),
        topics: array(
          struct('TopicData', {
            topicId: uuid(),
            partitions: array(
              struct('PartitionData', {
                partitionIndex: int32(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    directories: array(
      struct('DirectoryData', {
        id: uuid(),
        topics: array(
          struct('TopicData', {
            topicId: uuid(),
            partitions: array(
              struct('PartitionData', {
                partitionIndex: int32(),
                errorCode: int16(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
})
