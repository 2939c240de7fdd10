// The records of `__share_group_state` (KIP-932): from a change to key and value bytes and back, in
// Kafka's formats.
import {
  decodeShareSnapshotKey,
  decodeShareSnapshotValue,
  decodeShareUpdateKey,
  decodeShareUpdateValue,
  encodeShareSnapshotKey,
  encodeShareSnapshotValue,
  encodeShareUpdateKey,
  encodeShareUpdateValue,
} from '../../protocol/codecs/share-state-records.ts'
import { encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import type { ShareState, ShareStateChange } from './share/stored-states.ts'

const recordTypes = { snapshot: 0, update: 1 } as const

/** Both values have just one version. */
const version = 0

export function encodeShareStateChange({ kind, key, value }: ShareStateChange): {
  readonly key: Buffer
  readonly value: Buffer | null
} {
  if (kind === 'update') {
    return {
      key: encodeToBuffer(encodeShareUpdateKey, key, version, recordTypes.update),
      value: encodeToBuffer(
        encodeShareUpdateValue,
        { ...value, stateBatches: [...value.batches] },
        version,
        version,
      ),
    }
  }
  const keyBytes = encodeToBuffer(encodeShareSnapshotKey, key, version, recordTypes.snapshot)
  return { key: keyBytes, value: value && encodeState(value) }
}

/** Null for records of a kind or version to come. @throws DecodeError when damaged. */
export function decodeShareStateChange(
  keyBytes: Buffer,
  valueBytes: Buffer | null,
): ShareStateChange | null {
  const reader = new Reader(keyBytes)
  const type = reader.int16()
  const value = valueBytes === null ? null : new Reader(valueBytes)
  if (value !== null && value.int16() !== version) return null
  switch (type) {
    case recordTypes.snapshot: {
      const key = decodeShareSnapshotKey(reader, version)
      return { kind: 'snapshot', key, value: value && decodeState(value) }
    }
    case recordTypes.update: {
      const key = decodeShareUpdateKey(reader, version)
      if (value === null) return null
      const { stateBatches: batches, ...rest } = decodeShareUpdateValue(value, version)
      return { kind: 'update', key, value: { ...rest, batches } }
    }
    default:
      return null
  }
}

function encodeState({ batches, ...state }: ShareState): Buffer {
  const message = {
    ...state,
    createTimestamp: state.createTimestampMs,
    writeTimestamp: state.writeTimestampMs,
    stateBatches: [...batches],
  }
  return encodeToBuffer(encodeShareSnapshotValue, message, version, version)
}

function decodeState(reader: Reader): ShareState {
  const message = decodeShareSnapshotValue(reader, version)
  const { snapshotEpoch, stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount } = message
  return {
    ...{ snapshotEpoch, stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount },
    createTimestampMs: message.createTimestamp,
    writeTimestampMs: message.writeTimestamp,
    batches: message.stateBatches,
  }
}
