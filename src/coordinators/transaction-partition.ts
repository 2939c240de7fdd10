// One partition of `__transaction_state` at work: its transactional ids, the runtime that stores
// and replays, and the second phase of every transaction: markers, then the record that it is
// complete. Turns the machine's steps into decisions of the runtime.
import type { ErrorName } from '../../protocol/errors.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { assert, defined, unreachable } from '../base/assert.ts'
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { PartitionStore } from '../storage/engine.ts'
import { replayLog } from './log-replay.ts'
import { CoordinatorRuntime } from './runtime.ts'
import type { Decision } from './runtime.ts'
import type { MarkerSink, TransactionMarker } from './transaction-markers.ts'
import { beyondSeenEpoch } from './transactions/seen-epoch.ts'
import { noEpoch, noProducerId } from './transactions/state.ts'
import type {
  EndEvent,
  InitEvent,
  TimeoutEvent,
  TransactionEffect,
  TransactionEvent,
  TransactionPartitions,
  TransactionRules,
  TransactionState,
} from './transactions/state.ts'
import { stepTransaction } from './transactions/step.ts'
import { decodeTransaction, encodeTransaction } from './transaction-records.ts'
import type { TransactionChange } from './transaction-records.ts'

export interface TransactionPartitionPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: PartitionStore
  readonly markers: MarkerSink
  readonly rules: () => TransactionRules
  /**
   * How long a transaction stays prepared after its markers are written. Kafka's markers travel
   * between brokers meanwhile, and its clients expect to hear CONCURRENT_TRANSACTIONS when they are
   * quicker. Whoever can wait for the end (Produce 12, TxnOffsetCommit 5) ends it at once.
   */
  readonly completionDelayMs: number
  /** @throws KafkaError when none can be given. */
  readonly nextProducerId: () => MaybePromise<number>
  readonly crash: (cause: unknown) => void
}

/** What cannot be stored is tried again after this time. */
const retryMs = 1000

/** Tombstones that one batch holds when many ids go at once. */
const tombstonesPerBatch = 1000

/** The second phase of one transaction. */
interface Ending {
  /** What wakes it next. */
  cancel: Cancel | null
  /** All markers are written. */
  isMarked: boolean
  /** Requests of the next transaction that wait for the end of this one. */
  readonly waiting: (() => void)[]
}

/** How long a request waits for the end of the transaction before its own, as in Kafka. */
const waitForEndMs = 100

export class TransactionPartition {
  readonly #ports: TransactionPartitionPorts
  readonly #runtime: CoordinatorRuntime<TransactionChange>
  readonly #states = new Map<string, TransactionState>()
  /** Ids with an open transaction. */
  readonly #ongoing = new Set<string>()
  readonly #endings = new Map<string, Ending>()
  #isClosed = false

