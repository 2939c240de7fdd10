// A partition that exists and cannot be served: its directory could not be made, or lies on a disk
// that is not there. Everything asked of it is answered KAFKA_STORAGE_ERROR.
import type { Offset, TopicId } from '../base/brands.ts'
import { toOffset } from '../base/brands.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { storageError } from '../log/disk-trouble.ts'
import type { ActiveProducer, PartitionSpec, PartitionStore } from './engine.ts'

export class OfflinePartition implements PartitionStore {
  readonly spec: PartitionSpec
  /** What the partition is opened with when its disk is back. */
  config: TopicConfig
  readonly logStartOffset: Offset = toOffset(0)
  readonly highWatermark: Offset = toOffset(0)
  readonly lastStableOffset: Offset = toOffset(0)
  readonly logEndOffset: Offset = toOffset(0)
  readonly byteLength = 0
  readonly online = false
  readonly #reason: string

  constructor(spec: PartitionSpec, config: TopicConfig, reason: string) {
    this.spec = spec
    this.config = config
    this.#reason = reason
  }

  get topic(): string {
    return this.spec.topic
  }

  get partition(): number {
    return this.spec.partition
  }

  get topicId(): TopicId {
    return this.spec.topicId
  }

  get leaderEpoch(): number {
    return this.spec.leaderEpoch
  }

  append(): never {
    throw this.#refusal()
  }

  read(): never {
    throw this.#refusal()
  }

  offsetForTimestamp(): never {
    throw this.#refusal()
  }

  offsetOfMaxTimestamp(): never {
    throw this.#refusal()
  }

  deleteRecordsBefore(): never {
    throw this.#refusal()
  }

  readableBytes(): number {
    return 0
  }

  endOffsetForEpoch(): never {
    throw this.#refusal()
  }

  leaderEpochForOffset(): number {
    return -1
  }

  activeProducers(): readonly ActiveProducer[] {
    throw this.#refusal()
  }

  hasOpenTransaction(): boolean {
    return false
  }

  /** Nothing will advance; a parked request ends with its own time-out. */
  onceAdvanced(): () => void {
    return () => undefined
  }

  #refusal(): KafkaError {
    return storageError(`${this.topic}-${this.partition} is offline: ${this.#reason}`)
  }
}
