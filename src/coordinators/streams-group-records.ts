// The records of `__consumer_offsets` that streams groups are made of (KIP-1071): from a change to key
// and value bytes and back, in Kafka's formats.
import {
  decodeStreamsGroupCurrentMemberAssignmentKey,
  decodeStreamsGroupCurrentMemberAssignmentValue,
  decodeStreamsGroupMemberMetadataKey,
  decodeStreamsGroupMemberMetadataValue,
  decodeStreamsGroupMetadataKey,
  decodeStreamsGroupMetadataValue,
  decodeStreamsGroupTargetAssignmentMemberKey,
  decodeStreamsGroupTargetAssignmentMemberValue,
  decodeStreamsGroupTargetAssignmentMetadataKey,
  decodeStreamsGroupTargetAssignmentMetadataValue,
  decodeStreamsGroupTopologyKey,
  decodeStreamsGroupTopologyValue,
  encodeStreamsGroupCurrentMemberAssignmentKey,
  encodeStreamsGroupCurrentMemberAssignmentValue,
  encodeStreamsGroupMemberMetadataKey,
  encodeStreamsGroupMemberMetadataValue,
  encodeStreamsGroupMetadataKey,
  encodeStreamsGroupMetadataValue,
  encodeStreamsGroupTargetAssignmentMemberKey,
  encodeStreamsGroupTargetAssignmentMemberValue,
  encodeStreamsGroupTargetAssignmentMetadataKey,
  encodeStreamsGroupTargetAssignmentMetadataValue,
  encodeStreamsGroupTopologyKey,
  encodeStreamsGroupTopologyValue,
} from '../../protocol/codecs/streams-group-records.ts'
import { encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { phaseCodes, phaseOf } from './consumer-records.ts'
import type { OwnedPartitions } from './consumer/state.ts'
import type { StreamsChange, StreamsEpoch } from './streams/changes.ts'
import type { StreamsHolding, StreamsMemberMetadata } from './streams/state.ts'
import { taskIdsOf } from './streams/step.ts'
import { storedEpoch } from './streams/tasks.ts'
import type { TaskIds, TaskRole, Tasks } from './streams/tasks.ts'

/** Kafka's record types: the int16 that a key begins with. */
const recordTypes = {
  metadata: 17,
  member: 19,
  targetMetadata: 20,
  targetMember: 21,
  current: 22,
  topology: 23,
} as const

/** All keys and values of these records have just one version. */
const version = 0

export function encodeStreamsChange(change: StreamsChange): {
  readonly key: Buffer
  readonly value: Buffer | null
} {
  return { key: encodeKey(change), value: encodeValue(change) }
}

/** Null for a record type that no streams group has. @throws DecodeError when damaged. */
export function decodeStreamsChange(
  type: number,
  key: Reader,
  valueBytes: Buffer | null,
): StreamsChange | null {
  const value = valueBytes === null ? null : new Reader(valueBytes)
  // The version. Another than 0 is a format to come, whose fields nobody here can know.
  if (value !== null && value.int16() !== version) return null
  switch (type) {
    case recordTypes.metadata: {
      const { groupId } = decodeStreamsGroupMetadataKey(key, version)
      return { kind: 'streams-epoch', groupId, value: value && decodeEpoch(value) }
    }
    case recordTypes.topology: {
      const { groupId } = decodeStreamsGroupTopologyKey(key, version)
      const topology = value && decodeStreamsGroupTopologyValue(value, version)
      return { kind: 'streams-topology', groupId, value: topology }
    }
    case recordTypes.member: {
      const { groupId, memberId } = decodeStreamsGroupMemberMetadataKey(key, version)
      return { kind: 'streams-member', groupId, memberId, value: value && decodeMember(value) }
    }
    case recordTypes.targetMetadata: {
      const { groupId } = decodeStreamsGroupTargetAssignmentMetadataKey(key, version)
      return { kind: 'streams-target-epoch', groupId, value: value && decodeTargetEpoch(value) }
    }
    case recordTypes.targetMember: {
      const { groupId, memberId } = decodeStreamsGroupTargetAssignmentMemberKey(key, version)
      return { kind: 'streams-target', groupId, memberId, value: value && decodeTarget(value) }
    }
    case recordTypes.current: {
      const { groupId, memberId } = decodeStreamsGroupCurrentMemberAssignmentKey(key, version)
      return { kind: 'streams-current', groupId, memberId, value: value && decodeHolding(value) }
    }
    default:
      return null
  }
}

function encodeKey(change: StreamsChange): Buffer {
  const type = version
  switch (change.kind) {
    case 'streams-epoch':
      return encodeToBuffer(encodeStreamsGroupMetadataKey, change, type, recordTypes.metadata)
    case 'streams-topology':
      return encodeToBuffer(encodeStreamsGroupTopologyKey, change, type, recordTypes.topology)
    case 'streams-member':
      return encodeToBuffer(encodeStreamsGroupMemberMetadataKey, change, type, recordTypes.member)
    case 'streams-target-epoch': {
      const encode = encodeStreamsGroupTargetAssignmentMetadataKey
      return encodeToBuffer(encode, change, type, recordTypes.targetMetadata)
    }
    case 'streams-target': {
      const encode = encodeStreamsGroupTargetAssignmentMemberKey
      return encodeToBuffer(encode, change, type, recordTypes.targetMember)
    }
    case 'streams-current': {
      const encode = encodeStreamsGroupCurrentMemberAssignmentKey
      return encodeToBuffer(encode, change, type, recordTypes.current)
    }
  }
}

function encodeValue(change: StreamsChange): Buffer | null {
  if (change.value === null) return null
  switch (change.kind) {
    case 'streams-epoch':
      return encodeEpoch(change.value)
    case 'streams-topology':
      return encodeToBuffer(encodeStreamsGroupTopologyValue, change.value, version, version)
    case 'streams-member': {
      const message = { ...change.value, clientTags: keyValues(change.value.clientTags) }
      return encodeToBuffer(encodeStreamsGroupMemberMetadataValue, message, version, version)
    }
    case 'streams-target-epoch': {
      const { epoch, timestampMs } = change.value
      const message = { assignmentEpoch: epoch, assignmentTimestamp: timestampMs }
      const encode = encodeStreamsGroupTargetAssignmentMetadataValue
      return encodeToBuffer(encode, message, version, version)
    }
    case 'streams-target': {
      const { active, standby, warmup } = change.value
      const message = {
        activeTasks: taskList(active),
        standbyTasks: taskList(standby),
        warmupTasks: taskList(warmup),
      }
      const encode = encodeStreamsGroupTargetAssignmentMemberValue
      return encodeToBuffer(encode, message, version, version)
    }
    case 'streams-current':
      return encodeHolding(change.value)
  }
}

function encodeEpoch(value: StreamsEpoch): Buffer {
  const { epoch, metadataHash, validatedTopologyEpoch } = value
  const lastAssignmentConfigs = keyValues(value.assignmentConfigs)
  const message = { epoch, metadataHash, validatedTopologyEpoch, lastAssignmentConfigs }
  return encodeToBuffer(encodeStreamsGroupMetadataValue, message, version, version)
}

function decodeEpoch(reader: Reader): StreamsEpoch {
  const message = decodeStreamsGroupMetadataValue(reader, version)
  const { epoch, metadataHash, validatedTopologyEpoch, lastAssignmentConfigs } = message
  const assignmentConfigs = mapOf(lastAssignmentConfigs ?? [])
  return { epoch, metadataHash, validatedTopologyEpoch, assignmentConfigs }
}

function keyValues(map: ReadonlyMap<string, string>) {
  return Array.from(map, ([key, value]) => ({ key, value }))
}

function mapOf(
  list: readonly { readonly key: string; readonly value: string }[],
): ReadonlyMap<string, string> {
  return new Map(list.map(({ key, value }) => [key, value]))
}

function decodeMember(reader: Reader): StreamsMemberMetadata {
  const message = decodeStreamsGroupMemberMetadataValue(reader, version)
  return { ...message, clientTags: mapOf(message.clientTags) }
}

function decodeTargetEpoch(reader: Reader): { epoch: number; timestampMs: number } {
  const message = decodeStreamsGroupTargetAssignmentMetadataValue(reader, version)
  return { epoch: message.assignmentEpoch, timestampMs: message.assignmentTimestamp }
}

function decodeTarget(reader: Reader): Tasks {
  const message = decodeStreamsGroupTargetAssignmentMemberValue(reader, version)
  return {
    active: taskIdsOf(message.activeTasks),
    standby: taskIdsOf(message.standbyTasks),
    warmup: taskIdsOf(message.warmupTasks),
  }
}

function taskList(tasks: TaskIds) {
  return Array.from(tasks, ([subtopologyId, partitions]) => ({ subtopologyId, partitions }))
}

function encodeHolding(holding: StreamsHolding): Buffer {
  const { memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation } = holding
  const message = {
    memberEpoch,
    previousMemberEpoch,
    state: phaseCodes[phase],
    activeTasks: heldList('active', assigned.active),
    standbyTasks: heldList('standby', assigned.standby),
    warmupTasks: heldList('warmup', assigned.warmup),
    activeTasksPendingRevocation: heldList('active', pendingRevocation.active),
    standbyTasksPendingRevocation: heldList('standby', pendingRevocation.standby),
    warmupTasksPendingRevocation: heldList('warmup', pendingRevocation.warmup),
  }
  const encode = encodeStreamsGroupCurrentMemberAssignmentValue
  return encodeToBuffer(encode, message, version, version)
}

/** Epochs are kept of active tasks: commits are held against them. */
function heldList(role: TaskRole, held: OwnedPartitions) {
  return Array.from(held, ([subtopologyId, partitions]) => ({
    subtopologyId,
    partitions: [...partitions.keys()],
    ...(role === 'active' ? { assignmentEpochs: [...partitions.values()] } : {}),
  }))
}

function decodeHolding(reader: Reader): StreamsHolding {
  const message = decodeStreamsGroupCurrentMemberAssignmentValue(reader, version)
  const { memberEpoch, previousMemberEpoch, state } = message
  const held = (role: TaskRole, tasks: typeof message.activeTasks): OwnedPartitions =>
    new Map(
      tasks.map(({ subtopologyId, partitions, assignmentEpochs }) => [
        subtopologyId,
        // Before epochs were kept all that a member held counted as assigned at its own epoch.
        new Map(
          partitions.map((one, index) => {
            return [one, storedEpoch(role, assignmentEpochs?.[index] ?? memberEpoch)]
          }),
        ),
      ]),
    )
  return {
    memberEpoch,
    previousMemberEpoch,
    phase: phaseOf(state),
    assigned: {
      active: held('active', message.activeTasks),
      standby: held('standby', message.standbyTasks),
      warmup: held('warmup', message.warmupTasks),
    },
    pendingRevocation: {
      active: held('active', message.activeTasksPendingRevocation),
      standby: held('standby', message.standbyTasksPendingRevocation),
      warmup: held('warmup', message.warmupTasksPendingRevocation),
    },
  }
}
