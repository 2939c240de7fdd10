// OffsetFetch (9): Where a group has read to; since v8 for several groups at once (KIP-709).

import {
  array,
  between,
  bool,
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
  withDefault,
} from '../schema.ts'

export const offsetFetch = defineApi({
  key: 9,
  name: 'OffsetFetch',
  versions: [0, 10],
  flexibleFrom: 6,
  request: {
    groupId: until(7, groupId()),
    topics: until(
      7,
      nullable(
        array(
          struct('OffsetFetchRequestTopic', {
            name: topicName(),
            partitionIndexes: array(int32()),
          }),
        ),
        { since: 2 },
      ),
    ),
    groups: since(
      8,
      array(
        struct('OffsetFetchRequestGroup', {
          groupId: groupId(),
          memberId: since(9, nullable(string()), null),
          memberEpoch: since(9, int32(), -1),
          topics: nullable(
            array(
              struct('OffsetFetchRequestTopics', {
                name: until(9, topicName()),
                topicId: since(10, uuid()),
                partitionIndexes: array(int32()),
              }),
            ),
          ),
        }),
      ),
    ),
    requireStable: since(7, bool(), false),
  },
  response: {
    throttleTimeMs: since(3, int32()),
    topics: until(
      7,
      array(
        struct('OffsetFetchResponseTopic', {
          name: topicName(),
          partitions: array(
            struct('OffsetFetchResponsePartition', {
              partitionIndex: int32(),
              committedOffset: int64(),
              committedLeaderEpoch: since(5, int32(), -1),
              metadata: nullable(string()),
              errorCode: int16(),
            }),
          ),
        }),
      ),
    ),
    errorCode: between(2, 7, int16(), 0),
    groups: since(
      8,
      array(
        struct('OffsetFetchResponseGroup', {
          groupId: groupId(),
          topics: array(
            struct('OffsetFetchResponseTopics', {
              name: until(9, topicName()),
              topicId: since(10, uuid()),
              partitions: array(
                struct('OffsetFetchResponsePartitions', {
                  partitionIndex: int32(),
                  committedOffset: int64(),
                  committedLeaderEpoch: withDefault(int32(), -1),
                  metadata: nullable(string()),
                  errorCode: int16(),
                }),
              ),
            }),
          ),
          errorCode: withDefault(int16(), 0),
        }),
      ),
    ),
  },
})
