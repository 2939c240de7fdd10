// The records of `__consumer_offsets` that share groups are made of (KIP-932): from a change to key
// and value bytes and back, in Kafka's formats.
import {
  decodeShareGroupCurrentMemberAssignmentKey,
  decodeShareGroupCurrentMemberAssignmentValue,
  decodeShareGroupMemberMetadataKey,
  decodeShareGroupMemberMetadataValue,
  decodeShareGroupMetadataKey,
  decodeShareGroupMetadataValue,
  decodeShareGroupStatePartitionMetadataKey,
  decodeShareGroupStatePartitionMetadataValue,
  decodeShareGroupTargetAssignmentMemberKey,
  decodeShareGroupTargetAssignmentMemberValue,
  decodeShareGroupTargetAssignmentMetadataKey,
  decodeShareGroupTargetAssignmentMetadataValue,
  encodeShareGroupCurrentMemberAssignmentKey,
  encodeShareGroupCurrentMemberAssignmentValue,
  encodeShareGroupMemberMetadataKey,
  encodeShareGroupMemberMetadataValue,
  encodeShareGroupMetadataKey,
  encodeShareGroupMetadataValue,
  encodeShareGroupStatePartitionMetadataKey,
  encodeShareGroupStatePartitionMetadataValue,
  encodeShareGroupTargetAssignmentMemberKey,
  encodeShareGroupTargetAssignmentMemberValue,
  encodeShareGroupTargetAssignmentMetadataKey,
  encodeShareGroupTargetAssignmentMetadataValue,
} from '../../protocol/codecs/share-group-records.ts'
import type {
  ShareGroupStatePartitionMetadataValueInput,
  TopicPartitionsInfo,
} from '../../protocol/codecs/share-group-records.ts'
import { encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import type { TopicPartitions } from './assignors/assignor.ts'
import type { ShareChange } from './share/changes.ts'
import type { NamedPartitions } from './share/partitions-metadata.ts'
import type { ShareMemberHolding, SharePartitionsMetadata } from './share/state.ts'

/** Kafka's record types: the int16 that a key begins with. */
const recordTypes = {
  member: 10,
  metadata: 11,
  targetMetadata: 12,
  targetMember: 13,
  current: 14,
  partitions: 15,
} as const

/** All keys and values of these records have just one version. */
const version = 0

/** The only state that a member of a share group is in, as consumer groups number it. */
const stableState = 0

export function encodeShareChange(change: ShareChange): {
  readonly key: Buffer
  readonly value: Buffer | null
} {
  return { key: encodeKey(change), value: encodeValue(change) }
}

/** Null for a record type that no share group has. @throws DecodeError when damaged. */
export function decodeShareChange(
  type: number,
  key: Reader,
  valueBytes: Buffer | null,
): ShareChange | null {
  const value = valueBytes === null ? null : new Reader(valueBytes)
  // The version. Another than 0 is a format to come, whose fields nobody here can know.
  if (value !== null && value.int16() !== version) return null
  switch (type) {
    case recordTypes.member: {
      const { groupId, memberId } = decodeShareGroupMemberMetadataKey(key, version)
      return { kind: 'share-member', groupId, memberId, value: value && decodeMember(value) }
    }
    case recordTypes.metadata: {
      const { groupId } = decodeShareGroupMetadataKey(key, version)
      const epoch = value && decodeShareGroupMetadataValue(value, version)
      return { kind: 'share-epoch', groupId, value: epoch }
    }
    case recordTypes.targetMetadata: {
      const { groupId } = decodeShareGroupTargetAssignmentMetadataKey(key, version)
      return { kind: 'share-target-epoch', groupId, value: value && decodeTargetEpoch(value) }
    }
    case recordTypes.targetMember: {
      const { groupId, memberId } = decodeShareGroupTargetAssignmentMemberKey(key, version)
      return { kind: 'share-target', groupId, memberId, value: value && decodeTarget(value) }
    }
    case recordTypes.current: {
      const { groupId, memberId } = decodeShareGroupCurrentMemberAssignmentKey(key, version)
      return { kind: 'share-current', groupId, memberId, value: value && decodeHolding(value) }
    }
    case recordTypes.partitions: {
      const { groupId } = decodeShareGroupStatePartitionMetadataKey(key, version)
      return { kind: 'share-partitions', groupId, value: value && decodePartitions(value) }
    }
    default:
      return null
  }
}

function encodeKey(change: ShareChange): Buffer {
  const { groupId } = change
  switch (change.kind) {
    case 'share-member': {
      const key = { groupId, memberId: change.memberId }
      return encodeToBuffer(encodeShareGroupMemberMetadataKey, key, version, recordTypes.member)
    }
    case 'share-epoch':
      return encodeToBuffer(encodeShareGroupMetadataKey, { groupId }, 0, recordTypes.metadata)
    case 'share-target-epoch': {
      const encode = encodeShareGroupTargetAssignmentMetadataKey
      return encodeToBuffer(encode, { groupId }, version, recordTypes.targetMetadata)
    }
    case 'share-target': {
      const key = { groupId, memberId: change.memberId }
      const encode = encodeShareGroupTargetAssignmentMemberKey
      return encodeToBuffer(encode, key, version, recordTypes.targetMember)
    }
    case 'share-current': {
      const key = { groupId, memberId: change.memberId }
      const encode = encodeShareGroupCurrentMemberAssignmentKey
      return encodeToBuffer(encode, key, version, recordTypes.current)
    }
    case 'share-partitions': {
      const encode = encodeShareGroupStatePartitionMetadataKey
      return encodeToBuffer(encode, { groupId }, version, recordTypes.partitions)
    }
  }
}

function encodeValue({ kind, value }: ShareChange): Buffer | null {
  if (value === null) return null
  switch (kind) {
    case 'share-member': {
      const message = { ...value, subscribedTopicNames: value.topicNames }
      return encodeToBuffer(encodeShareGroupMemberMetadataValue, message, version, version)
    }
    case 'share-epoch':
      return encodeToBuffer(encodeShareGroupMetadataValue, value, version, version)
    case 'share-target-epoch': {
      const message = { assignmentEpoch: value.epoch, assignmentTimestamp: value.timestampMs }
      const encode = encodeShareGroupTargetAssignmentMetadataValue
      return encodeToBuffer(encode, message, version, version)
    }
    case 'share-target': {
      const encode = encodeShareGroupTargetAssignmentMemberValue
      const message = { topicPartitions: listOf(value) }
      return encodeToBuffer(encode, message, version, version)
    }
    case 'share-current': {
      const { memberEpoch, previousMemberEpoch, assigned } = value
      const assignedPartitions = listOf(assigned)
      const message = { memberEpoch, previousMemberEpoch, state: stableState, assignedPartitions }
      const encode = encodeShareGroupCurrentMemberAssignmentValue
      return encodeToBuffer(encode, message, version, version)
    }
    case 'share-partitions': {
      const encode = encodeShareGroupStatePartitionMetadataValue
      return encodeToBuffer(encode, partitionsMessage(value), version, version)
    }
  }
}

function listOf(partitions: TopicPartitions) {
  return Array.from(partitions, ([topicId, numbers]) => ({ topicId, partitions: numbers }))
}

function mapOf(list: readonly { topicId: string; partitions: readonly number[] }[]) {
  return new Map(
    list.map(({ topicId, partitions }) => [topicId, [...partitions].sort((a, b) => a - b)]),
  )
}

function decodeMember(reader: Reader) {
  const message = decodeShareGroupMemberMetadataValue(reader, version)
  const { rackId, clientId, clientHost, subscribedTopicNames: topicNames } = message
  return { rackId, clientId, clientHost, topicNames }
}

function decodeTargetEpoch(reader: Reader) {
  const message = decodeShareGroupTargetAssignmentMetadataValue(reader, version)
  return { epoch: message.assignmentEpoch, timestampMs: message.assignmentTimestamp }
}

function decodeTarget(reader: Reader): TopicPartitions {
  return mapOf(decodeShareGroupTargetAssignmentMemberValue(reader, version).topicPartitions)
}

function decodeHolding(reader: Reader): ShareMemberHolding {
  const message = decodeShareGroupCurrentMemberAssignmentValue(reader, version)
  const { memberEpoch, previousMemberEpoch, assignedPartitions } = message
  return { memberEpoch, previousMemberEpoch, assigned: mapOf(assignedPartitions) }
}

function partitionsMessage(
  metadata: SharePartitionsMetadata,
): ShareGroupStatePartitionMetadataValueInput {
  const infos = (named: NamedPartitions) =>
    Array.from(named, ([topicId, { topicName, partitions }]) => ({
      topicId,
      topicName,
      partitions,
    }))
  return {
    initializingTopics: infos(metadata.initializing),
    initializedTopics: infos(metadata.initialized),
    deletingTopics: Array.from(metadata.deleting, ([topicId, topicName]) => ({
      topicId,
      topicName,
    })),
  }
}

function decodePartitions(reader: Reader): SharePartitionsMetadata {
  const message = decodeShareGroupStatePartitionMetadataValue(reader, version)
  const named = (infos: readonly TopicPartitionsInfo[]): NamedPartitions =>
    new Map(
      infos.map(({ topicId, topicName, partitions }) => [
        topicId,
        { topicName, partitions: [...partitions].sort((a, b) => a - b) },
      ]),
    )
  return {
    initializing: named(message.initializingTopics),
    initialized: named(message.initializedTopics),
    deleting: new Map(message.deletingTopics.map(({ topicId, topicName }) => [topicId, topicName])),
  }
}
