/**
 * InitProducerId (22), v0-5: a producer id for an idempotent producer (KIP-98).
 * v2 flexible · v3 the id that the producer has (KIP-360): an idempotent one gets a new id all the
 * same ·
 * v4 may answer PRODUCER_FENCED · v5 TRANSACTION_ABORTABLE.
 * Differs from Kafka: transactions are not served yet. A transactional id that Kafka would accept
 * gets TRANSACTIONAL_ID_AUTHORIZATION_FAILED: the one code that every client treats as fatal and
 * reports at once, where UNSUPPORTED_VERSION or COORDINATOR_NOT_AVAILABLE have some try for ever.
 */
import type {
  InitProducerIdRequest,
  InitProducerIdResponseInput,
} from '../../protocol/codecs/init-producer-id.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { orRefusal } from './or-refusal.ts'

const none = -1

export const handleInitProducerId: Handler<InitProducerIdRequest, InitProducerIdResponseInput> = (
  broker,
  request,
  context,
) => {
  const error = problem(broker, request, context)
  if (error !== null) return refuse(error)
  return orRefusal<InitProducerIdResponseInput>(
    () =>
      chain(broker.producerIds.next(), (producerId) => ({
        throttleTimeMs: 0,
        errorCode: 0,
        producerId,
        producerEpoch: 0,
      })),
    ({ errorName }) => refuse(errorName),
  )
}

function problem(
  broker: BrokerServices,
  request: InitProducerIdRequest,
  context: RequestContext,
): ErrorName | null {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
  if (!mayInit(broker, transactionalId, context)) {
    return transactionalId === null
      ? 'CLUSTER_AUTHORIZATION_FAILED'
      : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
  }
  if ((producerId === none) !== (producerEpoch === none)) return 'INVALID_REQUEST'
  if (transactionalId === null) return null
  if (transactionalId === '') return 'INVALID_REQUEST'
  if (transactionTimeoutMs <= 0 || transactionTimeoutMs > broker.config.transactionMaxTimeoutMs) {
    return 'INVALID_TRANSACTION_TIMEOUT'
  }
  const event = 'transactional producer refused: transactions are not served yet'
  broker.logger.warn({ transactionalId, client: context.clientId }, event)
  return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
}

function mayInit(
  broker: BrokerServices,
  transactionalId: string | null,
  context: RequestContext,
): boolean {
  if (transactionalId === null) {
    return broker.authorize(context, 'idempotent-write', 'cluster', clusterResource)
  }
  return broker.authorize(context, 'write', 'transactional-id', transactionalId)
}

function refuse(error: ErrorName): InitProducerIdResponseInput {
  const nothing = { producerId: none, producerEpoch: none }
  return { throttleTimeMs: 0, errorCode: errorCode(error), ...nothing }
}
