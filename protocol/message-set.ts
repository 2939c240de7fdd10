// Messages of magic 0 and 1, the formats before record batches: read (also inside compressed wrappers) and written.
// A message set has no header of its own: each entry is int64 offset, int32 size, CRC-32, magic, attributes,
// in magic 1 a timestamp, then key and value with int32 lengths. What converts them is legacy-conversion.ts.
import { readInt32, readInt64, readUint32, saturate, writeInt32, writeInt64 } from './bytes.ts'
import { codecId, codecOfId, compress, decompress } from './compression.ts'
import type { CompressionCodec } from './compression.ts'
import { chain } from './maybe-promise.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { crc32 } from './crc.ts'
import { KafkaError } from './errors.ts'
import { batchMagic, batchSize, logOverheadBytes, noValue } from './record-batch.ts'
import type { TimestampType } from './record-batch.ts'

// Positions in an entry, whose first twelve bytes are offset and size.
const crcAt = 12
const magicAt = 16
const attributesAt = 17
const timestampAt = 18
const keyAtV0 = 18
const keyAtV1 = 26
const lengthBytes = 4

const messageBytesMinV0 = 14
const codecMask = 0x07
const logAppendTimeBit = 0x08
const zstdId = codecId('zstd')

export type LegacyMagic = 0 | 1
export type LegacyTimestampType = TimestampType | 'NoTimestampType'

/** A message as a consumer sees it. Key and value are slices. */
export interface LegacyMessage {
  readonly magic: number
  readonly offset: number
  /** Milliseconds, -1 without one: always in magic 0. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The CRC that it carries is the CRC that it has. Only looked at inside wrappers; see checkMessageCrc. */
  readonly isIntact: boolean
}

/** Throws KafkaError CORRUPT_MESSAGE unless the CRC of the complete entry at `at` is right. */
export function checkMessageCrc(buffer: Buffer, at: number): void {
  if (!crcIsRight(buffer, at, batchSize(buffer, at))) {
    throw new KafkaError(
      'CORRUPT_MESSAGE',
      `message has CRC ${messageCrc(buffer, at)}, which is wrong`,
    )
  }
}

function crcIsRight(buffer: Buffer, at: number, size: number): boolean {
  return messageCrc(buffer, at) === crc32(buffer, at + magicAt, at + size)
}

/** The stored CRC-32, unsigned. */
export function messageCrc(buffer: Buffer, at: number): number {
  return readUint32(buffer, at + crcAt)
}

/** The codec of a wrapper, or none. Throws KafkaError UNKNOWN_SERVER_ERROR for 5 to 7, as Kafka does. */
export function messageCompression(buffer: Buffer, at: number): CompressionCodec {
  return codecOfId(buffer[at + attributesAt]! & codecMask)
}

export function messageTimestampType(buffer: Buffer, at: number): LegacyTimestampType {
  if (batchMagic(buffer, at) === 0) return 'NoTimestampType'
  return (buffer[at + attributesAt]! & logAppendTimeBit) === 0 ? 'CreateTime' : 'LogAppendTime'
}

/** The entry's own timestamp in ms, of a wrapper its largest; -1 in magic 0. Saturates. */
export function messageTimestamp(buffer: Buffer, at: number): number {
  if (batchMagic(buffer, at) === 0) return noValue
  if (batchSize(buffer, at) < keyAtV1) throw unreadable('message ends inside its timestamp')
  return saturate(readInt64(buffer, at + timestampAt))
}

/** Key and value of the entry in [at, end). A length that does not fit has no error code in Kafka. */
function keyAndValue(
  buffer: Buffer,
  at: number,
  end: number,
): { key: Buffer | null; value: Buffer | null } {
  const keyAt = at + (batchMagic(buffer, at) === 0 ? keyAtV0 : keyAtV1)
  const key = delimited(buffer, keyAt, end)
  const value = delimited(buffer, keyAt + lengthBytes + (key?.length ?? 0), end)
  return { key, value }
}

function delimited(buffer: Buffer, at: number, end: number): Buffer | null {
  if (at + lengthBytes > end) throw unreadable('message ends inside a length')
  const length = readInt32(buffer, at)
  if (length < 0) return null
  const start = at + lengthBytes
  if (length > end - start) throw unreadable(`field of ${length} bytes reaches beyond its message`)
  return buffer.subarray(start, start + length)
}

/**
 * The messages of the complete entry at `at`: itself, or what its wrapper holds, with absolute offsets. Throws
 * KafkaError: INVALID_RECORD, CORRUPT_MESSAGE or UNKNOWN_SERVER_ERROR, whichever Kafka would find.
 */
export function readMessages(
  buffer: Buffer,
  at: number,
  limitBytes: number,
): MaybePromise<LegacyMessage[]> {
  const codec = messageCompression(buffer, at)
  const end = at + batchSize(buffer, at)
  if (codec === 'none') {
    const magic = batchMagic(buffer, at)
    const offset = readInt64(buffer, at)
    const timestamp = messageTimestamp(buffer, at)
    return [{ magic, offset, timestamp, ...keyAndValue(buffer, at, end), isIntact: true }]
  }
  if (codec === 'zstd') throw invalid('zstd is not allowed in messages of magic 0 and 1')
  const { value } = keyAndValue(buffer, at, end)
  if (value === null) throw invalid('wrapper without messages')
  const legacyLz4Checksum = batchMagic(buffer, at) === 0
  return chain(decompress(codec, value, limitBytes, { legacyLz4Checksum }), (inner) =>
    unwrapMessages(inner, {
      magic: batchMagic(buffer, at),
      offset: readInt64(buffer, at),
      timestamp: messageTimestamp(buffer, at),
      timestampType: messageTimestampType(buffer, at),
    }),
  )
}

