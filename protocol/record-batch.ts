// The header of a record batch (magic 2) as a view over bytes: every function takes the buffer and the
// position of the batch in it and allocates nothing. Records inside are records.ts; how a client's bytes are
// checked is batch-validation.ts.
import { readInt16, readInt32, readInt64, readUint32, saturate } from './bytes.ts'
import { writeInt16, writeInt32, writeInt64 } from './bytes.ts'
import { crc32c } from './crc.ts'
import { KafkaError } from './errors.ts'

// Positions inside a batch.
const lengthAt = 8
const partitionLeaderEpochAt = 12
const magicAt = 16
const crcAt = 17
const attributesAt = 21
const lastOffsetDeltaAt = 23
const baseTimestampAt = 27
const maxTimestampAt = 35
const producerIdAt = 43
const producerEpochAt = 51
const baseSequenceAt = 53
const recordCountAt = 57

/** Bytes of a batch before its first record. */
export const batchHeaderBytes = 61
/** Base offset and length: what every entry of a log, of any magic, begins with. */
export const logOverheadBytes = 12
/** Base offset to magic: with these bytes an entry can be told apart. */
export const headerBytesToMagic = 17
/** The smallest value of a length field, which is that of a message of magic 0 without key and value. */
const lengthMin = 14
// Adding the overhead must not leave int32, where Java's sum turns negative.
const lengthMax = 2 ** 31 - 1 - logOverheadBytes
const magicMax = 2

const compressionMask = 0x07
const logAppendTimeBit = 0x08
const transactionalBit = 0x10
const controlBit = 0x20
const deleteHorizonBit = 0x40

/** "Not set" in the fields producerId, producerEpoch, baseSequence, partitionLeaderEpoch and timestamps. */
export const noValue = -1
const sequenceMax = 2 ** 31 - 1

export type TimestampType = 'CreateTime' | 'LogAppendTime'

/**
 * Bytes of the batch or legacy message at `at`, or -1 when [at, end) does not hold all of it (the torn tail of
 * a log, the cut end of a fetch). Throws KafkaError CORRUPT_MESSAGE when length or magic cannot be true.
 */
export function batchSizeAt(buffer: Buffer, at: number, end: number): number {
  const available = end - at
  if (available < logOverheadBytes) return -1
  const length = readInt32(buffer, at + lengthAt)
  if (length < lengthMin) {
    throw new KafkaError('CORRUPT_MESSAGE', `record batch length ${length} is below ${lengthMin}`)
  }
  if (available < headerBytesToMagic) return -1
  const magic = batchMagic(buffer, at)
  if (magic < 0 || magic > magicMax) {
    throw new KafkaError('CORRUPT_MESSAGE', `record batch has unknown magic ${magic}`)
  }
  if (length > lengthMax) {
    // Kafka has no better code: its own sum overflows here.
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `record batch length ${length} is out of range`)
  }
  const size = length + logOverheadBytes
  return size <= available ? size : -1
}

/** The offset of the first record. Throws KafkaError CORRUPT_MESSAGE beyond ±2^53. */
export function batchBaseOffset(buffer: Buffer, at: number): number {
  const offset = readInt64(buffer, at)
  if (!Number.isSafeInteger(offset)) {
    throw new KafkaError('CORRUPT_MESSAGE', `base offset ${offset} is out of range`)
  }
  return offset
}

/** Bytes of the whole batch, header included, as its length field says. */
export function batchSize(buffer: Buffer, at: number): number {
  return readInt32(buffer, at + lengthAt) + logOverheadBytes
}

export function batchPartitionLeaderEpoch(buffer: Buffer, at: number): number {
  return readInt32(buffer, at + partitionLeaderEpochAt)
}

/** The format version: 0 and 1 are legacy messages (message-set.ts), 2 is a record batch. Signed, as in Kafka. */
export function batchMagic(buffer: Buffer, at: number): number {
  return (buffer[at + magicAt]! << 24) >> 24
}

