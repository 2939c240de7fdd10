// ShareAcknowledge (79): Acknowledges records of a share group (KIP-932).

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
  uuid,
  withDefault,
} from '../schema.ts'

export const shareAcknowledge = defineApi({
  key: 79,
  name: 'ShareAcknowledge',
  versions: [1, 2],
  flexibleFrom: 0,
  request: {
    groupId: withDefault(nullable(groupId()), null),
    memberId: nullable(string()),
    shareSessionEpoch: int32(),
    isRenewAck: since(2, bool(), false),
    topics: array(
      struct('AcknowledgeTopic', {
        topicId: uuid(),
        partitions: array(
          struct('AcknowledgePartition', {
            partitionIndex: int32(),
            acknowledgementBatches: array(
              struct('AcknowledgementBatch', {
                firstOffset: int64(),
                lastOffset: int64(),
                acknowledgeTypes: array(int8()),
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
    errorMessage: withDefault(nullable(string()), null),
    acquisitionLockTimeoutMs: since(2, int32()),
    responses: array(
      struct('ShareAcknowledgeTopicResponse', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            errorCode: int16(),
            errorMessage: withDefault(nullable(string()), null),
            currentLeader: struct('LeaderIdAndEpoch', {
              leaderId: int32(),
              leaderEpoch: int32(),
            }),
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      struct('NodeEndpoint', {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: withDefault(nullable(string()), null),
      }),
    ),
  },
})
