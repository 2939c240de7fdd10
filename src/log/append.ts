// From what a client sent to the one batch that is written: validation, conversion and
// recompression as the topic's configuration asks. Decides only; offsets are assigned and bytes
// written by partition-log.ts.
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain } from '../base/maybe-promise.ts'
import { limits } from '../base/limits.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import type { BatchRecordRules } from '../../protocol/batch-validation.ts'
import { checkProducedRecords, validateRecords } from '../../protocol/batch-validation.ts'
import type { CompressionCodec } from '../../protocol/compression.ts'
import { codecOfId, isAsynchronous } from '../../protocol/compression.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RebuildOptions } from '../../protocol/legacy-conversion.ts'
import {
  checkMessageSet,
  convertMessageSet,
  rebuildRecordBatch,
} from '../../protocol/legacy-conversion.ts'
import {
  batchBaseOffset,
  batchBaseSequence,
  batchCompression,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLastSequence,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchSizeAt,
  checkBatchCrc,
  setBatchMaxTimestamp,
} from '../../protocol/record-batch.ts'
import { readEndTransactionMarker } from '../../protocol/control-records.ts'
import { RecordCursor } from '../../protocol/records.ts'
import type { AppendOptions } from './partition-store.ts'
import type { AppendTerms, EndMarker, ProducerBatch } from './producer-state.ts'

const newestProduceVersion = 13
const firstVersionOfBatches = 3

/**
 * Checks `records` and answers the batch to write: a part of `records`, changed in place where the
 * topic asks for it, or a new buffer. Null when there is no complete message (Produce 0 to 2). A
 * promise only where a codec works asynchronously.
 * @throws KafkaError as Kafka answers; RecordValidationError names records.
 */
export function prepareBatch(
  records: Buffer,
  options: AppendOptions,
  config: TopicConfig,
): MaybePromise<Buffer | null> {
  if (options.origin !== 'client') return ownBatch(records, config)
  const version = options.produceVersion ?? newestProduceVersion
  const prepared =
    version < firstVersionOfBatches && !beginsWithBatch(records)
      ? convertLegacy(records, options, config)
      : prepareProduced(records, version, options, config)
  return chain(prepared, (batch) => {
    if (batch !== null) checkFitsSegment(batch, config)
    return batch
  })
}

function beginsWithBatch(records: Buffer): boolean {
  const size = batchSizeAt(records, 0, records.length)
  return size >= 0 && batchMagic(records, 0) >= 2
}

/** A batch that the broker built itself: it is whole, and only its size is the topic's business. */
function ownBatch(records: Buffer, config: TopicConfig): Buffer {
  const size = batchSizeAt(records, 0, records.length)
  if (size !== records.length || batchMagic(records, 0) !== 2) {
    throw new KafkaError('INVALID_RECORD', 'the broker appends exactly one record batch')
  }
  checkBatchCrc(records, 0)
  checkSize(size, config)
  checkFitsSegment(records, config)
  return records
}

function prepareProduced(
  records: Buffer,
  apiVersion: number,
  options: AppendOptions,
  config: TopicConfig,
): MaybePromise<Buffer> {
  const rules = { apiVersion, maxBatchBytes: config.maxMessageBytes }
  const size = checkProducedRecords(records, rules)
  const codec = codecOfId(batchCompression(records, 0))
  const target = targetCodec(config)
  const borrowed = size === records.length ? records : records.subarray(0, size)
  const batch = isAsynchronous(codec) || mayWaitFor(target) ? Buffer.from(borrowed) : borrowed
  const isRecompressed = target !== 'producer' && target !== codec
  const recordRules = rulesOf(config, options, isRecompressed)
  return chain(validateRecords(batch, 0, recordRules), (validated) => {
    if (isRecompressed || validated.mustRebuild) {
      return chain(rebuildRecordBatch(batch, 0, recordRules, rebuildOptions(config)), (rebuilt) => {
        checkSize(rebuilt.length, config)
        return rebuilt
      })
    }
    const isAppendTime = config.messageTimestampType === 'LogAppendTime'
    const timestamp = isAppendTime ? options.nowMs : validated.maxTimestamp
    setBatchMaxTimestamp(batch, 0, config.messageTimestampType, timestamp)
    return batch
  })
}

function convertLegacy(
  records: Buffer,
  options: AppendOptions,
  config: TopicConfig,
): MaybePromise<Buffer | null> {
  const checked = checkMessageSet(records, config.maxMessageBytes)
  if (checked === null) return null
  const rules = rulesOf(config, options, false)
  const isBorrowed = !isAsynchronous(checked.codec) && !mayWaitFor(targetCodec(config))
  const messages = isBorrowed ? records : Buffer.from(records)
  const converted = convertMessageSet(messages, checked, rules, rebuildOptions(config))
  return chain(converted, (batch) => {
    checkSize(batch.length, config)
    return batch
  })
}