/** The stored CRC-32C, unsigned. */
export function batchCrc(buffer: Buffer, at: number): number {
  return readUint32(buffer, at + crcAt)
}

/** The attribute bits. Kafka reads the low byte only, signed; so do we in the questions below. */
export function batchAttributes(buffer: Buffer, at: number): number {
  return readInt16(buffer, at + attributesAt)
}

/** The codec id in the attributes: 0 to 4 are codecs (compression.ts), 5 to 7 mean nothing. */
export function batchCompression(buffer: Buffer, at: number): number {
  return buffer[at + attributesAt + 1]! & compressionMask
}

export function batchTimestampType(buffer: Buffer, at: number): TimestampType {
  return hasAttribute(buffer, at, logAppendTimeBit) ? 'LogAppendTime' : 'CreateTime'
}

export function batchIsTransactional(buffer: Buffer, at: number): boolean {
  return hasAttribute(buffer, at, transactionalBit)
}

export function batchIsControl(buffer: Buffer, at: number): boolean {
  return hasAttribute(buffer, at, controlBit)
}

/** True when the base timestamp field holds the delete horizon that compaction has set (KIP-534). */
export function batchHasDeleteHorizon(buffer: Buffer, at: number): boolean {
  return hasAttribute(buffer, at, deleteHorizonBit)
}

function hasAttribute(buffer: Buffer, at: number, bit: number): boolean {
  return (buffer[at + attributesAt + 1]! & bit) !== 0
}

export function batchLastOffsetDelta(buffer: Buffer, at: number): number {
  return readInt32(buffer, at + lastOffsetDeltaAt)
}

/** The offset of the last record, which stays when compaction removes that record. */
export function batchLastOffset(buffer: Buffer, at: number): number {
  return batchBaseOffset(buffer, at) + batchLastOffsetDelta(buffer, at)
}

/** The base of the records' timestamp deltas in ms: the first timestamp, or the delete horizon. Saturates. */
export function batchBaseTimestamp(buffer: Buffer, at: number): number {
  return saturate(readInt64(buffer, at + baseTimestampAt))
}

/** The largest timestamp in ms, or the append time. Saturates. */
export function batchMaxTimestamp(buffer: Buffer, at: number): number {
  return saturate(readInt64(buffer, at + maxTimestampAt))
}

/** The producer id; negative when the producer is not idempotent. Saturates: ids are ours, a larger one is foreign. */
export function batchProducerId(buffer: Buffer, at: number): number {
  return saturate(readInt64(buffer, at + producerIdAt))
}

export function batchProducerEpoch(buffer: Buffer, at: number): number {
  return readInt16(buffer, at + producerEpochAt)
}

export function batchBaseSequence(buffer: Buffer, at: number): number {
  return readInt32(buffer, at + baseSequenceAt)
}

/** The sequence of the last record, or -1 without sequences. Wraps from 2^31-1 to 0. */
export function batchLastSequence(buffer: Buffer, at: number): number {
  const base = batchBaseSequence(buffer, at)
  return base === noValue ? noValue : incrementSequence(base, batchLastOffsetDelta(buffer, at))
}

/**
 * The sequence `increment` records after `sequence`; sequences go from 0 to 2^31-1 and start again. A damaged
 * (negative) increment gives what Java's int arithmetic gives.
 */
export function incrementSequence(sequence: number, increment: number): number {
  const mustWrap = sequence > ((sequenceMax - increment) | 0)
  return mustWrap ? (increment - (sequenceMax - sequence) - 1) | 0 : (sequence + increment) | 0
}

export function batchRecordCount(buffer: Buffer, at: number): number {
  return readInt32(buffer, at + recordCountAt)
}

/** The CRC-32C of what is there: everything from the attributes to the end. */
export function computeBatchCrc(buffer: Buffer, at: number): number {
  return crc32c(buffer, at + attributesAt, at + batchSize(buffer, at))
}

