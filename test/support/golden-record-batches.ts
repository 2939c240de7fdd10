// Checks one line of the golden record batch vectors: what our readers make of the bytes is what Java made of them,
// and uncompressed batches encode back to the same bytes. Reads int64s exactly, where the broker saturates.
import { saturate } from '../../protocol/bytes.ts'
import {
  batchAttributes,
  batchBaseSequence,
  batchCompression,
  batchCrc,
  batchHasDeleteHorizon,
  batchIsControl,
  batchIsTransactional,
  batchLastOffsetDelta,
  batchLastSequence,
  batchMagic,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchRecordCount,
  batchSizeAt,
  batchTimestampType,
  checkBatchCrc,
  incrementSequence,
} from '../../protocol/record-batch.ts'
import { codecOfId } from '../../protocol/compression.ts'
import { readControlType } from '../../protocol/control-records.ts'
import { KafkaError } from '../../protocol/errors.ts'
import {
  buildMessageSet,
  checkMessageCrc,
  messageCompression,
  messageCrc,
  messageTimestampType,
  readMessages,
} from '../../protocol/message-set.ts'
import type { LegacyMagic } from '../../protocol/message-set.ts'
import { RecordCursor, buildRecordBatch, inflateRecords } from '../../protocol/records.ts'
import type { NewRecord } from '../../protocol/records.ts'

interface Line {
  readonly name: string
  readonly hex: string
  readonly batches: readonly Json[]
  readonly trailingBytes: number
  readonly valid: boolean
  readonly error: string | null
  readonly errorStage: string | null
}

interface Json {
  readonly [field: string]: unknown
}

const limitBytes = 64 * 1024 * 1024

// Java's exceptions and the error that the broker makes of them.
const errorNames: Record<string, string> = {
  CorruptRecordException: 'CORRUPT_MESSAGE',
  InvalidRecordException: 'INVALID_RECORD',
}

/** Null when the line passes, else what differs. */
export async function checkRecordBatchLine(line: unknown): Promise<string | null> {
  const expected = line as Line
  const bytes = Buffer.from(expected.hex, 'hex')
  const actual = await readLikeJava(bytes)
  const outcome = {
    batches: expected.batches.map(roundLegacy),
    trailingBytes: expected.trailingBytes,
    valid: expected.valid,
    error: expected.error === null ? null : (errorNames[expected.error] ?? 'UNKNOWN_SERVER_ERROR'),
    errorStage: expected.errorStage,
  }
  const found = difference(actual, outcome, '')
  // Lines named bad/ are damaged on purpose: where Java reads them all the same, no encoder writes such bytes.
  return found !== null || expected.name.startsWith('bad/') ? found : encodeDifference(bytes)
}

/** Messages of magic 0 and 1 are read as numbers: what Java says of them is rounded likewise. */
function roundLegacy(batch: Json): Json {
  if (batch['magic'] === 2) return batch
  const records = (batch['records'] as Json[]).map((record) => ({
    ...record,
    offset: String(Number(record['offset'])),
    timestamp: String(saturate(Number(record['timestamp']))),
  }))
  return { ...batch, records }
}

interface Outcome {
  batches: Json[]
  trailingBytes: number
  valid: boolean
  error: string | null
  errorStage: string | null
}