  constructor(ports: TransactionPartitionPorts) {
    this.#ports = ports
    this.#runtime = new CoordinatorRuntime({
      clock: ports.clock,
      store: ports.store,
      encode: (change) => encodeTransaction(change, ports.rules().serverVersion),
      apply: (change) => this.#apply(change),
      crash: ports.crash,
    })
  }

  /** Null for an id that does not exist. */
  state(transactionalId: string): TransactionState | null {
    return this.#states.get(transactionalId) ?? null
  }

  states(): Iterable<TransactionState> {
    return this.#states.values()
  }

  /**
   * Replays the partition from its start. What was prepared then waits for `resume`. `seenEpochs`:
   * the highest epoch of each producer that partitions have seen.
   */
  async load(
    limitBytes: { readonly read: number; readonly inflated: number },
    seenEpochs: () => ReadonlyMap<number, number>,
  ): Promise<void> {
    const { store, logger } = this.#ports
    await replayLog({
      store,
      logger,
      limitBytes,
      onRecord: ({ key, value }) => {
        const change = decodeTransaction(key, value)
        if (change !== null) this.#apply(change)
      },
      onMarker: () => undefined,
    })
    if (this.#states.size > 0) this.#passSeenEpochs(seenEpochs())
  }

  #passSeenEpochs(seenEpochs: ReadonlyMap<number, number>): void {
    for (const [transactionalId, state] of this.#states) {
      const next = beyondSeenEpoch(state, seenEpochs.get(state.producerId) ?? noEpoch)
      if (next === state) continue
      this.#states.set(transactionalId, next)
      const { producerId, producerEpoch } = next
      const fields = { transactionalId, producerId, producerEpoch, stored: state.producerEpoch }
      this.#ports.logger.warn(fields, 'epochs were lost: going on behind those that were used')
    }
  }

  /** Goes on with transactions that were decided and not complete when the last broker ended. */
  resume(): void {
    for (const { transactionalId, status } of [...this.#states.values()]) {
      if (status !== 'PrepareCommit' && status !== 'PrepareAbort') continue
      this.#writeMarkers(transactionalId)
      this.completeNow(transactionalId)
    }
  }

  /** Tells the id of an event; the answer goes to the event's ticket. */
  step(transactionalId: string, event: TransactionEvent): void {
    this.#runtime.run(() => this.#decide(transactionalId, event))
  }

  /**
   * Tells the id of an event of its next transaction, once the one before has ended, or after a
   * while all the same.
   */
  stepAfterEnd(transactionalId: string, event: TransactionEvent): void {
    this.completeNow(transactionalId)
    const ending = this.#endings.get(transactionalId)
    if (ending === undefined) return this.step(transactionalId, event)
    let waits = true
    const run = () => {
      if (!waits) return
      waits = false
      cancel()
      this.step(transactionalId, event)
    }
    const cancel = this.#ports.clock.after(waitForEndMs, () => this.#guard(run))
    ending.waiting.push(run)
  }

  /** Completes what only waits for the client to be slower. */
  completeNow(transactionalId: string): void {
    const ending = this.#endings.get(transactionalId)
    if (ending?.isMarked !== true || ending.cancel === null) return
    ending.cancel()
    ending.cancel = null
    this.step(transactionalId, { kind: 'marked' })
  }

  /** Aborts transactions that are open for longer than their producer asked for. */
  abortTimedOut(): void {
    const nowMs = this.#ports.clock.nowMs()
    for (const transactionalId of [...this.#ongoing]) {
      const state = defined(this.#states.get(transactionalId), 'an open transaction is known')
      if (state.startTimestampMs + state.timeoutMs >= nowMs) continue
      const { producerId, producerEpoch, timeoutMs } = state
      const fields = { transactionalId, producerId, producerEpoch, timeoutMs }
      this.#ports.logger.info(fields, 'transaction timed out, aborting it')
      this.step(transactionalId, { kind: 'timeout', freshProducerId: null })
    }
  }

  /** Forgets ids that were idle for transactional.id.expiration.ms. */
  removeExpired(): void {
    const over = () => {
      const changes: TransactionChange[] = []
      const [nowMs, rules] = [this.#ports.clock.nowMs(), this.#ports.rules()]
      for (const state of this.#states.values()) {
        const { next } = stepTransaction(state, { kind: 'expire' }, nowMs, rules)
        if (next === null) changes.push({ transactionalId: state.transactionalId, value: null })
        if (changes.length === tombstonesPerBatch) break
      }
      return changes
    }
    this.#runtime.run(() => {
      const changes = over()
      return {
        changes,
        begin: () => undefined,
        finish: () => {
          if (changes.length === tombstonesPerBatch) this.removeExpired()
        },
        refuse: (error) => this.#ports.logger.warn({ error }, 'expired ids not removed'),
      }
    })
  }

  /** Stops all timers. What is prepared goes on when the partition is loaded again. */
  close(): void {
    this.#isClosed = true
    for (const { cancel, waiting } of this.#endings.values()) {
      cancel?.()
      for (const run of waiting) run()
    }
    this.#endings.clear()
  }

  #apply({ transactionalId, value }: TransactionChange): void {
    if (value === null) this.#states.delete(transactionalId)
    else this.#states.set(transactionalId, value)
    if (value?.status === 'Ongoing') this.#ongoing.add(transactionalId)
    else this.#ongoing.delete(transactionalId)
    assert(value === null || value.producerId >= 0, 'a transactional id has a producer id')
  }

  #decide(transactionalId: string, event: TransactionEvent): Decision<TransactionChange> {
    const { clock, rules } = this.#ports
    const state = this.state(transactionalId)
    const { next, effects } = stepTransaction(state, event, clock.nowMs(), rules())
    return {
      changes: next === 'unchanged' ? [] : [{ transactionalId, value: next }],
      begin: () => undefined,
      finish: () => {
        if (event.kind === 'marked') this.#ended(transactionalId)
        for (const effect of effects) this.#perform(transactionalId, effect)
      },
      refuse: (error) => this.#refuse(transactionalId, event, error),
    }
  }

  #ended(transactionalId: string): void {
    const ending = this.#endings.get(transactionalId)
    this.#endings.delete(transactionalId)
    for (const run of ending?.waiting ?? []) run()
  }

  #perform(transactionalId: string, effect: TransactionEffect): void {
    switch (effect.kind) {
      case 'answer-init':
        return effect.to.settle(effect.answer)
      case 'answer-add':
        return effect.to.settle(effect.answer)
      case 'answer-end':
        return effect.to.settle(effect.answer)
      case 'write-markers':
        return this.#writeMarkers(transactionalId)
      case 'allocate-producer-id':
        return this.#allocate(transactionalId, effect.event)
      default:
        return unreachable(effect)
    }
  }

  #refuse(transactionalId: string, event: TransactionEvent, error: ErrorName): void {
    this.#ports.logger.warn({ transactionalId, event: event.kind, error }, 'not stored')
    const nobody = { error, producerId: noProducerId, producerEpoch: noEpoch }
    switch (event.kind) {
      case 'init':
      case 'end':
        return event.ticket.settle(nobody)
      case 'add':
        return event.ticket.settle(error)
      case 'marked':
        return this.#completeAfter(transactionalId, retryMs)
      case 'timeout':
      case 'expire':
        // The next scan comes by.
        return
      default:
        return unreachable(event)
    }
  }

  #allocate(transactionalId: string, event: InitEvent | EndEvent | TimeoutEvent): void {
    const again = (freshProducerId: number) => {
      this.step(transactionalId, { ...event, freshProducerId })
    }
    const failed = (error: unknown) => {
      if (!(error instanceof KafkaError)) throw error
      this.#refuse(transactionalId, event, error.errorName)
    }
    try {
      const next = this.#ports.nextProducerId()
      if (isPromise(next)) next.then(again, failed).catch(this.#ports.crash)
      else again(next)
    } catch (error) {
      failed(error)
    }
  }

  /** The second phase: every partition of the transaction gets its marker. */
  #writeMarkers(transactionalId: string): void {
    if (this.#isClosed) return
    const state = defined(this.#states.get(transactionalId), 'what ends is known')
    const { status, producerId, producerEpoch } = state
    assert(status === 'PrepareCommit' || status === 'PrepareAbort', 'markers follow a decision')
    assert(!this.#endings.has(transactionalId), 'a transaction ends once')
    this.#endings.set(transactionalId, newEnding(false))
    const coordinatorEpoch = this.#ports.store.leaderEpoch
    const isCommit = status === 'PrepareCommit'
    const marker = { producerId, producerEpoch, isCommit, coordinatorEpoch }
    this.#writeTo(transactionalId, listOf(state.partitions), marker)
  }

  #writeTo(
    transactionalId: string,
    partitions: readonly (readonly [topic: string, partition: number])[],
    marker: TransactionMarker,
  ): void {
    const { markers } = this.#ports
    const left: (readonly [topic: string, partition: number])[] = []
    const waiting: Promise<void>[] = []
    for (const place of partitions) {
      const settle = (error: ErrorName) => {
        if (!this.#isSettled(transactionalId, place, error)) left.push(place)
      }
      const written = markers.write(...place, marker)
      if (isPromise(written)) waiting.push(written.then(settle))
      else settle(written)
    }
    const done = () => {
      if (left.length === 0) this.#complete(transactionalId)
      else
        this.#wakeAfter(transactionalId, retryMs, () =>
          this.#writeTo(transactionalId, left, marker),
        )
    }
    if (waiting.length === 0) done()
    else Promise.all(waiting).then(done).catch(this.#ports.crash)
  }

  /** False: the marker must be tried again. */
  #isSettled(
    transactionalId: string,
    [topic, partition]: readonly [topic: string, partition: number],
    error: ErrorName,
  ): boolean {
    switch (error) {
      case 'NONE':
      // The topic was deleted, and with it what the transaction wrote there.
      case 'UNKNOWN_TOPIC_OR_PARTITION':
        return true
      case 'INVALID_PRODUCER_EPOCH':
      case 'TRANSACTION_COORDINATOR_FENCED':
        this.#ports.logger.warn(
          { transactionalId, topic, partition, error },
          'transaction marker superseded by a newer epoch',
        )
        return true
      default:
        this.#ports.logger.warn(
          { transactionalId, topic, partition, error },
          'transaction marker not written, trying again',
        )
        return false
    }
  }

  #complete(transactionalId: string): void {
    const { completionDelayMs } = this.#ports
    this.#completeAfter(transactionalId, completionDelayMs)
    if (completionDelayMs === 0) this.completeNow(transactionalId)
  }

  #completeAfter(transactionalId: string, delayMs: number): void {
    if (this.#isClosed) return
    const ending = this.#endings.get(transactionalId) ?? newEnding(true)
    ending.isMarked = true
    this.#endings.set(transactionalId, ending)
    this.#wakeAfter(transactionalId, delayMs, () => this.completeNow(transactionalId))
  }

  #wakeAfter(transactionalId: string, delayMs: number, run: () => void): void {
    if (this.#isClosed) return
    const ending = defined(this.#endings.get(transactionalId), 'an ending waits')
    assert(ending.cancel === null, 'an ending waits for one thing')
    ending.cancel = this.#ports.clock.after(delayMs, () => {
      if (!ending.isMarked) ending.cancel = null
      this.#guard(run)
    })
  }

  /** For timers: what they throw is a bug that no request carries. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#ports.crash(error)
    }
  }
}

function newEnding(isMarked: boolean): Ending {
  return { cancel: null, isMarked, waiting: [] }
}

function listOf(
  partitions: TransactionPartitions,
): (readonly [topic: string, partition: number])[] {
  return Array.from(partitions, ([topic, ids]) =>
    Array.from(ids, (partition) => [topic, partition] as const),
  ).flat()
}
