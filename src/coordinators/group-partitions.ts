// The partitions of `__consumer_offsets` and what each holds: read at the start, made with the topic,
// given to those who answer requests.
import { KafkaError } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { GroupRules } from './classic/step.ts'
import type { GroupCoordinatorOptions } from './coordinator-options.ts'
import { GroupPartition } from './group-partition.ts'
import { partitionOfGroup } from './group-partitioning.ts'
import type { GroupSettings } from './group-settings.ts'
import type { MemberConnections } from './member-connections.ts'
import { clientError } from './runtime.ts'

export interface GroupPartitionsPorts {
  readonly options: GroupCoordinatorOptions
  readonly settings: GroupSettings
  readonly connections: MemberConnections
  /** A broken invariant where no request can carry it. */
  readonly crash: (cause: unknown) => void
}

export class GroupPartitions {
  readonly #ports: GroupPartitionsPorts
  readonly #rules: GroupRules
  readonly #opened = new Map<number, GroupPartition>()
  #state: 'loading' | 'serving' | 'closed' = 'loading'

  constructor(ports: GroupPartitionsPorts) {
    const { config } = ports.options
    this.#ports = ports
    this.#rules = {
      initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
      maxSize: config.groupMaxSize,
    }
  }

  /** Replays every partition, and serves from then on. @throws KafkaError when one cannot be read. */
  async load(): Promise<void> {
    const { config, topic } = this.#ports.options
    assert(this.#opened.size === 0, 'partitions are loaded before anybody asks for one')
    const limitBytes = {
      read: config.offsetsLoadBufferSize,
      inflated: config.maxDecompressedMessageBytes,
    }
    for (let index = 0; index < topic.partitionCount(); index++) {
      await this.open(index)?.load(limitBytes)
    }
    if (this.#state === 'loading') this.#state = 'serving'
  }

  get isServing(): boolean {
    return this.#state === 'serving'
  }

  /** Why there is nobody to ask. */
  get notReady(): ErrorName {
    return this.#state === 'loading' ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'COORDINATOR_NOT_AVAILABLE'
  }

  /** Answers whoever waits, with NOT_COORDINATOR, and serves no more. */
  close(): void {
    this.#state = 'closed'
    this.unload()
  }

  /** The topic is gone: so is what it held. */
  unload(): void {
    for (const partition of this.#opened.values()) partition.close()
    this.#opened.clear()
  }

  /** Those that are open: all that hold anything. */
  all(): Iterable<GroupPartition> {
    return this.#opened.values()
  }

  /** The partition of `__consumer_offsets` that holds the group; null while there is no topic. */
  indexOf(groupId: string): number | null {
    const count = this.#ports.options.topic.partitionCount()
    return count === 0 ? null : partitionOfGroup(groupId, count)
  }

  /** The group's partition, if it is open. */
  of(groupId: string): GroupPartition | undefined {
    const index = this.indexOf(groupId)
    return index === null ? undefined : this.#opened.get(index)
  }

  /** As OnGroupPartition says. */
  on<T>(
    groupId: string,
    refused: (error: ErrorName) => T,
    run: (partition: GroupPartition) => MaybePromise<T>,
  ): MaybePromise<T> {
    if (this.#state !== 'serving') return refused(this.notReady)
    const opened = this.of(groupId)
    if (opened !== undefined) return run(opened)
    const { topic } = this.#ports.options
    const index = this.indexOf(groupId)
    const exists = index !== null && topic.store(index) !== undefined
    if (exists) return this.#onPartition(groupId, refused, run)
    const failed = (error: unknown) => {
      if (!(error instanceof KafkaError)) throw error
      return refused(clientError(error.errorName))
    }
    let made: MaybePromise<void>
    try {
      made = topic.ensure()
    } catch (error) {
      return failed(error)
    }
    if (!isPromise(made)) return this.#onPartition(groupId, refused, run)
    return made.then(() => this.#onPartition(groupId, refused, run), failed)
  }

  #onPartition<T>(
    groupId: string,
    refused: (error: ErrorName) => T,
    run: (partition: GroupPartition) => MaybePromise<T>,
  ): MaybePromise<T> {
    const count = this.#ports.options.topic.partitionCount()
    if (count === 0) return refused('COORDINATOR_NOT_AVAILABLE')
    const partition = this.open(partitionOfGroup(groupId, count))
    return partition === undefined ? refused('NOT_COORDINATOR') : run(partition)
  }

  /**
   * The partition with its state: that which was loaded, or a new one of a topic that was made
   * since.
   */
  open(index: number): GroupPartition | undefined {
    const opened = this.#opened.get(index)
    if (opened !== undefined) return opened
    const { options, settings, connections } = this.#ports
    const { clock, logger, topic, topics, instruments, afterTurn } = options
    const store = topic.store(index)
    if (store === undefined) return undefined
    assert(this.#state !== 'closed', 'nothing is opened after the close')
    assert(this.#state === 'loading' || store.logEndOffset === 0, 'a later partition is empty')
    const partition = new GroupPartition({
      clock,
      logger,
      store,
      topics,
      rules: this.#rules,
      consumerRules: (groupId) => settings.consumer(groupId),
      shareRules: (groupId) => settings.share(groupId),
      streamsRules: (groupId) => settings.streams(groupId),
      onShareMemberFenced: (groupId, memberId) => options.onShareMemberFenced?.(groupId, memberId),
      onRebalance: (reason) => instruments?.rebalances.add(reason),
      onMemberRemoved: (groupId, memberId) => connections.forget(groupId, memberId),
      crash: this.#ports.crash,
      afterTurn,
    })
    this.#opened.set(index, partition)
    return partition
  }
}
