// Keeps the state of share partitions in `__share_group_state` (KIP-932): one runtime a partition of
// it, one decision after another. Answers at once where the engine does.
import { KafkaError, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { PartitionStore } from '../storage/engine.ts'
import type { TopicsView } from './consumer/step.ts'
import type { InternalTopic } from './coordinator-options.ts'
import { partitionOfGroup } from './group-partitioning.ts'
import { replayLog } from './log-replay.ts'
import { clientError, CoordinatorRuntime } from './runtime.ts'
import { decodeShareStateChange, encodeShareStateChange } from './share-state-records.ts'
import { shareCoordinatorKey, ShareStates } from './share/stored-states.ts'
import type {
  ShareState,
  ShareStateChange,
  SharePartitionKey,
  StateAnswer,
  StateStep,
  StateToWrite,
  StoredAnswer,
  WriteInput,
} from './share/stored-states.ts'
import { Ticket } from './ticket.ts'

export interface ShareCoordinatorOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
  /** `__share_group_state`. */
  readonly topic: InternalTopic
  readonly topics: TopicsView
  /** A broken invariant where no request can carry it: the broker must stop. */
  readonly crash: (cause: unknown) => void
}

/** Records that one batch holds when many states change at once. */
const recordsPerBatch = 500

interface StatePartition {
  readonly store: PartitionStore
  readonly states: ShareStates
  readonly runtime: CoordinatorRuntime<ShareStateChange>
}

export class ShareCoordinator {
  readonly #options: ShareCoordinatorOptions
  readonly #partitions = new Map<number, StatePartition>()
  readonly #scans = new Map<string, Cancel>()
  #state: 'loading' | 'serving' | 'closed' = 'loading'

  constructor(options: ShareCoordinatorOptions) {
    this.#options = options
  }

  /** Replays `__share_group_state`. @throws KafkaError when the log cannot be read. */
  async load(): Promise<void> {
    const { config, clock, logger, topic } = this.#options
    const limitBytes = {
      read: config.shareCoordinatorLoadBufferSize,
      inflated: config.maxDecompressedMessageBytes,
    }
    const startedMs = clock.monotonicMs()
    let stateCount = 0
    for (let index = 0; index < topic.partitionCount(); index++) {
      const partition = this.#open(index)
      if (partition === undefined) continue
      await replayLog({
        store: partition.store,
        logger,
        limitBytes,
        onRecord: ({ key, value }, { recordOffset }) => {
          const change = decodeShareStateChange(key, value)
          if (change !== null) partition.states.apply(change, recordOffset)
        },
        onMarker: () => undefined,
      })
      stateCount += partition.states.size
    }
    if (this.#state === 'closed') return
    this.#state = 'serving'
    const prune = () => this.prune()
    this.#scan('prune', () => config.shareCoordinatorStateTopicPruneIntervalMs, prune)
    const snapshot = () => this.snapshotCold()
    this.#scan('cold', () => config.shareCoordinatorColdPartitionSnapshotIntervalMs, snapshot)
    const tookMs = Math.round(clock.monotonicMs() - startedMs)
    logger.info({ stateCount, tookMs }, 'share group state loaded')
  }

  close(): void {
    this.#state = 'closed'
    for (const cancel of this.#scans.values()) cancel()
    this.#partitions.clear()
  }

  /** Makes sure that `__share_group_state` exists. @throws KafkaError when it cannot be made. */
  ensureTopic(): MaybePromise<void> {
    return this.#options.topic.ensure()
  }

  /** InitializeShareGroupState, one partition. */
  initialize(
    key: SharePartitionKey,
    given: Pick<ShareState, 'stateEpoch' | 'startOffset'>,
  ): MaybePromise<StateAnswer> {
    return this.#run(key, 'initialize', (states, input) => states.initialize(key, given, input))
  }

  /** ReadShareGroupState, one partition. */
  read(key: SharePartitionKey, leaderEpoch: number): MaybePromise<StoredAnswer> {
    return this.#run<StoredAnswer>(key, 'read', (states, input) =>
      states.read(key, leaderEpoch, input),
    )
  }

  /** WriteShareGroupState, one partition. */
  write(key: SharePartitionKey, change: StateToWrite): MaybePromise<StateAnswer> {
    return this.#run(key, 'write', (states, input) => states.write(key, change, input))
  }

  /** ReadShareGroupStateSummary, one partition. */
  summary(key: SharePartitionKey): MaybePromise<StoredAnswer> {
    return this.#run<StoredAnswer>(key, 'read', (states, { topics }) => states.summary(key, topics))
  }

  /** DeleteShareGroupState, one partition. */
  remove(key: SharePartitionKey): MaybePromise<StateAnswer> {
    return this.#run(key, 'delete', (states, { topics }) => states.remove(key, topics))
  }

  /** Every stored state as it is now; none unless the coordinator serves. */
  *states(): Iterable<{ readonly key: SharePartitionKey; readonly state: ShareState }> {
    for (const { states } of this.#partitions.values()) {
      if (this.#state !== 'serving') return
      yield* states.entries()
    }
  }

  /** A topic was deleted: its states go, in all groups. */
  onTopicDeleted(topic: { readonly name: string; readonly id: string }): void {
    if (topic.name === internalTopicName) return this.#partitions.clear()
    for (const partition of this.#partitions.values()) {
      this.#background(partition, (states) => states.tombstonesOfTopic(topic.id))
    }
  }

  /** Deletes what newer snapshots have overtaken, from the start of the log on. */
  prune(): void {
    for (const { store, states } of this.#partitions.values()) {
      const offset = states.oldestNeededOffset() ?? store.highWatermark
      if (!store.online || offset <= store.logStartOffset) continue
      const pruned = store.deleteRecordsBefore(offset)
      if (isPromise(pruned)) pruned.catch((error: unknown) => this.#refusedInBackground(error))
    }
  }

  /** Snapshots states that have not changed for long, so that the log before them can go. */
  snapshotCold(): void {
    const { clock, config } = this.#options
    const olderThanMs = config.shareCoordinatorColdPartitionSnapshotIntervalMs
    for (const partition of this.#partitions.values()) {
      this.#background(partition, (states) => states.coldSnapshots(clock.nowMs(), olderThanMs))
    }
  }

  #run<Answer extends StateAnswer>(
    key: SharePartitionKey,
    what: 'initialize' | 'read' | 'write' | 'delete',
    decide: (states: ShareStates, input: WriteInput) => StateStep<Answer>,
  ): MaybePromise<Answer | (StateAnswer & { readonly state: null })> {
    const refused = (error: ErrorName) => {
      const message = `Unable to ${what} share group state: ${errorText(error)}`
      return { error, message, state: null }
    }
    return this.#on(key, refused, ({ states, runtime }) => {
      const ticket = new Ticket<Answer | (StateAnswer & { readonly state: null })>()
      runtime.run(() => {
        const { changes, answer } = decide(states, this.#input())
        return {
          changes,
          begin: () => undefined,
          finish: () => ticket.settle(answer),
          refuse: (error) => ticket.settle(refused(error)),
        }
      })
      return ticket.result()
    })
  }

  #input(): WriteInput {
    const { clock, config, topics } = this.#options
    const updatesPerSnapshot = config.shareCoordinatorSnapshotUpdateRecordsPerSnapshot
    return { topics, nowMs: clock.nowMs(), updatesPerSnapshot }
  }

