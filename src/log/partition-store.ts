// What may be asked of one partition's log, whatever engine keeps it: the contract that handlers
// and coordinators see through storage/engine.ts. Results are there at once where they can be
// (MaybePromise): the hot path pays no microtask.
import type { Offset, TopicId } from '../base/brands.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { AppendOrigin } from './producer-state.ts'
import type { RecordsSource } from '../../protocol/writer.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export type { AppendOrigin }

export interface AppendOptions {
  readonly origin: AppendOrigin
  /**
   * True when the acknowledgement must wait as `ottla.durability` says (acks=all, coordinators);
   * false for acks 0 and 1, which are acknowledged from the page cache.
   */
  readonly acksAll: boolean
  /** Wall-clock ms of the request: append time and retention. */
  readonly nowMs: number
  /**
   * Version of the Produce request that brought the records, for origin 'client': below 3 message
   * sets of magic 0 and 1 are taken and zstd needs 7. Without it: the newest.
   */
  readonly produceVersion?: number
  /**
   * Of a transaction's marker, where its writer says it: from 2 on (KIP-890) every end of a
   * transaction has an epoch of its own, so that a marker that comes twice is refused.
   */
  readonly transactionVersion?: number
}

/** Where an append landed. */
export interface AppendResult {
  /**
   * Offset of the first record. For a duplicate of an idempotent producer: of the original. -1
   * when there was no complete message (Produce 0 to 2), and nothing was written.
   */
  readonly baseOffset: Offset
  /** Offset of the last record. */
  readonly lastOffset: Offset
  /**
   * ms since the epoch where message.timestamp.type is LogAppendTime (and for a duplicate, as
   * Kafka), else -1.
   */
  readonly logAppendTimeMs: number
  readonly logStartOffset: Offset
}

/**
 * How far a reader may see: 'log-end' (the broker itself), 'high-watermark' (read_uncommitted),
 * 'last-stable' (read_committed).
 */
export type ReadLimit = 'log-end' | 'high-watermark' | 'last-stable'

export interface ReadRequest {
  readonly offset: number
  /** Most bytes to return. The first batch is returned whole if it is larger and `minOneBatch`. */
  readonly maxBytes: number
  readonly minOneBatch: boolean
  readonly limit: ReadLimit
  /**
   * The records are only sent on: they may stay in their file until then. Whoever looks at them
   * leaves it out.
   */
  readonly mayStayInFile?: boolean
}

/** Whole batches as they lie in the log, on loan: `release` gives the memory back once sent. */
export interface RecordsLoan extends RecordsSource {
  readonly byteLength: number
  /** What `sendTo` has not sent; valid until `release`. */
  readonly bytes: Buffer
  /**
   * Has the kernel send what it takes at once to a socket's descriptor, without reading it: true when
   * that was all. Not there where records lie in memory.
   */
  sendTo?(socket: number): boolean
  release(): void
}

/** An aborted transaction that overlaps what was read (KIP-98). */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface ReadResult {
  readonly records: RecordsLoan
  readonly highWatermark: Offset
  readonly lastStableOffset: Offset
  readonly logStartOffset: Offset
  /** Null unless the limit was 'last-stable'. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
}

export interface TimestampedOffset {
  readonly timestampMs: number
  readonly offset: Offset
  readonly leaderEpoch: number
}

/** State of a producer id in a partition, for DescribeProducers (KIP-664). */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestampMs: number
  readonly coordinatorEpoch: number
  /** First offset of the open transaction, -1 without one. */
  readonly currentTransactionFirstOffset: number
}

/**
 * One partition's log. Refusals are `KafkaError`s; disk trouble is a `KafkaError` of
 * KAFKA_STORAGE_ERROR after the engine has taken the partition offline.
 */
export interface PartitionStore {
  readonly topic: string
  readonly partition: number
  readonly topicId: TopicId
  readonly leaderEpoch: number
  readonly logStartOffset: Offset
  readonly highWatermark: Offset
  readonly lastStableOffset: Offset
  readonly logEndOffset: Offset
  /** Bytes of all segments. */
  readonly byteLength: number
  /** False after disk trouble: reads and appends are refused with KAFKA_STORAGE_ERROR. */
  readonly online: boolean

  /**
   * Validates, assigns offsets and appends. `records` is one v2 batch, or from old clients message
   * sets of magic 0 and 1, which are converted. `records` is only borrowed until the call returns
   * and may be changed in place (base offset, leader epoch, append time).
   * @throws KafkaError: CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE,
   * INVALID_TIMESTAMP, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, KAFKA_STORAGE_ERROR, …
   */
  append(records: Buffer, options: AppendOptions): MaybePromise<AppendResult>

  /** @throws KafkaError: OFFSET_OUT_OF_RANGE, KAFKA_STORAGE_ERROR, CORRUPT_MESSAGE. */
  read(request: ReadRequest): MaybePromise<ReadResult>

  /**
   * Bytes that a read from `offset` could return now under `limit`, counted up to `maxBytes`:
   * cheap, for min.bytes of a parked fetch. Offsets out of range count as 0.
   */
  readableBytes(offset: number, limit: ReadLimit, maxBytes: number): number

  /**
   * First record with a timestamp of at least `timestampMs`, below `limit`; null when there is
   * none.
   */
  offsetForTimestamp(timestampMs: number, limit: ReadLimit): MaybePromise<TimestampedOffset | null>
  /** The record with the largest timestamp (KIP-734); null when the log is empty. */
  offsetOfMaxTimestamp(): MaybePromise<TimestampedOffset | null>
  /**
   * KIP-101: end offset of the largest epoch that is not above `leaderEpoch`; epoch and offset -1
   * when unknown.
   */
  endOffsetForEpoch(leaderEpoch: number): { leaderEpoch: number; endOffset: number }
  /**
   * Epoch of the batch that holds or follows `offset`, -1 when unknown: for ListOffsets and
   * OffsetFetch answers.
   */
  leaderEpochForOffset(offset: number): number

  /**
   * Moves the log start offset up (DeleteRecords); `offset` -1 means the high watermark.
   * @throws KafkaError OFFSET_OUT_OF_RANGE beyond the high watermark.
   */
  deleteRecordsBefore(offset: number): MaybePromise<Offset>

  activeProducers(): readonly ActiveProducer[]

  /** Whether the producer has a transaction open in this partition, of this very epoch. */
  hasOpenTransaction(producerId: number, producerEpoch: number): boolean

  /**
   * Calls `wake` once, when the high watermark or last stable offset next moves or the partition
   * goes away or offline. The returned function cancels.
   */
  onceAdvanced(wake: () => void): () => void
}
