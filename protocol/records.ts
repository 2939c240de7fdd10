// The records inside a batch of magic 2: read by a cursor that allocates nothing per record, or as slices,
// and the other way round built into a batch. Compressed batches are inflated first (inflateRecords).
import { readInt64, saturate } from './bytes.ts'
import { codecId, codecOfId, compress, decompress } from './compression.ts'
import type { CompressionCodec } from './compression.ts'
import { chain } from './maybe-promise.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { KafkaError } from './errors.ts'
import {
  batchBaseTimestamp,
  batchCompression,
  batchHeaderBytes,
  batchMaxTimestamp,
  batchRecordCount,
  batchSize,
  batchTimestampType,
  noValue,
  writeBatchHeader,
} from './record-batch.ts'
import type { TimestampType } from './record-batch.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** A record as it is read: key and value are slices of the batch (or of its inflated records). */
export interface BatchRecord {
  readonly offset: number
  /** Milliseconds; -1 when the producer gave none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/** How strictly a cursor reads; the answers differ as Kafka's two readers differ. */
export type RecordReading =
  /** Every size must fit: what a consumer, compaction and Produce of uncompressed batches need. */
  | 'full'
  /** Kafka's reader that skips keys and values of compressed batches on Produce: it does not compare sizes. */
  | 'skip'

/**
 * Walks the records of one batch. `next` moves to the next record and fills the fields; throws KafkaError
 * INVALID_RECORD where Kafka finds the structure broken.
 */
export class RecordCursor {
  /** Offset of the current record. */
  offset = 0
  /** The same, counted from the base offset. */
  offsetDelta = 0
  /** Timestamp in ms of the current record: the append time if the batch has one. Saturates. */
  timestamp = 0
  /** Position of the current record's attributes in `bytes`. */
  position = 0
  /** Bytes of the current record, its length field included. */
  size = 0
  /** Records read so far. */
  count = 0
  readonly bytes: Buffer
  readonly #end: number
  readonly #recordCount: number
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  readonly #appendTime: number | null
  readonly #compressed: boolean
  #at: number
  #keyAt = 0
  #keyBytes = 0
  #valueAt = 0
  #valueBytes = 0
  #headersAt = 0
  #headerCount = 0