async function readLikeJava(bytes: Buffer): Promise<Outcome> {
  const batches: Json[] = []
  let at = 0
  let stage = 'split'
  try {
    for (;;) {
      stage = 'split'
      const size = batchSizeAt(bytes, at, bytes.length)
      if (size < 0) break
      stage = 'header'
      const isLegacy = batchMagic(bytes, at) < 2
      const header = isLegacy ? legacyHeader(bytes, at, size) : batchHeader(bytes, at, size)
      stage = 'records'
      const records = isLegacy ? await legacyRecords(bytes, at) : await batchRecords(bytes, at)
      batches.push(
        isLegacy ? { ...header, ...legacyTimestamps(bytes, at), records } : { ...header, records },
      )
      at += size
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { batches, trailingBytes: 0, valid: false, error: error.errorName, errorStage: stage }
  }
  return { batches, trailingBytes: bytes.length - at, valid: true, error: null, errorStage: null }
}

function batchHeader(bytes: Buffer, at: number, sizeInBytes: number): Json {
  checkBatchCrc(bytes, at)
  const baseOffset = bytes.readBigInt64BE(at)
  const baseTimestampRaw = bytes.readBigInt64BE(at + 27).toString()
  const lastOffsetDelta = batchLastOffsetDelta(bytes, at)
  return {
    sizeInBytes,
    magic: batchMagic(bytes, at),
    compression: codecOfId(batchCompression(bytes, at)),
    crc: batchCrc(bytes, at),
    lastOffset: BigInt.asIntN(64, baseOffset + BigInt(lastOffsetDelta)).toString(),
    timestampType: batchTimestampType(bytes, at),
    baseOffset: baseOffset.toString(),
    attributes: batchAttributes(bytes, at),
    partitionLeaderEpoch: batchPartitionLeaderEpoch(bytes, at),
    lastOffsetDelta,
    baseTimestampRaw,
    maxTimestamp: bytes.readBigInt64BE(at + 35).toString(),
    producerId: bytes.readBigInt64BE(at + 43).toString(),
    producerEpoch: batchProducerEpoch(bytes, at),
    baseSequence: batchBaseSequence(bytes, at),
    lastSequence: batchLastSequence(bytes, at),
    recordsCount: batchRecordCount(bytes, at),
    isTransactional: batchIsTransactional(bytes, at),
    isControl: batchIsControl(bytes, at),
    deleteHorizonMs: batchHasDeleteHorizon(bytes, at) ? baseTimestampRaw : null,
  }
}

async function batchRecords(bytes: Buffer, at: number): Promise<Json[]> {
  if (batchRecordCount(bytes, at) === 0) return []
  const cursor = new RecordCursor(bytes, at, await inflateRecords(bytes, at, limitBytes))
  const records: Json[] = []
  const baseSequence = batchBaseSequence(bytes, at)
  while (cursor.next()) {
    const key = cursor.key()
    const offset = bytes.readBigInt64BE(at) + BigInt(cursor.offsetDelta)
    const sequence = baseSequence < 0 ? -1 : incrementSequence(baseSequence, cursor.offsetDelta)
    records.push({
      offset: BigInt.asIntN(64, offset).toString(),
      timestamp: exactTimestamp(bytes, at, cursor),
      key: base64(key),
      value: base64(cursor.value()),
      ...(bytes.readBigInt64BE(at + 43) > -1n ? { sequence } : {}),
      headers: cursor.headers().map((header) => ({ ...header, value: base64(header.value) })),
      ...(batchIsControl(bytes, at) ? { controlType: readControlType(key) } : {}),
    })
  }
  return records
}

/** The timestamp as Java's long; must also be what the cursor says, wherever that is exact. */
function exactTimestamp(bytes: Buffer, at: number, cursor: RecordCursor): string {
  const delta = exactTimestampDelta(cursor)
  const isAppendTime = batchTimestampType(bytes, at) === 'LogAppendTime'
  const exact = isAppendTime
    ? bytes.readBigInt64BE(at + 35)
    : BigInt.asIntN(64, bytes.readBigInt64BE(at + 27) + delta)
  const isExact = Number.isSafeInteger(Number(exact)) && Number.isSafeInteger(Number(delta))
  if (isExact && BigInt(cursor.timestamp) !== exact) return `cursor says ${cursor.timestamp}`
  return exact.toString()
}

function exactTimestampDelta(cursor: RecordCursor): bigint {
  let zigzag = 0n
  for (let index = cursor.position + 1, shift = 0n; ; index++, shift += 7n) {
    const byte = cursor.bytes[index]!
    zigzag |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  zigzag = BigInt.asUintN(64, zigzag)
  return (zigzag >> 1n) ^ -(zigzag & 1n)
}

function legacyHeader(bytes: Buffer, at: number, sizeInBytes: number): Json {
  checkMessageCrc(bytes, at)
  return {
    sizeInBytes,
    magic: batchMagic(bytes, at),
    compression: messageCompression(bytes, at),
    crc: messageCrc(bytes, at),
    lastOffset: bytes.readBigInt64BE(at).toString(),
    timestampType: messageTimestampType(bytes, at),
  }
}

function legacyTimestamps(bytes: Buffer, at: number): Json {
  const hasTimestamp = batchMagic(bytes, at) === 1
  return { maxTimestamp: hasTimestamp ? bytes.readBigInt64BE(at + 18).toString() : '-1' }
}

async function legacyRecords(bytes: Buffer, at: number): Promise<Json[]> {
  const messages = await readMessages(bytes, at, limitBytes)
  return messages.map(({ offset, timestamp, key, value }) => ({
    offset: String(offset),
    timestamp: String(timestamp),
    key: base64(key),
    value: base64(value),
  }))
}

function base64(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64')
}

/** Compares like JSON, field order aside. */
function difference(actual: unknown, expected: unknown, path: string): string | null {
  if (Object.is(actual, expected)) return null
  const bothObjects = typeof actual === 'object' && typeof expected === 'object'
  if (!bothObjects || actual === null || expected === null) {
    return `${path}: got ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`
  }
  const left = actual as Json
  const right = expected as Json
  for (const field of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = difference(left[field], right[field], `${path}/${field}`)
    if (found !== null) return found
  }
  return null
}

/** Builds every uncompressed batch again from what was read of it, where our builders can say all it says. */
async function encodeDifference(bytes: Buffer): Promise<string | null> {
  let at = 0
  try {
    for (;;) {
      const size = batchSizeAt(bytes, at, bytes.length)
      if (size < 0) return null
      const original = bytes.subarray(at, at + size)
      const rebuilt =
        batchMagic(bytes, at) < 2 ? await rebuildMessage(original) : rebuildBatch(original)
      if (rebuilt !== null && !rebuilt.equals(original)) {
        return `/encode: batch at ${at} became ${rebuilt.toString('hex')}`
      }
      at += size
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return null // Damaged: how it was read is compared above.
  }
}

async function rebuildMessage(original: Buffer): Promise<Buffer | null> {
  checkMessageCrc(original, 0)
  if (messageCompression(original, 0) !== 'none') return null
  const messages = await readMessages(original, 0, limitBytes)
  const offsetIsSafe = Number.isSafeInteger(messages[0]?.offset)
  const timestampIsSafe =
    Number(legacyTimestamps(original, 0)['maxTimestamp']) === messages[0]?.timestamp
  if (!offsetIsSafe || !timestampIsSafe) return null
  const timestampType = messageTimestampType(original, 0)
  return buildMessageSet(
    {
      magic: batchMagic(original, 0) as LegacyMagic,
      messages,
      timestampType: timestampType === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    },
    'none',
  )
}

function rebuildBatch(original: Buffer): Buffer | null {
  checkBatchCrc(original, 0)
  if (batchCompression(original, 0) !== 0) return null
  const cursor = new RecordCursor(original, 0)
  const baseTimestamp = Number(original.readBigInt64BE(27))
  const int64s = [0, 27, 35, 43].map((at) => Number(original.readBigInt64BE(at)))
  const records: NewRecord[] = []
  while (cursor.next()) {
    // Under append time the records keep the producer's deltas, which the builder takes from timestamps.
    const delta = Number(exactTimestampDelta(cursor))
    const timestamp = baseTimestamp + delta
    int64s.push(delta, timestamp)
    records.push({ ...cursor.record(), timestamp })
  }
  if (!int64s.every((value) => Number.isSafeInteger(value))) return null
  const hasDeleteHorizon = batchHasDeleteHorizon(original, 0)
  return buildRecordBatch({
    records,
    baseOffset: int64s[0]!,
    lastOffset: int64s[0]! + batchLastOffsetDelta(original, 0),
    partitionLeaderEpoch: batchPartitionLeaderEpoch(original, 0),
    timestampType: batchTimestampType(original, 0),
    maxTimestamp: int64s[2]!,
    producerId: int64s[3]!,
    producerEpoch: batchProducerEpoch(original, 0),
    baseSequence: batchBaseSequence(original, 0),
    isTransactional: batchIsTransactional(original, 0),
    isControl: batchIsControl(original, 0),
    ...(hasDeleteHorizon ? { deleteHorizonMs: baseTimestamp } : {}),
  })
}
