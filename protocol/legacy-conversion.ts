// Between record batches and the message sets of old clients: Produce 0 to 2 may carry magic 0 and 1, which the
// log does not keep, and Fetch 0 to 3 must answer in them. Results are those of Kafka 3.9, the last that did this.
import { RecordCheck } from './batch-validation.ts'
import type { RecordRules } from './batch-validation.ts'
import { codecOfId } from './compression.ts'
import type { CompressionCodec } from './compression.ts'
import { chain } from './maybe-promise.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { KafkaError } from './errors.ts'
import {
  buildMessageSet,
  checkMessageCrc,
  messageCompression,
  messageTimestampType,
  readMessages,
} from './message-set.ts'
import type { LegacyMagic, LegacyMessage, NewMessage } from './message-set.ts'
import {
  batchBaseSequence,
  batchCompression,
  batchIsControl,
  batchIsTransactional,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchSizeAt,
  batchTimestampType,
  noValue,
} from './record-batch.ts'
import { buildCompressedRecordBatch, readRecords } from './records.ts'
import type { NewRecord, NewRecordBatch } from './records.ts'

/** How a batch is built anew on its way into the log. */
export interface RebuildOptions {
  /** The topic's codec; `producer` keeps the client's. */
  readonly compression: CompressionCodec | 'producer'
  /** The topic's compression.<codec>.level. */
  readonly level?: number
  readonly baseOffset: number
  readonly partitionLeaderEpoch: number
  readonly limitBytes: number
}

/** What a message set is, by its headers. */
export interface CheckedMessageSet {
  /** Bytes of complete entries. */
  readonly validBytes: number
  readonly codec: CompressionCodec
}

/**
 * Checks the records field of Produce 0 to 2 that begins with magic 0 or 1, and null when it has no complete
 * entry (Kafka then answers without error and writes nothing). Throws KafkaError as Kafka 3.9 does.
 */
export function checkMessageSet(
  records: Buffer,
  maxMessageBytes: number,
): CheckedMessageSet | null {
  let codec: CompressionCodec = 'none'
  let at = 0
  let count = 0
  const magic = records.length > 16 ? batchMagic(records, 0) : 0
  for (;;) {
    const size = batchSizeAt(records, at, records.length)
    if (size < 0) break
    if (size > maxMessageBytes) {
      throw new KafkaError(
        'MESSAGE_TOO_LARGE',
        `message of ${size} bytes exceeds ${maxMessageBytes}`,
      )
    }
    if (batchMagic(records, at) !== magic) throw invalid('messages of one set differ in magic')
    checkMessageCrc(records, at)
    const entryCodec = messageCompression(records, at)
    if (entryCodec !== 'none') codec = entryCodec
    at += size
    count++
  }
  if (count === 0) return null
  if (codec !== 'none' && count > 1) throw invalid('a compressed message set has one wrapper')
  return { validBytes: at, codec }
}

/**
 * Makes one magic 2 batch of a checked message set, with consecutive offsets from `baseOffset`. Throws KafkaError
 * as validateRecords does, and CORRUPT_MESSAGE for a wrong CRC inside a wrapper.
 */
export function convertMessageSet(
  records: Buffer,
  checked: CheckedMessageSet,
  rules: RecordRules,
  options: RebuildOptions,
): MaybePromise<Buffer> {
  const codec = options.compression === 'producer' ? checked.codec : options.compression
  const read =
    checked.codec === 'none'
      ? readShallow(records, checked.validBytes, options.limitBytes)
      : readMessages(records, 0, options.limitBytes)
  return chain(read, (messages) => {
    const magic = batchMagic(records, 0)
    const hasAppendTime = messageTimestampType(records, 0) === 'LogAppendTime'
    const check = new RecordCheck(rules, hasAppendTime)
    for (const message of messages) {
      const refusal = message.magic === magic ? undefined : 'magic differs from that of the wrapper'
      if (refusal === undefined && !message.isIntact) {
        throw new KafkaError('CORRUPT_MESSAGE', 'a message inside the wrapper has a wrong CRC')
      }
      check.record(message.timestamp, message.key !== null, refusal)
    }
    check.finish()
    return rebuild(messages, {}, rules, { ...options, compression: codec })
  })
}

/** Uncompressed messages are read in place, so nothing here waits. */
function readShallow(
  records: Buffer,
  end: number,
  limitBytes: number,
): MaybePromise<LegacyMessage[]> {
  const messages: LegacyMessage[] = []
  for (let at = 0; at < end; at += batchSizeAt(records, at, end)) {
    const entry = readMessages(records, at, limitBytes)
    if (!(entry instanceof Promise)) messages.push(...entry)
  }
  return messages
}

