/**
 * DescribeTransactions (65), v0: where transactional ids stand (KIP-664).
 * Differs from Kafka: not at all.
 */
import type {
  DescribeTransactionsRequest,
  DescribeTransactionsResponseInput,
  DescribeTransactionsResponseTransactionStateInput,
} from '../../protocol/codecs/describe-transactions.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

export const handleDescribeTransactions: Handler<
  DescribeTransactionsRequest,
  DescribeTransactionsResponseInput
> = (broker, { transactionalIds }, context) => {
  const transactionStates = transactionalIds.map((id) => describe(broker, context, id))
  return { throttleTimeMs: 0, transactionStates }
}

function describe(
  broker: BrokerServices,
  context: RequestContext,
  transactionalId: string,
): DescribeTransactionsResponseTransactionStateInput {
  if (!broker.authorize(context, 'describe', 'transactional-id', transactionalId)) {
    return unknown(transactionalId, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  }
  const state = broker.transactions.describe(transactionalId)
  if (typeof state === 'string') return unknown(transactionalId, state)
  const visible = [...state.partitions].filter(([topic]) =>
    broker.authorize(context, 'describe', 'topic', topic),
  )
  return {
    errorCode: 0,
    transactionalId,
    transactionState: state.status,
    transactionTimeoutMs: state.timeoutMs,
    transactionStartTimeMs: state.startTimestampMs,
    producerId: state.producerId,
    producerEpoch: state.producerEpoch,
    topics: visible.map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  }
}

function unknown(
  transactionalId: string,
  error: ErrorName,
): DescribeTransactionsResponseTransactionStateInput {
  return {
    errorCode: errorCode(error),
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
}
