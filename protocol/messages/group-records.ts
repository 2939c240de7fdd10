// Records in __consumer_offsets of committed offsets and classic groups. A key is int16 record type
// +
// body (version 0), a value is int16 version + body.

import {
  array,
  between,
  bytes,
  clientId,
  defineMessage,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  tagged,
  uuid,
} from '../schema.ts'

const memberMetadata = struct('MemberMetadata', {
  memberId: string(),
  groupInstanceId: since(3, nullable(string()), null),
  clientId: clientId(),
  clientHost: string(),
  rebalanceTimeout: since(1, int32(), -1),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
})

export const legacyOffsetCommitKey = defineMessage({
  name: 'LegacyOffsetCommitKey',
  recordType: 0,
  versions: [0, 0],
  fields: {
    group: string(),
    topic: string(),
    partition: int32(),
  },
})

export const legacyOffsetCommitValue = defineMessage({
  name: 'LegacyOffsetCommitValue',
  recordType: 0,
  versions: [0, 0],
  fields: {
    offset: int64(),
    metadata: string(),
    commitTimestamp: int64(),
  },
})

export const offsetCommitKey = defineMessage({
  name: 'OffsetCommitKey',
  recordType: 1,
  versions: [0, 0],
  fields: {
    group: string(),
    topic: string(),
    partition: int32(),
  },
})

export const offsetCommitValue = defineMessage({
  name: 'OffsetCommitValue',
  recordType: 1,
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    offset: int64(),
    leaderEpoch: since(3, int32(), -1),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: between(1, 1, int64(), -1),
    topicId: since(4, tagged(0, uuid())),
  },
})

export const groupMetadataKey = defineMessage({
  name: 'GroupMetadataKey',
  recordType: 2,
  versions: [0, 0],
  fields: {
    group: string(),
  },
})

export const groupMetadataValue = defineMessage({
  name: 'GroupMetadataValue',
  recordType: 2,
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    protocolType: string(),
    generation: int32(),
    protocol: nullable(string()),
    leader: nullable(string()),
    currentStateTimestamp: since(2, int64(), -1),
    members: array(memberMetadata),
  },
})
