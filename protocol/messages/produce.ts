// Produce (0): A producer appends record batches to partitions. v13 names topics by id (KIP-516).

import {
  array,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  records,
  since,
  string,
  struct,
  tagged,
  topicName,
  transactionalId,
  until,
  uuid,
  withDefault,
} from '../schema.ts'

export const produce = defineApi({
  key: 0,
  name: 'Produce',
  versions: [0, 13],
  flexibleFrom: 9,
  request: {
    transactionalId: since(3, nullable(transactionalId()), null),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array(
      struct('TopicProduceData', {
        name: until(12, topicName()),
        topicId: since(13, uuid()),
        partitionData: array(
          struct('PartitionProduceData', {
            index: int32(),
            records: nullable(records()),
          }),
        ),
      }),
    ),
  },
  response: {
    responses: array(
      struct('TopicProduceResponse', {
        name: until(12, topicName()),
        topicId: since(13, uuid()),
        partitionResponses: array(
          struct('PartitionProduceResponse', {
            index: int32(),
            errorCode: int16(),
            baseOffset: int64(),
            logAppendTimeMs: since(2, int64(), -1),
            logStartOffset: since(5, int64(), -1),
            recordErrors: since(
              8,
              array(
                struct('BatchIndexAndErrorMessage', {
                  batchIndex: int32(),
                  batchIndexErrorMessage: withDefault(nullable(string()), null),
                }),
              ),
            ),
            errorMessage: since(8, nullable(string()), null),
            currentLeader: since(
              10,
              tagged(
                0,
                struct('LeaderIdAndEpoch', {
                  leaderId: withDefault(int32(), -1),
                  leaderEpoch: withDefault(int32(), -1),
                }),
              ),
            ),
          }),
        ),
      }),
    ),
    throttleTimeMs: since(1, int32(), 0),
    nodeEndpoints: since(
      10,
      tagged(
        0,
        array(
          struct('NodeEndpoint', {
            nodeId: int32(),
            host: string(),
            port: int32(),
            rack: withDefault(nullable(string()), null),
          }),
        ),
      ),
    ),
  },
})
