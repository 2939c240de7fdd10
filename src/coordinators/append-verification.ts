// Whether a producer's transactional records may be appended to a partition (KIP-890): the
// coordinator must know of the partition before the log does, or no marker would ever come.
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { PartitionStore } from '../storage/engine.ts'
import { epochBumpVersion } from './transactions/state.ts'
import type { TransactionPartitions } from './transactions/state.ts'
import type { TransactionCoordinator, TransactionRequest } from './transaction-coordinator.ts'

/** What the version of a client's request says of it. */
export interface VerificationTerms {
  /** The request itself adds the partition: Produce 12, TxnOffsetCommit 5. */
  readonly adds: boolean
  /** The client knows TRANSACTION_ABORTABLE: Produce 11, TxnOffsetCommit 4. */
  readonly knowsAbortable: boolean
  /** transaction.partition.verification.enable; adding is not optional. */
  readonly verifies: boolean
}

/**
 * The partitions of `stores` to which the records may not be appended, with what the client is told.
 * When the answer comes as a promise, it holds for appends that follow it at once.
 */
export function verifyAppends(
  transactions: TransactionCoordinator,
  request: TransactionRequest,
  stores: readonly PartitionStore[],
  terms: VerificationTerms,
): MaybePromise<ReadonlyMap<PartitionStore, ErrorName>> {
  const { producerId, producerEpoch } = request
  const fresh = stores.filter((store) => !store.hasOpenTransaction(producerId, producerEpoch))
  if (fresh.length === 0) return nobody
  const verify = () =>
    refusals(fresh, terms, ({ topic, partition }) =>
      transactions.verifyPartition(request, topic, partition),
    )
  if (!terms.adds) return terms.verifies ? verify() : nobody
  const add = { ...request, partitions: partitionsOf(fresh), clientVersion: epochBumpVersion }
  return chain(transactions.addPartitions(add), (error) =>
    // The transaction may have ended while the append of the addition was waited for.
    error === 'NONE' ? verify() : refusals(fresh, terms, () => error),
  )
}

const nobody: ReadonlyMap<PartitionStore, ErrorName> = new Map()

function partitionsOf(stores: readonly PartitionStore[]): TransactionPartitions {
  const byTopic = new Map<string, Set<number>>()
  for (const { topic, partition } of stores) {
    const known = byTopic.get(topic)
    if (known === undefined) byTopic.set(topic, new Set([partition]))
    else known.add(partition)
  }
  return byTopic
}

function refusals(
  stores: readonly PartitionStore[],
  terms: VerificationTerms,
  errorOf: (store: PartitionStore) => ErrorName,
): ReadonlyMap<PartitionStore, ErrorName> {
  const refused = new Map<PartitionStore, ErrorName>()
  for (const store of stores) {
    const error = toldError(errorOf(store), terms)
    if (error !== 'NONE') refused.set(store, error)
  }
  return refused
}

function toldError(error: ErrorName, terms: VerificationTerms): ErrorName {
  if (error === 'PRODUCER_FENCED') return 'INVALID_PRODUCER_EPOCH'
  if (error === 'TRANSACTION_ABORTABLE' && !terms.knowsAbortable) return 'INVALID_TXN_STATE'
  return error
}
