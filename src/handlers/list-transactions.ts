/**
 * ListTransactions (66), v0-2: the transactional ids that this broker coordinates (KIP-664).
 * v1 durationFilter (KIP-994) · v2 transactionalIdPattern, in RE2's syntax (KIP-1152). Differs from
 * Kafka: not at all.
 */
import type {
  ListTransactionsRequest,
  ListTransactionsResponseInput,
} from '../../protocol/codecs/list-transactions.ts'
import { errorCode } from '../../protocol/errors.ts'
import { compilePattern, PatternRefused } from '../base/pattern.ts'
import { transactionStatuses } from '../coordinators/transactions/state.ts'
import type { TransactionStatusName } from '../coordinators/transactions/state.ts'
import type { Handler } from './context.ts'

export const handleListTransactions: Handler<
  ListTransactionsRequest,
  ListTransactionsResponseInput
> = (broker, request, context) => {
  const statuses = new Set<TransactionStatusName>()
  const unknownStateFilters: string[] = []
  for (const name of request.stateFilters) {
    const status = transactionStatuses.find((known) => known === name)
    if (status === undefined) unknownStateFilters.push(name)
    else statuses.add(status)
  }
  const matches = matcher(request.transactionalIdPattern)
  if (matches === 'invalid') {
    const code = errorCode('INVALID_REGULAR_EXPRESSION')
    return { throttleTimeMs: 0, errorCode: code, unknownStateFilters, transactionStates: [] }
  }
  const { error, transactions } = broker.transactions.list({
    producerIds: new Set(request.producerIdFilters),
    statuses: request.stateFilters.length === 0 ? null : statuses,
    durationMs: request.durationFilter,
    matches,
  })
  const visible = transactions.filter(({ transactionalId }) =>
    broker.authorize(context, 'describe', 'transactional-id', transactionalId, 'probe'),
  )
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(error),
    unknownStateFilters,
    transactionStates: visible.map(({ transactionalId, producerId, status }) => ({
      transactionalId,
      producerId,
      transactionState: status,
    })),
  }
}

/** Null: all ids. A pattern is about the whole id. */
function matcher(pattern: string | null): ((id: string) => boolean) | null | 'invalid' {
  if (pattern === null || pattern === '') return null
  try {
    return compilePattern(pattern)
  } catch (error) {
    if (error instanceof PatternRefused) return 'invalid'
    throw error
  }
}
