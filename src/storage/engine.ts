// What handlers and coordinators may ask of a storage engine. The local log (storage/local.ts) is
// the first engine; a scale-out one fits under the same handlers. What may be asked of one
// partition is in log/partition-store.ts, and is taken from here.
import type { ErrorName } from '../../protocol/errors.ts'
import type { TopicId } from '../base/brands.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import type { PartitionStore, TopicPartition } from '../log/partition-store.ts'

export type * from '../log/partition-store.ts'
// A refusal that names records by their index in the batch (ProduceResponse 8+, KIP-467).
export { RecordValidationError as InvalidRecordsError } from '../../protocol/batch-validation.ts'
export type { RecordError } from '../../protocol/batch-validation.ts'

/** Why a log directory cannot be used; null error when it can. For DescribeLogDirs. */
export interface LogDirectoryInfo {
  /** Absolute. */
  readonly path: string
  readonly online: boolean
  readonly freeBytes: number
  readonly totalBytes: number
  readonly partitions: readonly PartitionStore[]
  /** Copies of partitions of other directories that are to take their place. */
  readonly futures: readonly FutureReplica[]
}

/** A partition on its way into a directory. */
export interface FutureReplica extends TopicPartition {
  readonly byteLength: number
  /** Records that the copy lacks, about. */
  readonly offsetLag: number
}

/** What the engine must know of a partition to make or open it. */
export interface PartitionSpec extends TopicPartition {
  readonly topicId: TopicId
  readonly leaderEpoch: number
}

/** All partitions of this broker. */
export interface StorageEngine {
  /** O(1); undefined when this broker has no such partition. */
  partition(topic: string, partition: number): PartitionStore | undefined
  /** Makes the partition's directory and log, or opens the one that is there. */
  createPartition(spec: PartitionSpec, config: TopicConfig): PartitionStore
  /**
   * Forgets all partitions of the topic at once; their files go in the background. Waiters are
   * woken.
   */
  deleteTopic(topic: string): void
  /** Puts a topic's changed configuration into force. */
  configure(topic: string, config: TopicConfig): void
  logDirectories(): readonly LogDirectoryInfo[]
  /**
   * Begins to move a partition to another log directory, given by its absolute path; the partition
   * is used meanwhile. Anything but NONE: no move was begun.
   */
  movePartition(topic: string, partition: number, path: string): ErrorName
}
