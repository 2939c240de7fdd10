// What handlers see of transactions: checks what needs no state, finds the partition of
// `__transaction_state`, hands the request on. Every method answers at once where the engine does,
// else with a promise.
import { KafkaError } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { InternalTopic } from './coordinator-options.ts'
import { partitionOfGroup } from './group-partitioning.ts'
import { clientError } from './runtime.ts'
import { Ticket } from './ticket.ts'
import { listTransactions } from './transactions/listing.ts'
import type { ListedTransaction, TransactionFilter } from './transactions/listing.ts'
import type { MarkerSink, TransactionMarker } from './transaction-markers.ts'
import { epochBumpVersion, hasPartition, noEpoch, noProducerId } from './transactions/state.ts'
import type {
  EndAnswer,
  InitAnswer,
  ProducerIdAndEpoch,
  TransactionPartitions,
  TransactionState,
} from './transactions/state.ts'
import { TransactionPartition } from './transaction-partition.ts'

export interface TransactionCoordinatorOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
  /** `__transaction_state`. */
  readonly topic: InternalTopic
  readonly markers: MarkerSink
  /** A producer id that nobody has. @throws KafkaError when none can be given. */
  readonly nextProducerId: () => MaybePromise<number>
  /** The highest epoch of each producer id that any partition has seen; asked for at the start. */
  readonly seenEpochs: () => ReadonlyMap<number, number>
  /** The cluster's transaction.version. */
  readonly serverVersion: () => number
  /** A broken invariant where no request can carry it: the broker must stop. */
  readonly crash: (cause: unknown) => void
}

export interface InitRequest {
  readonly transactionalId: string
  readonly timeoutMs: number
  /** What the producer has (KIP-360); null: nothing. */
  readonly expected: ProducerIdAndEpoch | null
}

export interface TransactionRequest extends ProducerIdAndEpoch {
  readonly transactionalId: string
}

export interface AddRequest extends TransactionRequest {
  readonly partitions: TransactionPartitions
  /** 2: from a request that adds partitions by the way (KIP-890); 0: from AddPartitionsToTxn. */
  readonly clientVersion: number
}

export interface EndRequest extends TransactionRequest {
  readonly commit: boolean
  readonly clientVersion: number
}

const internalTopicName = '__transaction_state'