  /** Runs on the key's partition; the topic is made on first need. `refused` answers without one. */
  #on<T>(
    key: SharePartitionKey,
    refused: (error: ErrorName) => T,
    run: (partition: StatePartition) => MaybePromise<T>,
  ): MaybePromise<T> {
    if (this.#state !== 'serving') return refused(this.#notReady())
    const { topic } = this.#options
    const onPartition = (): MaybePromise<T> => {
      const count = topic.partitionCount()
      if (count === 0) return refused('COORDINATOR_NOT_AVAILABLE')
      const partition = this.#open(partitionOfGroup(shareCoordinatorKey(key), count))
      return partition === undefined ? refused('NOT_COORDINATOR') : run(partition)
    }
    if (topic.partitionCount() > 0) return onPartition()
    const failed = (error: unknown): T => {
      if (!(error instanceof KafkaError)) throw error
      return refused(clientError(error.errorName))
    }
    try {
      const made = topic.ensure()
      return isPromise(made) ? made.then(onPartition, failed) : onPartition()
    } catch (error) {
      return failed(error)
    }
  }

  #open(index: number): StatePartition | undefined {
    const opened = this.#partitions.get(index)
    if (opened !== undefined) return opened
    const { clock, crash, topic } = this.#options
    const store = topic.store(index)
    if (store === undefined) return undefined
    assert(this.#state === 'loading' || store.logEndOffset === 0, 'a later partition is empty')
    const states = new ShareStates()
    const runtime = new CoordinatorRuntime<ShareStateChange>({
      clock,
      store,
      encode: encodeShareStateChange,
      apply: (change, { recordOffset }) => states.apply(change, recordOffset),
      crash,
    })
    const partition = { store, states, runtime }
    this.#partitions.set(index, partition)
    return partition
  }

  #background(
    { states, runtime }: StatePartition,
    decide: (states: ShareStates) => readonly ShareStateChange[],
  ): void {
    const { logger } = this.#options
    const all = decide(states)
    for (let from = 0; from < all.length; from += recordsPerBatch) {
      const changes = all.slice(from, from + recordsPerBatch)
      runtime.run(() => ({
        changes,
        begin: () => undefined,
        finish: () => undefined,
        refuse: (error) => logger.warn({ error }, 'share group state not stored'),
      }))
    }
  }

  #scan(name: string, everyMs: () => number, run: () => void): void {
    const { clock } = this.#options
    const cancel = clock.after(everyMs(), () => {
      this.#scan(name, everyMs, run)
      try {
        run()
      } catch (error) {
        this.#refusedInBackground(error)
      }
    })
    this.#scans.set(name, cancel)
  }

  #refusedInBackground(error: unknown): void {
    const { crash, logger } = this.#options
    if (!(error instanceof KafkaError)) return crash(error)
    logger.warn({ cause: error.message }, 'share group state not pruned')
  }

  #notReady(): ErrorName {
    return this.#state === 'loading' ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'COORDINATOR_NOT_AVAILABLE'
  }
}

const internalTopicName = '__share_group_state'
