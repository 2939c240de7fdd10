// Control batches: one record each whose key is int16 version, int16 type. The broker writes them itself: the end
// of a transaction in a partition, and the KRaft records at the head of the metadata log.
import { KafkaError } from './errors.ts'
import { buildRecordBatch } from './records.ts'

/** Kafka's control records; the index is the type on disk. */
export const controlTypes = [
  'ABORT',
  'COMMIT',
  'LEADER_CHANGE',
  'SNAPSHOT_HEADER',
  'SNAPSHOT_FOOTER',
  'KRAFT_VERSION',
  'KRAFT_VOTERS',
] as const

export type ControlType = (typeof controlTypes)[number]

const controlKeyBytes = 4
const markerValueBytes = 6

/** The control type that a record's key says; UNKNOWN is to be passed over. Throws KafkaError INVALID_RECORD. */
export function readControlType(key: Buffer | null): ControlType | 'UNKNOWN' {
  if (key === null || key.length < controlKeyBytes) throw invalid('control record key is too short')
  if (key.readInt16BE(0) < 0) throw invalid(`control record version ${key.readInt16BE(0)}`)
  return controlTypes[key.readInt16BE(2)] ?? 'UNKNOWN'
}

export interface NewControlBatch {
  readonly type: ControlType
  /** The record's value: a message of `protocol/messages` with its int16 version where it has one. */
  readonly value: Buffer
  /** Milliseconds. */
  readonly timestamp: number
  readonly baseOffset?: number
  readonly partitionLeaderEpoch?: number
}

/** Builds a batch with one control record that belongs to no transaction. */
export function buildControlBatch(batch: NewControlBatch): Buffer {
  const { baseOffset = 0, partitionLeaderEpoch = -1 } = batch
  return buildRecordBatch({
    records: [controlRecord(batch)],
    isControl: true,
    baseOffset,
    partitionLeaderEpoch,
  })
}

export interface NewEndTransactionMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly isCommit: boolean
  readonly coordinatorEpoch: number
  /** Milliseconds. */
  readonly timestamp: number
  readonly baseOffset?: number
  readonly partitionLeaderEpoch?: number
}

/** Builds the batch that ends a producer's transaction in a partition. */
export function buildEndTransactionMarker(marker: NewEndTransactionMarker): Buffer {
  const { producerId, producerEpoch, timestamp, baseOffset = 0, partitionLeaderEpoch = -1 } = marker
  const value = Buffer.alloc(markerValueBytes)
  value.writeInt32BE(marker.coordinatorEpoch, 2)
  const type = marker.isCommit ? 'COMMIT' : 'ABORT'
  return buildRecordBatch({
    records: [controlRecord({ type, value, timestamp })],
    isControl: true,
    isTransactional: true,
    producerId,
    producerEpoch,
    baseOffset,
    partitionLeaderEpoch,
  })
}

export interface EndTransactionMarker {
  readonly isCommit: boolean
  readonly coordinatorEpoch: number
}

/** Reads a marker back; null for other control records. Throws KafkaError INVALID_RECORD. */
export function readEndTransactionMarker(record: {
  readonly key: Buffer | null
  readonly value: Buffer | null
}): EndTransactionMarker | null {
  const type = readControlType(record.key)
  if (type !== 'COMMIT' && type !== 'ABORT') return null
  const { value } = record
  if (value === null || value.length < markerValueBytes) throw invalid('marker value is too short')
  if (value.readInt16BE(0) < 0) throw invalid(`marker version ${value.readInt16BE(0)}`)
  return { isCommit: type === 'COMMIT', coordinatorEpoch: value.readInt32BE(2) }
}

function controlRecord(record: { type: ControlType; value: Buffer; timestamp: number }): {
  timestamp: number
  key: Buffer
  value: Buffer
} {
  const key = Buffer.alloc(controlKeyBytes)
  key.writeInt16BE(controlTypes.indexOf(record.type), 2)
  return { timestamp: record.timestamp, key, value: record.value }
}

function invalid(detail: string): KafkaError {
  return new KafkaError('INVALID_RECORD', detail)
}
