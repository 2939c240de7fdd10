// What a broker checks before it takes a client's record batches, in Kafka's order and with Kafka's errors:
// first what the header says (checkProducedRecords), then the records (validateRecords). Nothing is changed here.
import { codecId, codecOfId } from './compression.ts'
import { chain } from './maybe-promise.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { KafkaError } from './errors.ts'
import {
  batchBaseSequence,
  batchBaseTimestamp,
  batchCompression,
  batchHeaderBytes,
  batchIsControl,
  batchLastOffsetDelta,
  batchMagic,
  batchProducerId,
  batchRecordCount,
  batchSize,
  batchSizeAt,
  batchTimestampType,
  checkBatchCrc,
  noValue,
} from './record-batch.ts'
import type { TimestampType } from './record-batch.ts'
import { scanRecords } from './record-scan.ts'
import type { RecordScan } from './record-scan.ts'
import { RecordCursor, inflateRecords } from './records.ts'

const firstVersionWithZstd = 7
const firstCheckedVersion = 3

/** What of a request and its topic decides whether a batch is taken. */
export interface BatchRules {
  /** Version of the Produce request; zstd needs 7. */
  readonly apiVersion: number
  /** The topic's max.message.bytes. */
  readonly maxBatchBytes: number
}

/**
 * Checks the records field of a Produce request that must be one magic 2 batch (all since version 3; older ones go
 * to checkMessageSet when they begin with magic 0 or 1). Looks at headers alone and returns the bytes of the batch,
 * which begins at 0; an incomplete batch behind it is ignored. Throws KafkaError as Kafka answers:
 * INVALID_RECORD, CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, UNSUPPORTED_COMPRESSION_TYPE or UNKNOWN_SERVER_ERROR.
 */
export function checkProducedRecords(records: Buffer | null, rules: BatchRules): number {
  if (records === null) throw invalid('the partition has no records')
  const size = batchSizeAt(records, 0, records.length)
  if (size < 0) throw invalid('the partition has no complete record batch')
  if (batchMagic(records, 0) !== 2) throw invalid('only record batches of magic 2 are allowed')
  const isZstd = batchCompression(records, 0) === codecId('zstd')
  const zstdIsTooNew = rules.apiVersion < firstVersionWithZstd
  if (isZstd && zstdIsTooNew && rules.apiVersion >= firstCheckedVersion) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', 'zstd needs Produce version 7')
  }
  if (batchSizeAt(records, size, records.length) >= 0) {
    throw invalid('the partition has more than one record batch')
  }
  checkClientBatch(records, 0, rules.maxBatchBytes)
  return size
}

/**
 * Checks the header of one complete magic 2 batch from a client: size, CRC, codec, offsets, count, sequence.
 * Throws KafkaError as checkProducedRecords does.
 */
export function checkClientBatch(buffer: Buffer, at: number, maxBatchBytes: number): void {
  const size = batchSizeAt(buffer, at, buffer.length)
  // Kafka looks at the offset before the CRC, so that a wrong one is an INVALID_RECORD also in a damaged batch.
  const baseOffsetIsZero = buffer.readInt32BE(at) === 0 && buffer.readInt32BE(at + 4) === 0
  if (!baseOffsetIsZero) throw invalid('the base offset of a produced batch must be 0')
  if (size > maxBatchBytes) {
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `record batch of ${size} bytes exceeds max.message.bytes, which is ${maxBatchBytes}`,
    )
  }
  checkBatchCrc(buffer, at)
  codecOfId(batchCompression(buffer, at))
  const countByOffsets = batchLastOffsetDelta(buffer, at) + 1
  const count = batchRecordCount(buffer, at)
  if (countByOffsets <= 0) throw invalid(`last offset delta ${countByOffsets - 1} is negative`)
  if (count <= 0) throw invalid(`record count ${count} is not positive`)
  if (countByOffsets !== count) {
    throw invalid(`offsets say ${countByOffsets} records, the count says ${count}`)
  }
  if (batchIsControl(buffer, at)) throw invalid('clients may not write control batches')
  const hasProducerId = batchProducerId(buffer, at) > noValue
  if (hasProducerId && batchBaseSequence(buffer, at) < 0) {
    throw invalid('a batch with a producer id needs a sequence')
  }
}

/** What a topic asks of records. */
export interface RecordRules {
  /** cleanup.policy contains compact: every record needs a key. */
  readonly isCompacted: boolean
  /** The topic's message.timestamp.type. */
  readonly timestampType: TimestampType
  readonly nowMs: number
  /** message.timestamp.before.max.ms */
  readonly timestampBeforeMaxMs: number
  /** message.timestamp.after.max.ms */
  readonly timestampAfterMaxMs: number
}

export interface BatchRecordRules extends RecordRules {
  /** True when the batch will be compressed anew: then every size inside is compared, as in Kafka. */
  readonly isRecompressed: boolean
  /** The most that a compressed batch may inflate to; beyond that it is INVALID_RECORD. */
  readonly limitBytes: number
}

export interface ValidatedRecords {
  /** The largest timestamp in ms, -1 without any: what the header must say for CreateTime. */
  readonly maxTimestamp: number
  /** Offsets inside a compressed batch are not 0, 1, 2...: Kafka builds such a batch anew (old clients). */
  readonly mustRebuild: boolean
}

/** One record that was refused: its index in the batch, and why. */
export interface RecordError {
  readonly batchIndex: number
  readonly message: string
}

/** Records that break a rule of their topic; Produce 8 and later names them in its answer. */
export class RecordValidationError extends KafkaError {
  readonly recordErrors: readonly RecordError[]

