// OffsetCommit (8): A group stores how far it has read. v10 names topics by id.

import {
  array,
  between,
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
  until,
  uuid,
} from '../schema.ts'

export const offsetCommit = defineApi({
  key: 8,
  name: 'OffsetCommit',
  versions: [0, 10],
  flexibleFrom: 8,
  request: {
    groupId: groupId(),
    generationIdOrMemberEpoch: since(1, int32(), -1),
    memberId: since(1, string()),
    groupInstanceId: since(7, nullable(string()), null),
    retentionTimeMs: between(2, 4, int64(), -1),
    topics: array(
      struct('OffsetCommitRequestTopic', {
        name: until(9, topicName()),
        topicId: since(10, uuid()),
        partitions: array(
          struct('OffsetCommitRequestPartition', {
            partitionIndex: int32(),
            committedOffset: int64(),
            committedLeaderEpoch: since(6, int32(), -1),
            commitTimestamp: between(1, 1, int64(), -1),
            committedMetadata: nullable(string()),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: since(3, int32()),
    topics: array(
      struct('OffsetCommitResponseTopic', {
        name: until(9, topicName()),
        topicId: since(10, uuid()),
        partitions: array(
          struct('OffsetCommitResponsePartition', {
            partitionIndex: int32(),
            errorCode: int16(),
          }),
        ),
      }),
    ),
  },
})
