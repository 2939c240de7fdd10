// Records in __remote_log_metadata (tiered storage).

import {
  array,
  bool,
  bytes,
  defineMessage,
  int32,
  int64,
  int8,
  nullable,
  string,
  struct,
  tagged,
  uuid,
  withDefault,
} from '../schema.ts'

export const remoteLogSegmentMetadataRecord = defineMessage({
  name: 'RemoteLogSegmentMetadataRecord',
  recordType: 0,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    remoteLogSegmentId: struct('RemoteLogSegmentIdEntry', {
      topicIdPartition: struct('TopicIdPartitionEntry', {
        name: string(),
        id: uuid(),
        partition: int32(),
      }),
      id: uuid(),
    }),
    startOffset: int64(),
    endOffset: int64(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: int64(),
    segmentLeaderEpochs: array(
      struct('SegmentLeaderEpochEntry', {
        leaderEpoch: int32(),
        offset: int64(),
      }),
    ),
    segmentSizeInBytes: int32(),
    customMetadata: withDefault(nullable(bytes()), null),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: tagged(0, bool()),
  },
})

export const remoteLogSegmentMetadataUpdateRecord = defineMessage({
  name: 'RemoteLogSegmentMetadataUpdateRecord',
  recordType: 1,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    remoteLogSegmentId: struct('RemoteLogSegmentIdEntry', {
      topicIdPartition: struct('TopicIdPartitionEntry', {
        name: string(),
        id: uuid(),
        partition: int32(),
      }),
      id: uuid(),
    }),
    brokerId: int32(),
    eventTimestampMs: int64(),
    customMetadata: withDefault(nullable(bytes()), null),
    remoteLogSegmentState: int8(),
  },
})

export const remotePartitionDeleteMetadataRecord = defineMessage({
  name: 'RemotePartitionDeleteMetadataRecord',
  recordType: 2,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topicIdPartition: struct('TopicIdPartitionEntry', {
      name: string(),
      id: uuid(),
      partition: int32(),
    }),
    brokerId: int32(),
    eventTimestampMs: int64(),
    remotePartitionDeleteState: int8(),
  },
})

export const remoteLogSegmentMetadataSnapshotRecord = defineMessage({
  name: 'RemoteLogSegmentMetadataSnapshotRecord',
  recordType: 3,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    segmentId: uuid(),
    startOffset: int64(),
    endOffset: int64(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: int64(),
    segmentLeaderEpochs: array(
      struct('SegmentLeaderEpochEntry', {
        leaderEpoch: int32(),
        offset: int64(),
      }),
    ),
    segmentSizeInBytes: int32(),
    customMetadata: withDefault(nullable(bytes()), null),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: tagged(0, bool()),
  },
})
