// How partitions learn that a transaction has ended. The coordinator knows a port only, since later
// its partitions may be in another process; here they are all in this one.
import { buildEndTransactionMarker } from '../../protocol/control-records.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { StorageEngine } from '../storage/engine.ts'
import type { TransactionEnd, TransactionalProducer } from './runtime.ts'

/** The end of a producer's transaction, as each of its partitions is told. */
export interface TransactionMarker extends TransactionalProducer, TransactionEnd {}

/** Stores markers in the partitions of transactions. */
export interface MarkerSink {
  /** NONE once the marker is stored, else why it is not. */
  write(topic: string, partition: number, marker: TransactionMarker): MaybePromise<ErrorName>
}

/** Where offsets of transactions are kept. */
export interface OffsetTransactions {
  endTransaction(
    partition: number,
    producer: TransactionalProducer,
    marker: TransactionEnd,
  ): MaybePromise<ErrorName>
}

export interface LocalMarkersOptions {
  readonly clock: Clock
  readonly storage: StorageEngine
  /** The group coordinator, which writes its topic's partitions itself. */
  readonly offsets: OffsetTransactions
  readonly offsetsTopic: string
}

/** Markers for partitions of this process. */
export class LocalMarkers implements MarkerSink {
  readonly #options: LocalMarkersOptions

  constructor(options: LocalMarkersOptions) {
    this.#options = options
  }

  write(topic: string, partition: number, marker: TransactionMarker): MaybePromise<ErrorName> {
    const { clock, storage, offsets, offsetsTopic } = this.#options
    if (topic === offsetsTopic) return offsets.endTransaction(partition, marker, marker)
    const store = storage.partition(topic, partition)
    if (store === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
    const nowMs = clock.nowMs()
    const batch = buildEndTransactionMarker({ ...marker, timestamp: nowMs })
    try {
      const { transactionVersion = 0 } = marker
      const options = { origin: 'coordinator', acksAll: true, nowMs, transactionVersion } as const
      const stored = store.append(batch, options)
      if (isPromise(stored)) return stored.then(() => 'NONE', refusal)
      return chain(stored, () => 'NONE')
    } catch (error) {
      return refusal(error)
    }
  }
}

function refusal(error: unknown): ErrorName {
  if (error instanceof KafkaError) return error.errorName
  throw error
}