/**
 * Throws KafkaError CORRUPT_MESSAGE unless the batch is large enough for its header and its CRC is right. The
 * caller has made sure (batchSizeAt) that all its bytes are there.
 */
export function checkBatchCrc(buffer: Buffer, at: number): void {
  const size = batchSize(buffer, at)
  if (size < batchHeaderBytes) {
    throw new KafkaError(
      'CORRUPT_MESSAGE',
      `record batch of ${size} bytes has no room for its header`,
    )
  }
  const stored = batchCrc(buffer, at)
  const computed = computeBatchCrc(buffer, at)
  if (stored !== computed) {
    throw new KafkaError('CORRUPT_MESSAGE', `stored CRC ${stored}, computed CRC ${computed}`)
  }
}

/** Assigns the first record's offset in place; the CRC does not cover it. */
export function setBatchBaseOffset(buffer: Buffer, at: number, offset: number): void {
  writeInt64(buffer, at, offset)
}

/** Sets the leader epoch in place; the CRC does not cover it. */
export function setBatchPartitionLeaderEpoch(buffer: Buffer, at: number, epoch: number): void {
  writeInt32(buffer, at + partitionLeaderEpochAt, epoch)
}

/**
 * Sets timestamp type and max timestamp (the append time for LogAppendTime) and computes the CRC anew. Does
 * nothing when both are as asked already. Reserved attribute bits are cleared by a change, as in Kafka.
 */
export function setBatchMaxTimestamp(
  buffer: Buffer,
  at: number,
  type: TimestampType,
  maxTimestamp: number,
): void {
  if (batchTimestampType(buffer, at) === type && batchMaxTimestamp(buffer, at) === maxTimestamp)
    return
  const kept = compressionMask | transactionalBit | controlBit | deleteHorizonBit
  const typeBit = type === 'LogAppendTime' ? logAppendTimeBit : 0
  writeInt16(buffer, at + attributesAt, (buffer[at + attributesAt + 1]! & kept) | typeBit)
  writeInt64(buffer, at + maxTimestampAt, maxTimestamp)
  writeInt32(buffer, at + crcAt, computeBatchCrc(buffer, at))
}

/** The fields of a header as they are written; `size` is the whole batch's. */
export interface BatchHeader {
  readonly baseOffset: number
  readonly size: number
  readonly partitionLeaderEpoch: number
  readonly compression: number
  readonly timestampType: TimestampType
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly hasDeleteHorizon: boolean
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** Writes the header at `at` and the CRC over it and the records, which stand behind it already. */
export function writeBatchHeader(buffer: Buffer, at: number, header: BatchHeader): void {
  writeInt64(buffer, at, header.baseOffset)
  writeInt32(buffer, at + lengthAt, header.size - logOverheadBytes)
  writeInt32(buffer, at + partitionLeaderEpochAt, header.partitionLeaderEpoch)
  buffer[at + magicAt] = magicMax
  writeInt16(buffer, at + attributesAt, attributesOf(header))
  writeInt32(buffer, at + lastOffsetDeltaAt, header.lastOffsetDelta)
  writeInt64(buffer, at + baseTimestampAt, header.baseTimestamp)
  writeInt64(buffer, at + maxTimestampAt, header.maxTimestamp)
  writeInt64(buffer, at + producerIdAt, header.producerId)
  writeInt16(buffer, at + producerEpochAt, header.producerEpoch)
  writeInt32(buffer, at + baseSequenceAt, header.baseSequence)
  writeInt32(buffer, at + recordCountAt, header.recordCount)
  writeInt32(buffer, at + crcAt, computeBatchCrc(buffer, at))
}

function attributesOf(header: BatchHeader): number {
  return (
    header.compression |
    (header.timestampType === 'LogAppendTime' ? logAppendTimeBit : 0) |
    (header.isTransactional ? transactionalBit : 0) |
    (header.isControl ? controlBit : 0) |
    (header.hasDeleteHorizon ? deleteHorizonBit : 0)
  )
}