/**
 * Builds a validated magic 2 batch anew: with another codec, or because the offsets inside are not consecutive.
 * Producer, sequence and transaction stay.
 */
export function rebuildRecordBatch(
  buffer: Buffer,
  at: number,
  rules: RecordRules,
  options: RebuildOptions,
): MaybePromise<Buffer> {
  const compression =
    options.compression === 'producer'
      ? codecOfId(batchCompression(buffer, at))
      : options.compression
  const kept = {
    producerId: batchProducerId(buffer, at),
    producerEpoch: batchProducerEpoch(buffer, at),
    baseSequence: batchBaseSequence(buffer, at),
    isTransactional: batchIsTransactional(buffer, at),
  }
  return chain(readRecords(buffer, at, options.limitBytes), (records) =>
    rebuild(records, kept, rules, { ...options, compression }),
  )
}

function rebuild(
  records: readonly NewRecord[],
  kept: Partial<NewRecordBatch>,
  rules: RecordRules,
  options: RebuildOptions & { readonly compression: CompressionCodec },
): MaybePromise<Buffer> {
  const { baseOffset, partitionLeaderEpoch, compression, level } = options
  const isAppendTime = rules.timestampType === 'LogAppendTime'
  const batch = {
    ...kept,
    baseOffset,
    partitionLeaderEpoch,
    timestampType: rules.timestampType,
    ...(isAppendTime ? { maxTimestamp: rules.nowMs } : {}),
    records: records.map((record, index) => {
      // Kafka's builder refuses these with an exception that has no code.
      if (record.timestamp < noValue) {
        throw new KafkaError('UNKNOWN_SERVER_ERROR', `negative timestamp ${record.timestamp}`)
      }
      return { ...record, offset: baseOffset + index }
    }),
  }
  return buildCompressedRecordBatch(batch, compression, level)
}

/** Kafka converts in pieces of this size; what does not convert in a later piece only ends the answer. */
const downConversionBytes = 128 * 1024

export interface DownConversion {
  readonly toMagic: LegacyMagic
  /** The offset that was asked for: uncompressed records below it are left out. */
  readonly firstOffset: number
  readonly limitBytes: number
}

/**
 * Converts the complete batches in `records` for an old consumer: headers are dropped, control batches left out,
 * offsets and codecs kept. Empty when nothing is left. Throws KafkaError UNSUPPORTED_COMPRESSION_TYPE for zstd.
 */
export async function convertToMessageSet(
  records: Buffer,
  conversion: DownConversion,
): Promise<Buffer> {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const size = batchSizeAt(records, at, records.length)
    if (size < 0) break
    if (batchMagic(records, at) <= conversion.toMagic) {
      parts.push(records.subarray(at, at + size))
    } else if (batchMagic(records, at) === 1) {
      parts.push(await convertMessages(records, at, conversion))
    } else if (!batchIsControl(records, at)) {
      const codec = codecOfId(batchCompression(records, at))
      if (codec === 'zstd') {
        if (at >= downConversionBytes && parts.length > 0) break
        throw new KafkaError(
          'UNSUPPORTED_COMPRESSION_TYPE',
          'zstd cannot be converted for old clients',
        )
      }
      parts.push(await convertBatch(records, at, codec, conversion))
    }
    at += size
  }
  return Buffer.concat(parts)
}

async function convertBatch(
  buffer: Buffer,
  at: number,
  codec: CompressionCodec,
  conversion: DownConversion,
): Promise<Buffer> {
  const messages = await readRecords(buffer, at, conversion.limitBytes)
  const timestampType = batchTimestampType(buffer, at)
  const isAppendTime = timestampType === 'LogAppendTime'
  const appendTime = isAppendTime ? { appendTime: batchMaxTimestamp(buffer, at) } : {}
  const set = {
    magic: conversion.toMagic,
    messages: wanted(messages, codec, conversion),
    timestampType,
    ...appendTime,
  }
  return buildMessageSet(set, codec)
}

/** An entry of magic 1 for a consumer that knows only magic 0. */
async function convertMessages(
  buffer: Buffer,
  at: number,
  conversion: DownConversion,
): Promise<Buffer> {
  const codec = messageCompression(buffer, at)
  const messages = await readMessages(buffer, at, conversion.limitBytes)
  const timestampType = 'CreateTime'
  const set = { magic: 0, messages: wanted(messages, codec, conversion), timestampType } as const
  return buildMessageSet(set, codec)
}

function wanted(
  messages: readonly NewMessage[],
  codec: CompressionCodec,
  { firstOffset }: DownConversion,
): readonly NewMessage[] {
  if (codec !== 'none') return messages
  return messages.filter((message) => message.offset >= firstOffset)
}

function invalid(detail: string): KafkaError {
  return new KafkaError('INVALID_RECORD', detail)
}