  /**
   * Over the batch at `at`. `inflated` are its records if it is compressed (inflateRecords), absent otherwise.
   * Throws KafkaError INVALID_RECORD for a negative record count.
   */
  constructor(buffer: Buffer, at: number, inflated?: Buffer) {
    this.bytes = inflated ?? buffer
    this.#compressed = inflated !== undefined
    this.#at = inflated === undefined ? at + batchHeaderBytes : 0
    this.#end = inflated === undefined ? at + batchSize(buffer, at) : inflated.length
    this.#recordCount = batchRecordCount(buffer, at)
    if (this.#recordCount < 0) throw invalid(`record count ${this.#recordCount} is negative`)
    // Unchecked: whoever accepts a batch into a log has looked at its offsets.
    this.#baseOffset = readInt64(buffer, at)
    this.#baseTimestamp = batchBaseTimestamp(buffer, at)
    const isAppendTime = batchTimestampType(buffer, at) === 'LogAppendTime'
    this.#appendTime = isAppendTime ? batchMaxTimestamp(buffer, at) : null
  }

  /** Moves to the next record; false after the last. */
  next(reading: RecordReading = 'full'): boolean {
    if (this.count >= this.#recordCount) return false
    const start = this.#at
    const bodyBytes = this.#readLength()
    this.position = this.#at
    if (reading === 'full' && bodyBytes > this.#end - this.#at) {
      throw invalid(`record of ${bodyBytes} bytes reaches beyond its batch`)
    }
    this.#readBody(reading === 'full')
    if (reading === 'full' && this.#at - this.position !== bodyBytes) {
      throw invalid(`record of ${bodyBytes} bytes ends after ${this.#at - this.position}`)
    }
    this.size = this.#at - start
    this.count++
    if (this.count === this.#recordCount && this.#at !== this.#end) {
      throw invalid('bytes remain behind the last record')
    }
    return true
  }

  hasKey(): boolean {
    return this.#keyBytes >= 0
  }

  hasValue(): boolean {
    return this.#valueBytes >= 0
  }

  /** The current record's key as a slice, or null. */
  key(): Buffer | null {
    return slice(this.bytes, this.#keyAt, this.#keyBytes)
  }

  /** The current record's value as a slice, or null: a tombstone where the log is compacted. */
  value(): Buffer | null {
    return slice(this.bytes, this.#valueAt, this.#valueBytes)
  }

  /** The current record's headers, read anew with every call. */
  headers(): RecordHeader[] {
    const headers: RecordHeader[] = []
    if (this.#headerCount === 0) return headers
    const after = this.#at
    this.#at = this.#headersAt
    for (let index = 0; index < this.#headerCount; index++) {
      const key = slice(this.bytes, ...this.#delimited())
      const value = slice(this.bytes, ...this.#delimited())
      headers.push({ key: key === null ? '' : key.toString('utf8'), value })
    }
    this.#at = after
    return headers
  }

  /** Everything about the current record in an object of its own. */
  record(): BatchRecord {
    const { offset, timestamp } = this
    return { offset, timestamp, key: this.key(), value: this.value(), headers: this.headers() }
  }

  #readBody(sizesMatter: boolean): void {
    this.#at++ // The attributes of a record carry nothing.
    const timestampDelta = this.#varlong()
    this.timestamp = this.#appendTime ?? saturate(this.#baseTimestamp + timestampDelta)
    this.offsetDelta = this.#varint()
    this.offset = this.#baseOffset + this.offsetDelta
    this.#keyBytes = this.#varint()
    this.#keyAt = this.#at
    this.#skip(this.#keyBytes)
    this.#valueBytes = this.#varint()
    this.#valueAt = this.#at
    this.#skip(this.#valueBytes)
    this.#headerCount = this.#varint()
    this.#headersAt = this.#at
    if (this.#headerCount < 0) throw invalid(`header count ${this.#headerCount} is negative`)
    if (sizesMatter && this.#headerCount > this.#end - this.#at) {
      throw invalid(`header count ${this.#headerCount} is larger than the record`)
    }
    for (let index = 0; index < this.#headerCount; index++) {
      const keyBytes = this.#varint()
      if (keyBytes < 0) throw invalid('header key is null')
      this.#skip(keyBytes)
      this.#skip(this.#varint())
    }
  }

  #delimited(): [number, number] {
    const bytes = this.#varint()
    const at = this.#at
    this.#skip(bytes)
    return [at, bytes]
  }

  #skip(bytes: number): void {
    if (bytes <= 0) return
    if (bytes > this.#end - this.#at)
      throw invalid(`field of ${bytes} bytes reaches beyond its batch`)
    this.#at += bytes
  }

  /** The length of a record. One overlong length is not INVALID_RECORD in Kafka but an error without a code. */
  #readLength(): number {
    if (!this.#compressed && isOverlong(this.bytes, this.#at, this.#end)) {
      throw new KafkaError('UNKNOWN_SERVER_ERROR', 'record length varint has more than 5 bytes')
    }
    return this.#varint()
  }

  #varint(): number {
    let at = this.#at
    let byte = at < this.#end ? this.bytes[at++]! : this.#eof()
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28) throw invalid('varint has more than 5 bytes')
      byte = at < this.#end ? this.bytes[at++]! : this.#eof()
      raw |= (byte & 0x7f) << shift
    }
    this.#at = at
    return (raw >>> 1) ^ -(raw & 1)
  }

  #varlong(): number {
    const first = this.#at < this.#end ? this.bytes[this.#at]! : this.#eof()
    if (first < 0x80) {
      this.#at++
      return (first >>> 1) ^ -(first & 1)
    }
    return this.#longVarlong()
  }

  #longVarlong(): number {
    let low = 0
    let middle = 0
    let high = 0
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      if (shift > 63) throw invalid('varlong has more than 10 bytes')
      byte = this.#at < this.#end ? this.bytes[this.#at++]! : this.#eof()
      const bits = byte & 0x7f
      if (shift < groupBits) low |= bits << shift
      else if (shift < 2 * groupBits) middle |= bits << (shift - groupBits)
      else high |= bits << (shift - 2 * groupBits)
    }
    // Half of the zigzag form, which is exact wherever the value is.
    const half = (high & 0xff) * 2 ** 55 + middle * 2 ** 27 + (low >>> 1)
    return saturate((low & 1) === 0 ? half : -half - 1)
  }

