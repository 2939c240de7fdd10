// Which transactional ids ListTransactions names (KIP-664, KIP-1152). Pure.
import type { TransactionState, TransactionStatusName } from './state.ts'

export interface TransactionFilter {
  /** Empty: all. */
  readonly producerIds: ReadonlySet<number>
  /** Null: all. */
  readonly statuses: ReadonlySet<TransactionStatusName> | null
  /** Only those that run for longer; -1: all. */
  readonly durationMs: number
  /** Which ids; null: all. */
  readonly matches: ((transactionalId: string) => boolean) | null
}

export interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly status: TransactionStatusName
}

export function listTransactions(
  states: Iterable<TransactionState>,
  filter: TransactionFilter,
  nowMs: number,
): ListedTransaction[] {
  const listed: ListedTransaction[] = []
  for (const state of states) {
    const { transactionalId, producerId, status } = state
    if (passes(state, filter, nowMs)) listed.push({ transactionalId, producerId, status })
  }
  return listed
}

function passes(state: TransactionState, filter: TransactionFilter, nowMs: number): boolean {
  const { producerIds, statuses, durationMs, matches } = filter
  if (producerIds.size > 0 && !producerIds.has(state.producerId)) return false
  if (statuses !== null && !statuses.has(state.status)) return false
  // As in Kafka: an id without a transaction counts as begun before time.
  if (durationMs >= 0 && nowMs - state.startTimestampMs <= durationMs) return false
  return matches === null || matches(state.transactionalId)
}
