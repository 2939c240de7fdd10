// The records of `__consumer_offsets`: from a change to key and value bytes and back, in Kafka's
// formats and versions (4.x writes these very versions). Those of consumer groups are in
// consumer-records.ts, those of share and streams groups in files of their own.
import { encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import {
  decodeGroupMetadataKey,
  decodeGroupMetadataValue,
  decodeLegacyOffsetCommitKey,
  decodeOffsetCommitKey,
  decodeOffsetCommitValue,
  encodeGroupMetadataKey,
  encodeGroupMetadataValue,
  encodeOffsetCommitKey,
  encodeOffsetCommitValue,
} from '../../protocol/codecs/group-records.ts'
import type { MemberMetadata } from '../../protocol/codecs/group-records.ts'
import { assert } from '../base/assert.ts'
import type { ConsumerChange } from './consumer/changes.ts'
import { decodeConsumerChange, encodeConsumerChange } from './consumer-records.ts'
import type { GroupRecord, MemberRecord } from './classic/step.ts'
import type { CommittedOffset, OffsetKey } from './offsets/offsets.ts'
import type { ShareChange } from './share/changes.ts'
import { decodeShareChange, encodeShareChange } from './share-group-records.ts'
import type { StreamsChange } from './streams/changes.ts'
import { decodeStreamsChange, encodeStreamsChange } from './streams-group-records.ts'

/** What a record does to the state of its partition. */
export type GroupChange =
  OffsetChange | ClassicGroupChange | ConsumerChange | ShareChange | StreamsChange

/** A committed offset; null: it is gone. */
export interface OffsetChange {
  readonly kind: 'offset'
  readonly key: OffsetKey
  readonly value: CommittedOffset | null
}

/** A group as it is to be remembered; null: it is gone. */
export interface ClassicGroupChange {
  readonly kind: 'classic-group'
  readonly groupId: string
  readonly value: GroupRecord | null
}

/** Key and value as they are appended; a null value is a tombstone. */
export interface RecordBytes {
  readonly key: Buffer
  readonly value: Buffer | null
}

const recordTypes = { legacyOffsetCommit: 0, offsetCommit: 1, groupMetadata: 2 } as const
/** With the topic's id; what Kafka writes since 4.1. */
const offsetCommitValueVersion = 4
/**
 * The only version that holds an expiry time of its own (OffsetCommit 2-4 with a retention time).
 */
const expiringOffsetCommitValueVersion = 1
const groupMetadataValueVersion = 3

/** The bytes of a change. */
export function encodeChange(change: GroupChange): RecordBytes {
  if (change.kind === 'offset') return encodeOffset(change)
  if (change.kind === 'classic-group') return encodeGroup(change)
  if (isStreamsChange(change)) return encodeStreamsChange(change)
  return isShareChange(change) ? encodeShareChange(change) : encodeConsumerChange(change)
}

export function isStreamsChange(change: GroupChange): change is StreamsChange {
  return change.kind.startsWith('streams-')
}

export function isShareChange(change: GroupChange): change is ShareChange {
  return change.kind.startsWith('share-')
}

/**
 * What a record of the log means. Null for record types of other group kinds and of versions to
 * come, which are left as they are.
 * @throws DecodeError when the bytes are damaged.
 */
export function decodeChange(key: Buffer, value: Buffer | null): GroupChange | null {
  const reader = new Reader(key)
  const type = reader.int16()
  switch (type) {
    case recordTypes.legacyOffsetCommit:
      return decodeOffset(decodeLegacyOffsetCommitKey(reader, 0), value)
    case recordTypes.offsetCommit:
      return decodeOffset(decodeOffsetCommitKey(reader, 0), value)
    case recordTypes.groupMetadata: {
      const { group } = decodeGroupMetadataKey(reader, 0)
      return { kind: 'classic-group', groupId: group, value: decodeGroup(value) }
    }
    default:
      return (
        decodeConsumerChange(type, reader, value) ??
        decodeShareChange(type, reader, value) ??
        decodeStreamsChange(type, reader, value)
      )
  }
}

function encodeOffset({ key, value }: OffsetChange): RecordBytes {
  const { groupId: group, topic, partition } = key
  const keyMessage = { group, topic, partition }
  const keyBytes = encodeToBuffer(encodeOffsetCommitKey, keyMessage, 0, recordTypes.offsetCommit)
  if (value === null) return { key: keyBytes, value: null }
  const version =
    value.expireTimestampMs === -1 ? offsetCommitValueVersion : expiringOffsetCommitValueVersion
  const message = {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestamp: value.commitTimestampMs,
    expireTimestamp: value.expireTimestampMs,
    topicId: value.topicId,
  }
  return {
    key: keyBytes,
    value: encodeToBuffer(encodeOffsetCommitValue, message, version, version),
  }
}

function decodeOffset(
  key: { readonly group: string; readonly topic: string; readonly partition: number },
  valueBytes: Buffer | null,
): OffsetChange {
  const offsetKey = { groupId: key.group, topic: key.topic, partition: key.partition }
  if (valueBytes === null) return { kind: 'offset', key: offsetKey, value: null }
  const reader = new Reader(valueBytes)
  const version = reader.int16()
  const value = decodeOffsetCommitValue(reader, version)
  return {
    kind: 'offset',
    key: offsetKey,
    value: {
      offset: value.offset,
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestampMs: value.commitTimestamp,
      expireTimestampMs: value.expireTimestamp,
      topicId: value.topicId,
    },
  }
}

function encodeGroup({ groupId, value }: ClassicGroupChange): RecordBytes {
  assert(value === null || value.generation >= 0, 'generations count up from 0')
  const key = encodeToBuffer(
    encodeGroupMetadataKey,
    { group: groupId },
    0,
    recordTypes.groupMetadata,
  )
  if (value === null) return { key, value: null }
  const message = {
    protocolType: value.protocolType,
    generation: value.generation,
    protocol: value.protocolName,
    leader: value.leader,
    currentStateTimestamp: value.stateTimestampMs,
    members: value.members.map(memberMessage),
  }
  const version = groupMetadataValueVersion
  return { key, value: encodeToBuffer(encodeGroupMetadataValue, message, version, version) }
}

function memberMessage(member: MemberRecord): MemberMetadata {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: member.subscription,
    assignment: member.assignment,
  }
}

function decodeGroup(valueBytes: Buffer | null): GroupRecord | null {
  if (valueBytes === null) return null
  const reader = new Reader(valueBytes)
  const value = decodeGroupMetadataValue(reader, reader.int16())
  return {
    protocolType: value.protocolType,
    generation: value.generation,
    protocolName: value.protocol,
    leader: value.leader,
    stateTimestampMs: value.currentStateTimestamp,
    members: value.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeout,
      sessionTimeoutMs: member.sessionTimeout,
      // Slices of a whole batch: copied, so that a small group does not keep the batch alive.
      subscription: Buffer.from(member.subscription),
      assignment: Buffer.from(member.assignment),
    })),
  }
}
