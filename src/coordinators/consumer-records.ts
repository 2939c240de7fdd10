// The records of `__consumer_offsets` that consumer groups are made of (KIP-848): from a change to
// key and value bytes and back, in Kafka's formats.
import {
  decodeConsumerGroupCurrentMemberAssignmentKey,
  decodeConsumerGroupCurrentMemberAssignmentValue,
  decodeConsumerGroupMemberMetadataKey,
  decodeConsumerGroupMemberMetadataValue,
  decodeConsumerGroupMetadataKey,
  decodeConsumerGroupMetadataValue,
  decodeConsumerGroupPartitionMetadataKey,
  decodeConsumerGroupRegularExpressionKey,
  decodeConsumerGroupRegularExpressionValue,
  decodeConsumerGroupTargetAssignmentMemberKey,
  decodeConsumerGroupTargetAssignmentMemberValue,
  decodeConsumerGroupTargetAssignmentMetadataKey,
  decodeConsumerGroupTargetAssignmentMetadataValue,
  encodeConsumerGroupCurrentMemberAssignmentKey,
  encodeConsumerGroupCurrentMemberAssignmentValue,
  encodeConsumerGroupMemberMetadataKey,
  encodeConsumerGroupMemberMetadataValue,
  encodeConsumerGroupMetadataKey,
  encodeConsumerGroupMetadataValue,
  encodeConsumerGroupPartitionMetadataKey,
  encodeConsumerGroupRegularExpressionKey,
  encodeConsumerGroupRegularExpressionValue,
  encodeConsumerGroupTargetAssignmentMemberKey,
  encodeConsumerGroupTargetAssignmentMemberValue,
  encodeConsumerGroupTargetAssignmentMetadataKey,
  encodeConsumerGroupTargetAssignmentMetadataValue,
} from '../../protocol/codecs/consumer-group-records.ts'
import { encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { assert } from '../base/assert.ts'
import type { ConsumerChange } from './consumer/changes.ts'
import type {
  MemberHolding,
  MemberMetadata,
  MemberPhase,
  OwnedPartitions,
} from './consumer/state.ts'

/** Kafka's record types: the int16 that a key begins with. */
const recordTypes = {
  metadata: 3,
  partitionMetadata: 4,
  member: 5,
  targetMetadata: 6,
  targetMember: 7,
  current: 8,
  regex: 16,
} as const

/** All keys and values of these records have just one version. */
const version = 0

export const phaseCodes = { stable: 0, unrevoked: 1, unreleased: 2, unknown: 127 } as const

export function encodeConsumerChange(change: ConsumerChange): {
  readonly key: Buffer
  readonly value: Buffer | null
} {
  return { key: encodeKey(change), value: change.value === null ? null : encodeValue(change) }
}

/** Null for a record type that no consumer group has. @throws DecodeError when damaged. */
export function decodeConsumerChange(
  type: number,
  key: Reader,
  valueBytes: Buffer | null,
): ConsumerChange | null {
  const value = valueBytes === null ? null : new Reader(valueBytes)
  // The version. Another than 0 is a format to come, whose fields nobody here can know.
  if (value !== null && value.int16() !== version) return null
  switch (type) {
    case recordTypes.metadata:
      return { kind: 'consumer-epoch', ...decodeConsumerGroupMetadataKey(key, 0), ...epochs(value) }
    case recordTypes.partitionMetadata: {
      const { groupId } = decodeConsumerGroupPartitionMetadataKey(key, version)
      const present = value === null ? null : 'present'
      return { kind: 'consumer-partition-metadata', groupId, value: present }
    }
    case recordTypes.member: {
      const { groupId, memberId } = decodeConsumerGroupMemberMetadataKey(key, version)
      return { kind: 'consumer-member', groupId, memberId, value: value && decodeMember(value) }
    }
    case recordTypes.targetMetadata: {
      const { groupId } = decodeConsumerGroupTargetAssignmentMetadataKey(key, version)
      return { kind: 'consumer-target-epoch', groupId, value: value && decodeTargetEpoch(value) }
    }
    case recordTypes.targetMember: {
      const { groupId, memberId } = decodeConsumerGroupTargetAssignmentMemberKey(key, version)
      return { kind: 'consumer-target', groupId, memberId, value: value && decodeTarget(value) }
    }
    case recordTypes.current: {
      const { groupId, memberId } = decodeConsumerGroupCurrentMemberAssignmentKey(key, version)
      return { kind: 'consumer-current', groupId, memberId, value: value && decodeHolding(value) }
    }
    case recordTypes.regex: {
      const decoded = decodeConsumerGroupRegularExpressionKey(key, version)
      const { groupId, regularExpression: regex } = decoded
      return { kind: 'consumer-regex', groupId, regex, value: value && decodeRegex(value) }
    }
    default:
      return null
  }
}

function encodeKey(change: ConsumerChange): Buffer {
  const { groupId } = change
  switch (change.kind) {
    case 'consumer-epoch':
      return encodeToBuffer(encodeConsumerGroupMetadataKey, { groupId }, 0, recordTypes.metadata)
    case 'consumer-partition-metadata':
      return encodeToBuffer(
        encodeConsumerGroupPartitionMetadataKey,
        { groupId },
        version,
        recordTypes.partitionMetadata,
      )
    case 'consumer-member': {
      const key = { groupId, memberId: change.memberId }
      return encodeToBuffer(encodeConsumerGroupMemberMetadataKey, key, 0, recordTypes.member)
    }
    case 'consumer-target-epoch':
      return encodeToBuffer(
        encodeConsumerGroupTargetAssignmentMetadataKey,
        { groupId },
        version,
        recordTypes.targetMetadata,
      )
    case 'consumer-target': {
      const key = { groupId, memberId: change.memberId }
      const encode = encodeConsumerGroupTargetAssignmentMemberKey
      return encodeToBuffer(encode, key, version, recordTypes.targetMember)
    }
    case 'consumer-current': {
      const key = { groupId, memberId: change.memberId }
      const encode = encodeConsumerGroupCurrentMemberAssignmentKey
      return encodeToBuffer(encode, key, version, recordTypes.current)
    }
    case 'consumer-regex': {
      const key = { groupId, regularExpression: change.regex }
      return encodeToBuffer(encodeConsumerGroupRegularExpressionKey, key, 0, recordTypes.regex)
    }
  }
}

function encodeValue(change: ConsumerChange): Buffer | null {
  const { kind, value } = change
  if (value === null) return null
  switch (kind) {
    case 'consumer-epoch':
      return encodeToBuffer(encodeConsumerGroupMetadataValue, value, version, version)
    case 'consumer-partition-metadata':
      assert(false, 'subscription metadata is only ever removed')
    case 'consumer-member':
      return encodeMember(value)
    case 'consumer-target-epoch': {
      const message = { assignmentEpoch: value.epoch, assignmentTimestamp: value.timestampMs }
      const encode = encodeConsumerGroupTargetAssignmentMetadataValue
      return encodeToBuffer(encode, message, version, version)
    }
    case 'consumer-target': {
      const topicPartitions = Array.from(value, ([topicId, partitions]) => ({
        topicId,
        partitions,
      }))
      const encode = encodeConsumerGroupTargetAssignmentMemberValue
      return encodeToBuffer(encode, { topicPartitions }, version, version)
    }
    case 'consumer-current':
      return encodeHolding(value)
    case 'consumer-regex': {
      const { topics, version: metadataVersion, timestampMs } = value
      const message = {
        topics: [...topics].sort(),
        version: metadataVersion,
        timestamp: timestampMs,
      }
      return encodeToBuffer(encodeConsumerGroupRegularExpressionValue, message, version, version)
    }
  }
}

function epochs(value: Reader | null): Pick<EpochChange, 'value'> {
  return { value: value && decodeConsumerGroupMetadataValue(value, version) }
}

type EpochChange = Extract<ConsumerChange, { kind: 'consumer-epoch' }>

function encodeMember({ topicNames, topicRegex, classic, ...member }: MemberMetadata): Buffer {
  const message = {
    ...member,
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicRegex,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.protocols,
    },
  }
  return encodeToBuffer(encodeConsumerGroupMemberMetadataValue, message, version, version)
}