  #eof(): never {
    throw invalid('records end before their count is reached')
  }
}

// Varlongs are gathered in groups of four times seven bits, which fit into an int.
const groupBits = 28
const varintBytesMax = 5

function isOverlong(bytes: Buffer, at: number, end: number): boolean {
  if (bytes[at]! < 0x80 || at + varintBytesMax > end) return false
  for (let index = at; index < at + varintBytesMax; index++) if (bytes[index]! < 0x80) return false
  return true
}

function slice(bytes: Buffer, at: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(at, at + length)
}

function invalid(detail: string): KafkaError {
  return new KafkaError('INVALID_RECORD', detail)
}

/**
 * The bytes of a batch's records: undefined when they are not compressed (the cursor reads them in place),
 * else inflated, at most `limitBytes` of them. Throws KafkaError UNKNOWN_SERVER_ERROR, as Kafka does, for data
 * that cannot be inflated and for codec ids without a codec.
 */
export function inflateRecords(
  buffer: Buffer,
  at: number,
  limitBytes: number,
): MaybePromise<Buffer | undefined> {
  const codec = codecOfId(batchCompression(buffer, at))
  if (codec === 'none') return undefined
  const compressed = buffer.subarray(at + batchHeaderBytes, at + batchSize(buffer, at))
  return decompress(codec, compressed, limitBytes)
}

/** All records of the batch at `at`. Allocates per record: for coordinators, compaction and tools. */
export function readRecords(
  buffer: Buffer,
  at: number,
  limitBytes: number,
): MaybePromise<BatchRecord[]> {
  // Kafka does not look behind the header of a batch that says it is empty.
  if (batchRecordCount(buffer, at) === 0) return []
  return chain(inflateRecords(buffer, at, limitBytes), (inflated) => {
    const cursor = new RecordCursor(buffer, at, inflated)
    const records: BatchRecord[] = []
    while (cursor.next()) records.push(cursor.record())
    return records
  })
}