  constructor(
    errorName: 'INVALID_RECORD' | 'INVALID_TIMESTAMP',
    recordErrors: readonly RecordError[],
  ) {
    const count = recordErrors.length
    super(errorName, `${count} record(s) refused: ${recordErrors[0]?.message ?? 'no reason'}`)
    this.recordErrors = recordErrors
  }
}

/**
 * Reads through the records of a produced magic 2 batch whose header is good, as Kafka does: structure, keys,
 * timestamps, offsets. One pass, no object per record; a compressed batch is inflated for it. Throws KafkaError
 * (UNKNOWN_SERVER_ERROR for data that cannot be inflated, INVALID_RECORD, RecordValidationError).
 */
export function validateRecords(
  buffer: Buffer,
  at: number,
  rules: BatchRecordRules,
): MaybePromise<ValidatedRecords> {
  const inflated = inflateRecords(buffer, at, rules.limitBytes)
  return chain(inflated, (bytes) => walkRecords(buffer, at, bytes, rules))
}

const scan: RecordScan = { minTimestampDelta: 0, maxTimestampDelta: 0, everyRecordHasKey: true }

function walkRecords(
  buffer: Buffer,
  at: number,
  inflated: Buffer | undefined,
  rules: BatchRecordRules,
): ValidatedRecords {
  const bytes = inflated ?? buffer
  const start = inflated === undefined ? at + batchHeaderBytes : 0
  const end = inflated === undefined ? at + batchSize(buffer, at) : inflated.length
  if (scanRecords(bytes, start, end, batchRecordCount(buffer, at), scan)) {
    const maxTimestamp = timestampOfGoodScan(buffer, at, rules)
    if (maxTimestamp !== null) return { maxTimestamp, mustRebuild: false }
  }
  return judgeRecords(buffer, at, inflated, rules)
}

/** The largest timestamp if all records keep the topic's rules; null when they must be looked at one by one. */
function timestampOfGoodScan(buffer: Buffer, at: number, rules: BatchRecordRules): number | null {
  if (rules.isCompacted && !scan.everyRecordHasKey) return null
  if (batchTimestampType(buffer, at) === 'LogAppendTime') return null
  const base = batchBaseTimestamp(buffer, at)
  const min = base + scan.minTimestampDelta
  const max = base + scan.maxTimestampDelta
  if (min < 0 || max > Number.MAX_SAFE_INTEGER) return null
  if (rules.timestampType === 'LogAppendTime') return max
  const isInRange =
    rules.nowMs - min <= rules.timestampBeforeMaxMs &&
    max - rules.nowMs <= rules.timestampAfterMaxMs
  return isInRange ? max : null
}

function judgeRecords(
  buffer: Buffer,
  at: number,
  inflated: Buffer | undefined,
  rules: BatchRecordRules,
): ValidatedRecords {
  const reading = inflated === undefined || rules.isRecompressed ? 'full' : 'skip'
  const cursor = new RecordCursor(buffer, at, inflated)
  const check = new RecordCheck(rules, batchTimestampType(buffer, at) === 'LogAppendTime')
  let mustRebuild = false
  while (cursor.next(reading)) {
    check.record(cursor.timestamp, cursor.hasKey())
    if (cursor.offsetDelta !== cursor.count - 1) mustRebuild = true
  }
  check.finish()
  return { maxTimestamp: check.maxTimestamp, mustRebuild: mustRebuild && inflated !== undefined }
}

/** Holds every record of a batch (of any magic) against the topic's rules and gathers what is wrong. */
export class RecordCheck {
  maxTimestamp = noValue
  #index = 0
  #hasTimestampError = false
  readonly #errors: RecordError[] = []
  readonly #rules: RecordRules
  readonly #batchHasAppendTime: boolean

  constructor(rules: RecordRules, batchHasAppendTime: boolean) {
    this.#rules = rules
    this.#batchHasAppendTime = batchHasAppendTime
  }

  /** The next record. `refusal` is a reason found by the caller, which comes before the topic's rules. */
  record(timestamp: number, hasKey: boolean, refusal?: string): void {
    const index = this.#index++
    const message = refusal ?? this.#keyRefusal(hasKey) ?? this.#timestampRefusal(timestamp)
    if (message !== undefined) this.#errors.push({ batchIndex: index, message })
    else if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
  }

  /** Throws RecordValidationError when a record was refused. */
  finish(): void {
    if (this.#errors.length === 0) return
    const errorName = this.#hasTimestampError ? 'INVALID_TIMESTAMP' : 'INVALID_RECORD'
    throw new RecordValidationError(errorName, this.#errors)
  }

  #keyRefusal(hasKey: boolean): string | undefined {
    if (hasKey || !this.#rules.isCompacted) return undefined
    return 'a record without key cannot go to a compacted topic'
  }

  #timestampRefusal(timestamp: number): string | undefined {
    const { timestampType, nowMs, timestampBeforeMaxMs, timestampAfterMaxMs } = this.#rules
    if (timestampType === 'CreateTime' && timestamp !== noValue) {
      const age = nowMs - timestamp
      if (age <= timestampBeforeMaxMs && -age <= timestampAfterMaxMs) return undefined
      this.#hasTimestampError = true
      return `timestamp ${timestamp} is out of range: now is ${nowMs}, at most ${timestampBeforeMaxMs} ms before and ${timestampAfterMaxMs} ms after are allowed`
    }
    if (!this.#batchHasAppendTime) return undefined
    this.#hasTimestampError = true
    return 'a producer may not set the timestamp type LogAppendTime'
  }
}

function invalid(detail: string): KafkaError {
  return new KafkaError('INVALID_RECORD', detail)
}