function decodeMember(reader: Reader): MemberMetadata {
  const message = decodeConsumerGroupMemberMetadataValue(reader, version)
  const classic = message.classicMemberMetadata
  return {
    instanceId: message.instanceId,
    rackId: message.rackId,
    clientId: message.clientId,
    clientHost: message.clientHost,
    topicNames: message.subscribedTopicNames,
    topicRegex: message.subscribedTopicRegex ?? '',
    rebalanceTimeoutMs: message.rebalanceTimeoutMs,
    serverAssignor: message.serverAssignor,
    classic: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      // Slices of a whole batch: copied, so that a small group does not keep the batch alive.
      protocols: classic.supportedProtocols.map(({ name, metadata }) => {
        return { name, metadata: Buffer.from(metadata) }
      }),
    },
  }
}

function decodeTargetEpoch(reader: Reader): { epoch: number; timestampMs: number } {
  const message = decodeConsumerGroupTargetAssignmentMetadataValue(reader, version)
  return { epoch: message.assignmentEpoch, timestampMs: message.assignmentTimestamp }
}

function decodeTarget(reader: Reader): ReadonlyMap<string, readonly number[]> {
  const { topicPartitions } = decodeConsumerGroupTargetAssignmentMemberValue(reader, version)
  return new Map(
    topicPartitions.map(({ topicId, partitions }) => [
      topicId,
      [...partitions].sort((a, b) => a - b),
    ]),
  )
}