export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #partitions = new Map<number, TransactionPartition>()
  readonly #scans: Cancel[] = []
  #state: 'loading' | 'serving' | 'closed' = 'loading'

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
  }

  get markers(): MarkerSink {
    return this.#options.markers
  }

  /**
   * Replays `__transaction_state`, and goes on with what was decided and not complete. The group
   * coordinator must serve by then: it takes markers. @throws KafkaError when the log cannot be
   * read.
   */
  async load(): Promise<void> {
    const { config, clock, logger, topic } = this.#options
    const limitBytes = {
      read: config.transactionStateLogLoadBufferSize,
      inflated: config.maxDecompressedMessageBytes,
    }
    const startedMs = clock.monotonicMs()
    let idCount = 0
    for (let index = 0; index < topic.partitionCount(); index++) {
      const partition = this.#open(index)
      await partition?.load(limitBytes, this.#options.seenEpochs)
      idCount += [...(partition?.states() ?? [])].length
    }
    if (this.#state === 'closed') return
    this.#state = 'serving'
    for (const partition of this.#partitions.values()) partition.resume()
    this.#scan(config.transactionAbortTimedOutTransactionCleanupIntervalMs, () =>
      this.abortTimedOut(),
    )
    this.#scan(config.transactionRemoveExpiredTransactionCleanupIntervalMs, () =>
      this.removeExpired(),
    )
    const tookMs = Math.round(clock.monotonicMs() - startedMs)
    logger.info({ idCount, tookMs }, 'transactions loaded')
  }

  /** Ends all timers. What is under way goes on when the broker starts again. */
  close(): void {
    this.#state = 'closed'
    for (const cancel of this.#scans) cancel()
    this.#unload()
  }

  /** Makes sure that `__transaction_state` exists. @throws KafkaError when it cannot be made. */
  ensureTopic(): MaybePromise<void> {
    return this.#options.topic.ensure()
  }

  onTopicDeleted(topic: string): void {
    if (topic === internalTopicName) this.#unload()
  }

  /** InitProducerId with a transactional id. */
  initProducerId(request: InitRequest): MaybePromise<InitAnswer> {
    const { transactionalId, timeoutMs, expected } = request
    if (transactionalId === '') return refusedProducer('INVALID_REQUEST')
    if (timeoutMs <= 0 || timeoutMs > this.#options.config.transactionMaxTimeoutMs) {
      return refusedProducer('INVALID_TRANSACTION_TIMEOUT')
    }
    return this.#on(transactionalId, refusedProducer, (partition) => {
      const ticket = new Ticket<InitAnswer>()
      const given = { transactionalId, timeoutMs, expected, freshProducerId: null }
      partition.step(transactionalId, { kind: 'init', ticket, ...given })
      return ticket.result()
    })
  }

  /**
   * The transaction reaches these partitions. A client of transaction version 2 may be quicker than
   * the end of its last transaction: that end is waited for, for a while.
   */
  addPartitions(request: AddRequest): MaybePromise<ErrorName> {
    const { transactionalId, producerId, producerEpoch, partitions, clientVersion } = request
    if (transactionalId === '') return 'INVALID_REQUEST'
    return this.#on<ErrorName>(transactionalId, same, (partition) => {
      const ticket = new Ticket<ErrorName>()
      const given = { producerId, producerEpoch, partitions, clientVersion }
      const event = { kind: 'add', ticket, ...given } as const
      const isNext = partition.state(transactionalId)?.producerEpoch === producerEpoch
      if (isNext && clientVersion >= epochBumpVersion) {
        partition.stepAfterEnd(transactionalId, event)
      } else partition.step(transactionalId, event)
      return ticket.result()
    })
  }

  /**
   * Whether the partition is part of the producer's open transaction: NONE, TRANSACTION_ABORTABLE,
   * or why the producer has none.
   */
  verifyPartition(request: TransactionRequest, topic: string, partition: number): ErrorName {
    const { transactionalId, producerId, producerEpoch } = request
    if (transactionalId === '') return 'INVALID_REQUEST'
    if (this.#state !== 'serving') return this.#notReady()
    const state = this.#find(transactionalId)
    if (state === null || state.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING'
    if (state.producerEpoch !== producerEpoch) return 'PRODUCER_FENCED'
    if (state.status === 'PrepareCommit' || state.status === 'PrepareAbort') {
      return 'CONCURRENT_TRANSACTIONS'
    }
    return hasPartition(state.partitions, topic, partition) ? 'NONE' : 'TRANSACTION_ABORTABLE'
  }

  /** EndTxn: answered when the decision is stored. */
  endTransaction(request: EndRequest): MaybePromise<EndAnswer> {
    const { transactionalId, producerId, producerEpoch, commit, clientVersion } = request
    if (transactionalId === '') return refusedProducer('INVALID_REQUEST')
    return this.#on(transactionalId, refusedProducer, (partition) => {
      const isNext = partition.state(transactionalId)?.producerEpoch === producerEpoch
      if (isNext && clientVersion >= epochBumpVersion) partition.completeNow(transactionalId)
      const ticket = new Ticket<EndAnswer>()
      const given = { producerId, producerEpoch, commit, clientVersion, freshProducerId: null }
      partition.step(transactionalId, { kind: 'end', ticket, ...given })
      return ticket.result()
    })
  }

  /** DescribeTransactions, one id: its state, or why there is none. */
  describe(transactionalId: string): TransactionState | ErrorName {
    if (transactionalId === '') return 'INVALID_REQUEST'
    if (this.#state !== 'serving') return this.#notReady()
    return this.#find(transactionalId) ?? 'TRANSACTIONAL_ID_NOT_FOUND'
  }

  /** ListTransactions: all ids that pass the filter. */
  list(filter: TransactionFilter): {
    readonly error: ErrorName
    readonly transactions: readonly ListedTransaction[]
  } {
    if (this.#state !== 'serving') return { error: this.#notReady(), transactions: [] }
    const nowMs = this.#options.clock.nowMs()
    const transactions = [...this.#partitions.values()].flatMap((partition) => {
      return listTransactions(partition.states(), filter, nowMs)
    })
    return { error: 'NONE', transactions }
  }

  /** WriteTxnMarkers: from an administrator who ends a hanging transaction (KIP-664). */
  writeMarker(
    topic: string,
    partition: number,
    marker: TransactionMarker,
  ): MaybePromise<ErrorName> {
    return this.#options.markers.write(topic, partition, marker)
  }

  /** Aborts transactions that are open for longer than their producer asked for. */
  abortTimedOut(): void {
    for (const partition of this.#partitions.values()) partition.abortTimedOut()
  }

  /** Forgets transactional ids that were idle for transactional.id.expiration.ms. */
  removeExpired(): void {
    for (const partition of this.#partitions.values()) partition.removeExpired()
  }

  #find(transactionalId: string): TransactionState | null {
    const count = this.#options.topic.partitionCount()
    if (count === 0) return null
    const partition = this.#partitions.get(partitionOfGroup(transactionalId, count))
    return partition?.state(transactionalId) ?? null
  }

  /** Runs on the id's partition; the topic is made on first need. `refused` answers without one. */
  #on<T>(
    transactionalId: string,
    refused: (error: ErrorName) => T,
    run: (partition: TransactionPartition) => MaybePromise<T>,
  ): MaybePromise<T> {
    if (this.#state !== 'serving') return refused(this.#notReady())
    const { topic } = this.#options
    const onPartition = (): MaybePromise<T> => {
      const count = topic.partitionCount()
      if (count === 0) return refused('COORDINATOR_NOT_AVAILABLE')
      const partition = this.#open(partitionOfGroup(transactionalId, count))
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

  #open(index: number): TransactionPartition | undefined {
    const opened = this.#partitions.get(index)
    if (opened !== undefined) return opened
    const { clock, config, crash, logger, markers, nextProducerId, topic } = this.#options
    const store = topic.store(index)
    if (store === undefined) return undefined
    assert(this.#state === 'loading' || store.logEndOffset === 0, 'a later partition is empty')
    const rules = () => ({
      serverVersion: this.#options.serverVersion(),
      expirationMs: config.transactionalIdExpirationMs,
    })
    const partition = new TransactionPartition({
      clock,
      logger,
      store,
      markers,
      rules,
      completionDelayMs: config.ottlaTransactionCompletionDelayMs,
      nextProducerId,
      crash,
    })
    this.#partitions.set(index, partition)
    return partition
  }

  #scan(everyMs: number, run: () => void): void {
    const { clock, crash } = this.#options
    const index = this.#scans.length
    const again = () => {
      this.#scans[index] = clock.after(everyMs, () => {
        again()
        try {
          run()
        } catch (error) {
          crash(error)
        }
      })
    }
    again()
  }

  #unload(): void {
    for (const partition of this.#partitions.values()) partition.close()
    this.#partitions.clear()
  }

  #notReady(): ErrorName {
    return this.#state === 'loading' ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'COORDINATOR_NOT_AVAILABLE'
  }
}

function refusedProducer(error: ErrorName): InitAnswer {
  return { error, producerId: noProducerId, producerEpoch: noEpoch }
}

function same(error: ErrorName): ErrorName {
  return error
}
