// The one interpreter of the coordinators' decisions, one per partition of an internal topic: it
// appends the records as one batch, then replays them, then puts the rest of the decision into
// force and answers. Decisions are taken one after another on the state that the one before has
// made.
import { buildEndTransactionMarker } from '../../protocol/control-records.ts'
import { buildRecordBatch } from '../../protocol/records.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { assert, defined } from '../base/assert.ts'
import { isPromise, type MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { AppendResult, PartitionStore } from '../storage/engine.ts'
import type { RecordPlace } from './shard.ts'

export interface TransactionalProducer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** The end of a transaction in one partition. */
export interface TransactionEnd {
  readonly isCommit: boolean
  readonly coordinatorEpoch: number
  /** Where the marker's sender says it: see AppendOptions. */
  readonly transactionVersion?: number
}

/**
 * What an operation on a coordinator has decided. Nothing of it happens before its records are
 * stored.
 */
export interface Decision<Change> {
  /** In order; empty: nothing to store, but a marker. */
  readonly changes: readonly Change[]
  /** Whose transaction the changes belong to; without it they count at once. */
  readonly producer?: TransactionalProducer
  /** Ends `producer`'s transaction in this partition; it comes without changes. */
  readonly marker?: TransactionEnd
  /** Puts what is not stored into force, just before the records are replayed. */
  readonly begin: () => void
  /** Answers and timers, after the records are replayed. */
  readonly finish: () => void
  /**
   * The records could not be stored, and nothing of the decision is in force. `error` is for the
   * client.
   */
  readonly refuse: (error: ErrorName) => void
}

export interface RuntimePorts<Change> {
  readonly clock: Clock
  /** The partition that holds the state. */
  readonly store: PartitionStore
  readonly encode: (change: Change) => { readonly key: Buffer; readonly value: Buffer | null }
  /** Replays a stored record: the only writer of persisted state. */
  readonly apply: (change: Change, place: RecordPlace) => void
  /** Replays the end of a producer's transaction, where transactions reach the partition. */
  readonly applyMarker?: (producerId: number, isCommit: boolean) => void
  /** A bug: the broker must stop. For what happens where no request can carry the failure. */
  readonly crash: (cause: unknown) => void
  /** Runs once the requests that arrived together are read. Without it nothing is gathered. */
  readonly afterTurn?: ((run: () => void) => void) | undefined
}

/** Most decisions that one batch holds. */
const gatheredMax = 256

/** Runs decisions one at a time. Where the append is there at once, so is everything else. */
export class CoordinatorRuntime<Change> {
  readonly #ports: RuntimePorts<Change>
  readonly #waiting: (() => Decision<Change>)[] = []
  #gathered: (() => Decision<Change>)[] = []
  #busy = false

  constructor(ports: RuntimePorts<Change>) {
    this.#ports = ports
  }

  /** Takes the decision when its turn has come: now, unless an append is under way. */
  run(decide: () => Decision<Change>): void {
    this.flush()
    this.#run(decide)
  }

  /**
   * As run, but stored in one batch with others that arrive in the same turn of the event loop: one
   * write for all. For decisions that need not see one another's outcome.
   */
  gather(decide: () => Decision<Change>): void {
    const { afterTurn, crash } = this.#ports
    if (afterTurn === undefined) return this.#run(decide)
    this.#gathered.push(decide)
    if (this.#gathered.length >= gatheredMax) return this.flush()
    if (this.#gathered.length > 1) return
    afterTurn(() => {
      try {
        this.flush()
      } catch (error) {
        crash(error)
      }
    })
  }

  /** Lets what was gathered take its turn now. */
  flush(): void {
    const [first, ...others] = this.#gathered
    if (first === undefined) return
    const gathered = this.#gathered
    this.#gathered = []
    this.#run(others.length === 0 ? first : () => this.#together(gathered))
  }

  /** One decision of many. Where their batch is refused each is stored by itself. */
  #together(gathered: readonly (() => Decision<Change>)[]): Decision<Change> {
    const decisions: Decision<Change>[] = []
    const changes: Change[] = []
    for (const decide of gathered) {
      const decision = decide()
      const { producer, marker } = decision
      assert(producer === undefined && marker === undefined, 'transactions have their own batches')
      decisions.push(decision)
      for (const change of decision.changes) changes.push(change)
    }
    return {
      changes,
      begin: () => {
        for (const { begin } of decisions) begin()
      },
      finish: () => {
        for (const { finish } of decisions) finish()
      },
      refuse: () => {
        for (const decide of gathered.toReversed()) this.runNext(decide)
      },
    }
  }

  #run(decide: () => Decision<Change>): void {
    if (this.#busy) this.#waiting.push(decide)
    else this.#drain(decide)
  }

  /** For `finish` and `refuse`: the decision follows at once, before those that wait. */
  runNext(decide: () => Decision<Change>): void {
    assert(this.#busy, 'only a decision that finishes has a next one')
    this.#waiting.unshift(decide)
  }

  #drain(first: () => Decision<Change>): void {
    assert(!this.#busy, 'one decision at a time')
    let next: (() => Decision<Change>) | undefined = first
    while (next !== undefined) {
      this.#busy = true
      const appending = this.#carryOut(next())
      if (appending) return
      this.#busy = false
      next = this.#waiting.shift()
    }
  }

  /** True when the append is under way; it goes on with those that wait when it is done. */
  #carryOut(decision: Decision<Change>): boolean {
    if (decision.changes.length === 0 && decision.marker === undefined) {
      decision.begin()
      decision.finish()
      return false
    }
    const nowMs = this.#ports.clock.nowMs()
    const appended = this.#append(decision, nowMs)
    if (appended instanceof KafkaError) decision.refuse(clientError(appended.errorName))
    else if (!isPromise(appended)) this.#stored(decision, appended, nowMs)
    else {
      this.#waitFor(appended, decision, nowMs)
      return true
    }
    return false
  }

  #batchOf({ changes, producer, marker }: Decision<Change>, nowMs: number): Buffer {
    if (marker !== undefined) {
      assert(changes.length === 0, 'a marker stands alone in its batch')
      const of = defined(producer, 'a marker is of a producer')
      return buildEndTransactionMarker({ ...of, ...marker, timestamp: nowMs })
    }
    const records = changes.map((change) => {
      const { key, value } = this.#ports.encode(change)
      return { timestamp: nowMs, key, value }
    })
    if (producer === undefined) return buildRecordBatch({ records })
    const { producerId, producerEpoch } = producer
    return buildRecordBatch({ records, producerId, producerEpoch, isTransactional: true })
  }

  #append(decision: Decision<Change>, nowMs: number): MaybePromise<AppendResult> | KafkaError {
    const batch = this.#batchOf(decision, nowMs)
    const transactionVersion = decision.marker?.transactionVersion ?? 0
    const options = { origin: 'coordinator', acksAll: true, nowMs, transactionVersion } as const
    try {
      return this.#ports.store.append(batch, options)
    } catch (error) {
      if (error instanceof KafkaError) return error
      throw error
    }
  }

  #waitFor(appended: Promise<AppendResult>, decision: Decision<Change>, nowMs: number): void {
    appended
      .then(
        (result) => this.#stored(decision, result, nowMs),
        (error: unknown) => this.#refused(decision, error),
      )
      .then(() => {
        this.#busy = false
        const next = this.#waiting.shift()
        if (next !== undefined) this.#drain(next)
      })
      .catch(this.#ports.crash)
  }

  #stored(decision: Decision<Change>, result: AppendResult, timestampMs: number): void {
    const { changes, producer, marker } = decision
    const baseOffset: number = result.baseOffset
    const recordCount = marker === undefined ? changes.length : 1
    assert(result.lastOffset - baseOffset + 1 === recordCount, 'every record has an offset')
    decision.begin()
    const producerId = producer?.producerId ?? -1
    changes.forEach((change, index) => {
      this.#ports.apply(change, { recordOffset: baseOffset + index, producerId, timestampMs })
    })
    if (marker !== undefined) this.#ports.applyMarker?.(producerId, marker.isCommit)
    decision.finish()
  }

  #refused(decision: Decision<Change>, error: unknown): void {
    // Anything but a refusal is a bug: it stops the broker.
    if (!(error instanceof KafkaError)) throw error
    decision.refuse(clientError(error.errorName))
  }
}

/**
 * What a client is told when the records of its request could not be stored, as Kafka maps it: the
 * coordinator's trouble becomes an error that makes the client look for the coordinator again.
 */
export function clientError(appendError: ErrorName): ErrorName {
  switch (appendError) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'NOT_ENOUGH_REPLICAS':
    case 'NOT_ENOUGH_REPLICAS_AFTER_APPEND':
    case 'REQUEST_TIMED_OUT':
      return 'COORDINATOR_NOT_AVAILABLE'
    case 'NOT_LEADER_OR_FOLLOWER':
    case 'KAFKA_STORAGE_ERROR':
      return 'NOT_COORDINATOR'
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
    case 'INVALID_FETCH_SIZE':
      return 'UNKNOWN_SERVER_ERROR'
    default:
      return appendError
  }
}