function rulesOf(
  config: TopicConfig,
  options: AppendOptions,
  isRecompressed: boolean,
): BatchRecordRules {
  return {
    isCompacted: config.cleanupPolicy.compact,
    timestampType: config.messageTimestampType,
    nowMs: options.nowMs,
    timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    isRecompressed,
    limitBytes: inflationLimit(config),
  }
}

/**
 * Most bytes that one batch may inflate to: it is inflated in memory, so a bound of ours holds too.
 */
export function inflationLimit(config: TopicConfig): number {
  const limit = config.maxDecompressedMessageBytes
  return limit > 0 ? Math.min(limit, limits.inflatedBatchBytesMax) : limits.inflatedBatchBytesMax
}

/** Records are only borrowed while the caller waits: what waits for a codec works on a copy. */
function mayWaitFor(target: CompressionCodec | 'producer'): boolean {
  return target !== 'producer' && isAsynchronous(target)
}

function targetCodec(config: TopicConfig): CompressionCodec | 'producer' {
  return config.compressionType === 'uncompressed' ? 'none' : config.compressionType
}

function rebuildOptions(config: TopicConfig): RebuildOptions {
  const level = compressionLevel(config)
  return {
    compression: targetCodec(config),
    ...(level === undefined ? {} : { level }),
    baseOffset: 0,
    partitionLeaderEpoch: -1,
    limitBytes: inflationLimit(config),
  }
}

function compressionLevel(config: TopicConfig): number | undefined {
  switch (config.compressionType) {
    case 'gzip':
      return config.compressionGzipLevel
    case 'lz4':
      return config.compressionLz4Level
    case 'zstd':
      return config.compressionZstdLevel
    case 'producer':
    case 'uncompressed':
    case 'snappy':
      return undefined
  }
}

function checkSize(byteLength: number, config: TopicConfig): void {
  if (byteLength <= config.maxMessageBytes) return
  throw new KafkaError(
    'MESSAGE_TOO_LARGE',
    `record batch of ${byteLength} bytes exceeds max.message.bytes, which is ${config.maxMessageBytes}`,
  )
}

function checkFitsSegment(batch: Buffer, config: TopicConfig): void {
  if (batch.length <= config.segmentBytes) return
  throw new KafkaError(
    'RECORD_LIST_TOO_LARGE',
    `record batch of ${batch.length} bytes exceeds segment.bytes, which is ${config.segmentBytes}`,
  )
}

/**
 * What producer state must know of the batch at `at`; null for a batch without producer id, and for
 * a control batch that ends no transaction: compaction emptied it when nothing else was left.
 */
export function producerBatchAt(buffer: Buffer, at: number): ProducerBatch | null {
  const producerId = batchProducerId(buffer, at)
  if (producerId < 0) return null
  const isControl = batchIsControl(buffer, at)
  const marker = isControl ? endMarkerAt(buffer, at) : null
  if (isControl && marker === null) return null
  return {
    producerId,
    producerEpoch: batchProducerEpoch(buffer, at),
    baseSequence: batchBaseSequence(buffer, at),
    lastSequence: batchLastSequence(buffer, at),
    baseOffset: batchBaseOffset(buffer, at),
    lastOffset: batchLastOffset(buffer, at),
    timestampMs: batchMaxTimestamp(buffer, at),
    isTransactional: batchIsTransactional(buffer, at),
    marker,
  }
}

/**
 * The marker in a control batch; null for other control records and for a batch that compaction
 * emptied.
 */
function endMarkerAt(buffer: Buffer, at: number): EndMarker | null {
  const cursor = new RecordCursor(buffer, at)
  if (!cursor.next()) return null
  const marker = readEndTransactionMarker({ key: cursor.key(), value: cursor.value() })
  if (marker === null) return null
  return { isAbort: !marker.isCommit, coordinatorEpoch: marker.coordinatorEpoch }
}

/** From this version of Produce on clients end transactions as version 2 does (KIP-890). */
const epochBumpProduceVersion = 12

/** What decides which epochs and sequences are taken. */
export function appendTerms({
  origin,
  produceVersion,
  transactionVersion,
}: AppendOptions): AppendTerms {
  const isBumped = (produceVersion ?? 0) >= epochBumpProduceVersion
  return { origin, transactionVersion: transactionVersion ?? (isBumped ? 2 : 0) }
}
