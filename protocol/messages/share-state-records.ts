// Records in __share_group_state.

import {
  array,
  defineMessage,
  int16,
  int32,
  int64,
  int8,
  string,
  struct,
  tagged,
  uuid,
} from '../schema.ts'

export const shareSnapshotKey = defineMessage({
  name: 'ShareSnapshotKey',
  recordType: 0,
  versions: [0, 0],
  fields: {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
})

export const shareSnapshotValue = defineMessage({
  name: 'ShareSnapshotValue',
  recordType: 0,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    snapshotEpoch: int32(),
    stateEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: tagged(0, int32(), -1),
    createTimestamp: int64(),
    writeTimestamp: int64(),
    stateBatches: array(
      struct('StateBatch', {
        firstOffset: int64(),
        lastOffset: int64(),
        deliveryState: int8(),
        deliveryCount: int16(),
      }),
    ),
  },
})

export const shareUpdateKey = defineMessage({
  name: 'ShareUpdateKey',
  recordType: 1,
  versions: [0, 0],
  fields: {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
})

export const shareUpdateValue = defineMessage({
  name: 'ShareUpdateValue',
  recordType: 1,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    snapshotEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: tagged(0, int32(), -1),
    stateBatches: array(
      struct('StateBatch', {
        firstOffset: int64(),
        lastOffset: int64(),
        deliveryState: int8(),
        deliveryCount: int16(),
      }),
    ),
  },
})