interface Wrapper {
  readonly magic: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: LegacyTimestampType
}

function unwrapMessages(inner: Buffer, wrapper: Wrapper): LegacyMessage[] {
  const entries = splitInner(inner)
  const last = entries.at(-1)
  if (last === undefined) throw invalid('wrapper without messages')
  const base = wrapper.magic === 1 ? relativeBase(wrapper.offset, readInt64(inner, last)) : 0
  return entries.map((at) => {
    const isCompressed = messageCompression(inner, at) !== 'none'
    if (isCompressed) throw invalid('a wrapper may not hold compressed messages')
    const size = batchSize(inner, at)
    const magic = batchMagic(inner, at)
    const hasAppendTime = magic === 1 && wrapper.timestampType === 'LogAppendTime'
    return {
      magic,
      offset: base + readInt64(inner, at),
      timestamp: hasAppendTime ? wrapper.timestamp : messageTimestamp(inner, at),
      ...keyAndValue(inner, at, at + size),
      isIntact: crcIsRight(inner, at, size),
    }
  })
}

/** Positions of the entries; an incomplete one at the end is no error. */
function splitInner(inner: Buffer): number[] {
  const entries: number[] = []
  let at = 0
  while (at + logOverheadBytes <= inner.length) {
    const size = batchSize(inner, at)
    if (size - logOverheadBytes < messageBytesMinV0) {
      throw new KafkaError(
        'CORRUPT_MESSAGE',
        `message of ${size - logOverheadBytes} bytes is too small`,
      )
    }
    if (size > inner.length - at) break
    entries.push(at)
    at += size
  }
  return entries
}

/** In magic 1 the wrapper has the last message's offset and the messages inside count from any base. */
function relativeBase(wrapperOffset: number, lastInnerOffset: number): number {
  // Some versions of librdkafka leave the wrapper's offset at 0.
  if (wrapperOffset === 0) return 0
  if (wrapperOffset < lastInnerOffset) {
    throw invalid(
      `wrapper offset ${wrapperOffset} is below that of its last message ${lastInnerOffset}`,
    )
  }
  return wrapperOffset - lastInnerOffset
}

/** A message to be written; its offset is absolute. */
export interface NewMessage {
  readonly offset: number
  /** Milliseconds or -1; not written in magic 0. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface NewMessageSet {
  readonly magic: LegacyMagic
  readonly messages: readonly NewMessage[]
  /** Of magic 1. */
  readonly timestampType: TimestampType
  /** The append time in ms, which replaces every timestamp if the type is LogAppendTime. */
  readonly appendTime?: number
}

/** Writes messages one after the other, or in one wrapper if `codec` is not none. zstd is not allowed. */
export function buildMessageSet(set: NewMessageSet, codec: CompressionCodec): MaybePromise<Buffer> {
  if (codecId(codec) === zstdId) throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE')
  const first = set.messages[0]
  const last = set.messages.at(-1)
  if (first === undefined || last === undefined) return Buffer.alloc(0)
  const isWrapped = codec !== 'none'
  const innerBase = isWrapped && set.magic === 1 ? first.offset : 0
  let maxTimestamp = noValue
  const entries = set.messages.map((message) => {
    const timestamp = set.appendTime ?? message.timestamp
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    const offset = message.offset - innerBase
    return writeMessage(set, { ...message, offset, timestamp }, 0)
  })
  const plain = Buffer.concat(entries)
  if (!isWrapped) return plain
  const format = { legacyLz4Checksum: set.magic === 0 }
  return chain(compress(codec, plain, undefined, format), (value) =>
    writeMessage(
      set,
      { offset: last.offset, timestamp: maxTimestamp, key: null, value },
      codecId(codec),
    ),
  )
}

function writeMessage(set: NewMessageSet, message: NewMessage, codec: number): Buffer {
  const { key, value } = message
  const keyAt = set.magic === 0 ? keyAtV0 : keyAtV1
  const size = keyAt + 2 * lengthBytes + (key?.length ?? 0) + (value?.length ?? 0)
  const bytes = Buffer.allocUnsafe(size)
  const timestampBit =
    set.magic === 1 && set.timestampType === 'LogAppendTime' ? logAppendTimeBit : 0
  writeInt64(bytes, 0, message.offset)
  writeInt32(bytes, 8, size - logOverheadBytes)
  bytes[magicAt] = set.magic
  bytes[attributesAt] = codec | timestampBit
  if (set.magic === 1) writeInt64(bytes, timestampAt, message.timestamp)
  const valueAt = writeDelimited(bytes, keyAt, key)
  writeDelimited(bytes, valueAt, value)
  writeInt32(bytes, crcAt, crc32(bytes, magicAt))
  return bytes
}

function writeDelimited(bytes: Buffer, at: number, field: Buffer | null): number {
  writeInt32(bytes, at, field === null ? -1 : field.length)
  field?.copy(bytes, at + lengthBytes)
  return at + lengthBytes + (field?.length ?? 0)
}

function invalid(detail: string): KafkaError {
  return new KafkaError('INVALID_RECORD', detail)
}

function unreadable(detail: string): KafkaError {
  return new KafkaError('UNKNOWN_SERVER_ERROR', detail)
}
