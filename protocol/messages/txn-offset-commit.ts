// TxnOffsetCommit (28): A group stores its offsets as part of a transaction.

import {
  array,
  defineApi,
  groupId,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  topicName,
  transactionalId,
  until,
  uuid,
} from '../schema.ts'

export const txnOffsetCommit = defineApi({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 6],
  flexibleFrom: 3,
  request: {
    transactionalId: transactionalId(),
    groupId: groupId(),
    producerId: int64(),
    producerEpoch: int16(),
    generationIdOrMemberEpoch: since(3, int32(), -1),
    memberId: since(3, string(), ''),
    groupInstanceId: since(3, nullable(string()), null),
    topics: array(
      struct('TxnOffsetCommitRequestTopic', {
        name: until(5, topicName()),
        topicId: since(6, uuid()),
        partitions: array(
          struct('TxnOffsetCommitRequestPartition', {
            partitionIndex: int32(),
            committedOffset: int64(),
            committedLeaderEpoch: since(2, int32(), -1),
            committedMetadata: nullable(string()),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array(
      struct('TxnOffsetCommitResponseTopic', {
        name: until(5, topicName()),
        topicId: since(6, uuid()),
        partitions: array(
          struct('TxnOffsetCommitResponsePartition', {
            partitionIndex: int32(),
            errorCode: int16(),
          }),
        ),
      }),
    ),
  },
})
