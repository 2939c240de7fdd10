// AlterPartition (56): A leader asks the controller to change the in-sync replicas.

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  since,
  struct,
  until,
  uuid,
  withDefault,
} from '../schema.ts'

export const alterPartition = defineApi({
  key: 56,
  name: 'AlterPartition',
  versions: [2, 3],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    brokerEpoch: withDefault(int64(), -1),
    topics: array(
      struct('TopicData', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            leaderEpoch: int32(),
            newIsr: until(2, array(int32())),
            newIsrWithEpochs: since(
              3,
              array(
                struct('BrokerState', {
                  brokerId: int32(),
                  brokerEpoch: withDefault(int64(), -1),
                }),
              ),
            ),
            leaderRecoveryState: withDefault(int8(), 0),
            partitionEpoch: int32(),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array(
      struct('TopicData', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            errorCode: int16(),
            leaderId: int32(),
            leaderEpoch: int32(),
            isr: array(int32()),
            leaderRecoveryState: withDefault(int8(), 0),
            partitionEpoch: int32(),
          }),
        ),
      }),
    ),
  },
})
