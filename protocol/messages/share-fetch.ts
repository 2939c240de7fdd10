// ShareFetch (78): Reads records for a share group and acknowledges earlier ones (KIP-932).

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
  records,
  since,
  string,
  struct,
  uuid,
  withDefault,
} from '../schema.ts'

export const shareFetch = defineApi({
  key: 78,
  name: 'ShareFetch',
  versions: [1, 2],
  flexibleFrom: 0,
  request: {
    groupId: withDefault(nullable(groupId()), null),
    memberId: nullable(string()),
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: withDefault(int32(), 2147483647),
    maxRecords: int32(),
    batchSize: int32(),
    shareAcquireMode: since(2, int8(), 0),
    isRenewAck: since(2, bool(), false),
    topics: array(
      struct('FetchTopic', {
        topicId: uuid(),
        partitions: array(
          struct('FetchPartition', {
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
    forgottenTopicsData: array(
      struct('ForgottenTopic', {
        topicId: uuid(),
        partitions: array(int32()),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: withDefault(nullable(string()), null),
    acquisitionLockTimeoutMs: int32(),
    responses: array(
      struct('ShareFetchableTopicResponse', {
        topicId: uuid(),
        partitions: array(
          struct('PartitionData', {
            partitionIndex: int32(),
            errorCode: int16(),
            errorMessage: withDefault(nullable(string()), null),
            acknowledgeErrorCode: int16(),
            acknowledgeErrorMessage: withDefault(nullable(string()), null),
            currentLeader: struct('LeaderIdAndEpoch', {
              leaderId: int32(),
              leaderEpoch: int32(),
            }),
            records: nullable(records(), { until: 0 }),
            acquiredRecords: array(
              struct('AcquiredRecords', {
                firstOffset: int64(),
                lastOffset: int64(),
                deliveryCount: int16(),
              }),
            ),
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