/** A record to be written. */
export interface NewRecord {
  /** Absent: one more than the record before it, the first has the base offset. */
  readonly offset?: number
  /** Milliseconds, or -1. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly RecordHeader[]
}

/** What a batch is built from; everything but the records has the default of a plain producer's batch. */
export interface NewRecordBatch {
  readonly records: readonly NewRecord[]
  /** Default 0. */
  readonly baseOffset?: number
  /** Default: that of the last record. Compaction keeps the old one, beyond records that it removed. */
  readonly lastOffset?: number
  /** Default -1. */
  readonly partitionLeaderEpoch?: number
  /** Default CreateTime. */
  readonly timestampType?: TimestampType
  /** Default: the largest of the records. For LogAppendTime the append time, in ms. */
  readonly maxTimestamp?: number
  /** Default -1. */
  readonly producerId?: number
  /** Default -1. */
  readonly producerEpoch?: number
  /** Default -1. */
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** When tombstones and markers of this batch may go, in ms (KIP-534); becomes the base timestamp. */
  readonly deleteHorizonMs?: number
}

/** Builds a batch of magic 2 without compression. */
export function buildRecordBatch(batch: NewRecordBatch): Buffer {
  const bytes = Buffer.allocUnsafe(batchHeaderBytes + recordsBytes(batch))
  writeRecords(bytes, batchHeaderBytes, batch)
  finishBatch(bytes, batch, 'none')
  return bytes
}

/** Builds a batch of magic 2; a Promise only where the codec has no synchronous library (zstd on Node 20). */
export function buildCompressedRecordBatch(
  batch: NewRecordBatch,
  codec: CompressionCodec,
  level?: number,
): MaybePromise<Buffer> {
  if (codec === 'none') return buildRecordBatch(batch)
  const plain = Buffer.allocUnsafe(recordsBytes(batch))
  writeRecords(plain, 0, batch)
  return chain(compress(codec, plain, level), (compressed) => {
    const bytes = Buffer.allocUnsafe(batchHeaderBytes + compressed.length)
    compressed.copy(bytes, batchHeaderBytes)
    finishBatch(bytes, batch, codec)
    return bytes
  })
}

function finishBatch(bytes: Buffer, batch: NewRecordBatch, codec: CompressionCodec): void {
  const { baseOffset = 0, timestampType = 'CreateTime', deleteHorizonMs } = batch
  writeBatchHeader(bytes, 0, {
    baseOffset,
    size: bytes.length,
    partitionLeaderEpoch: batch.partitionLeaderEpoch ?? noValue,
    compression: codecId(codec),
    timestampType,
    isTransactional: batch.isTransactional ?? false,
    isControl: batch.isControl ?? false,
    hasDeleteHorizon: deleteHorizonMs !== undefined,
    lastOffsetDelta: (batch.lastOffset ?? lastOffsetOf(batch)) - baseOffset,
    baseTimestamp: baseTimestampOf(batch),
    maxTimestamp: batch.maxTimestamp ?? maxTimestampOf(batch.records),
    producerId: batch.producerId ?? noValue,
    producerEpoch: batch.producerEpoch ?? noValue,
    baseSequence: batch.baseSequence ?? noValue,
    recordCount: batch.records.length,
  })
}

function lastOffsetOf({ records, baseOffset = 0 }: NewRecordBatch): number {
  let offset = baseOffset - 1
  for (const record of records) offset = record.offset ?? offset + 1
  return offset
}

function baseTimestampOf(batch: NewRecordBatch): number {
  return batch.deleteHorizonMs ?? batch.records[0]?.timestamp ?? noValue
}

function maxTimestampOf(records: readonly NewRecord[]): number {
  let max = noValue
  for (const record of records) if (record.timestamp > max) max = record.timestamp
  return max
}

function recordsBytes(batch: NewRecordBatch): number {
  const { baseOffset = 0 } = batch
  const baseTimestamp = baseTimestampOf(batch)
  let offset = baseOffset - 1
  let total = 0
  for (const record of batch.records) {
    offset = record.offset ?? offset + 1
    const body = recordBodyBytes(record, offset - baseOffset, record.timestamp - baseTimestamp)
    total += varintBytes(body) + body
  }
  return total
}

function recordBodyBytes(record: NewRecord, offsetDelta: number, timestampDelta: number): number {
  let bytes = 1 + varlongBytes(timestampDelta) + varintBytes(offsetDelta)
  bytes += delimitedBytes(record.key) + delimitedBytes(record.value)
  const headers = record.headers ?? []
  bytes += varintBytes(headers.length)
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key)
    bytes += varintBytes(keyBytes) + keyBytes + delimitedBytes(header.value)
  }
  return bytes
}

function delimitedBytes(value: Buffer | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length
}

function writeRecords(bytes: Buffer, at: number, batch: NewRecordBatch): void {
  const { baseOffset = 0 } = batch
  const baseTimestamp = baseTimestampOf(batch)
  let offset = baseOffset - 1
  for (const record of batch.records) {
    offset = record.offset ?? offset + 1
    at = writeRecord(bytes, at, record, offset - baseOffset, record.timestamp - baseTimestamp)
  }
}

function writeRecord(
  bytes: Buffer,
  start: number,
  record: NewRecord,
  offsetDelta: number,
  timestampDelta: number,
): number {
  let at = writeVarint(bytes, start, recordBodyBytes(record, offsetDelta, timestampDelta))
  bytes[at++] = 0 // attributes
  at = writeVarlong(bytes, at, timestampDelta)
  at = writeVarint(bytes, at, offsetDelta)
  at = writeDelimited(bytes, at, record.key)
  at = writeDelimited(bytes, at, record.value)
  const headers = record.headers ?? []
  at = writeVarint(bytes, at, headers.length)
  for (const header of headers) {
    at = writeVarint(bytes, at, Buffer.byteLength(header.key))
    at += bytes.write(header.key, at)
    at = writeDelimited(bytes, at, header.value)
  }
  return at
}

function writeDelimited(bytes: Buffer, at: number, value: Buffer | null): number {
  if (value === null) return writeVarint(bytes, at, -1)
  at = writeVarint(bytes, at, value.length)
  return at + value.copy(bytes, at)
}