function decodeRegex(reader: Reader) {
  const message = decodeConsumerGroupRegularExpressionValue(reader, version)
  const { topics, version: metadataVersion, timestamp } = message
  return { topics: new Set(topics), version: metadataVersion, timestampMs: timestamp }
}

function encodeHolding(holding: MemberHolding): Buffer {
  const message = {
    memberEpoch: holding.memberEpoch,
    previousMemberEpoch: holding.previousMemberEpoch,
    state: phaseCodes[holding.phase],
    assignedPartitions: ownedMessage(holding.assigned),
    partitionsPendingRevocation: ownedMessage(holding.pendingRevocation),
  }
  const encode = encodeConsumerGroupCurrentMemberAssignmentValue
  return encodeToBuffer(encode, message, version, version)
}

function ownedMessage(owned: OwnedPartitions) {
  return Array.from(owned, ([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()],
    assignmentEpochs: [...partitions.values()],
  }))
}

function decodeHolding(reader: Reader): MemberHolding {
  const message = decodeConsumerGroupCurrentMemberAssignmentValue(reader, version)
  const { memberEpoch, previousMemberEpoch } = message
  const owned = (topics: typeof message.assignedPartitions): OwnedPartitions =>
    new Map(
      topics.map(({ topicId, partitions, assignmentEpochs }) => [
        topicId,
        // Before 4.2 all that a member held counted as assigned at its own epoch.
        new Map(partitions.map((one, index) => [one, assignmentEpochs?.[index] ?? memberEpoch])),
      ]),
    )
  return {
    memberEpoch,
    previousMemberEpoch,
    phase: phaseOf(message.state),
    assigned: owned(message.assignedPartitions),
    pendingRevocation: owned(message.partitionsPendingRevocation),
  }
}

export function phaseOf(code: number): MemberPhase {
  switch (code) {
    case phaseCodes.stable:
      return 'stable'
    case phaseCodes.unrevoked:
      return 'unrevoked'
    case phaseCodes.unreleased:
      return 'unreleased'
    default:
      return 'unknown'
  }
}
