/**
 * InitProducerId (22), v0-5: a producer id for an idempotent producer, or what a transactional id's
 * producer begins with (KIP-98). v2 flexible · v3 the id that the producer has (KIP-360): an
 * idempotent one gets a new id all the same · v4 may answer PRODUCER_FENCED · v5
 * TRANSACTION_ABORTABLE. Differs from Kafka: `__transaction_state` is made when it is missing.
 */
import type {
  InitProducerIdRequest,
  InitProducerIdResponseInput,
} from '../../protocol/codecs/init-producer-id.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { InitAnswer } from '../coordinators/transactions/state.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { orRefusal } from './or-refusal.ts'
import { fencedAsKnown } from './transaction-partitions.ts'

export const handleInitProducerId: Handler<InitProducerIdRequest, InitProducerIdResponseInput> = (
  broker,
  request,
  context,
) => {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
  if (!mayInit(broker, transactionalId, context)) {
    const isTransactional = transactionalId !== null
    return answer({
      error: isTransactional
        ? 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
        : 'CLUSTER_AUTHORIZATION_FAILED',
      ...nothing,
    })
  }
  if ((producerId === none) !== (producerEpoch === none)) {
    return answer({ error: 'INVALID_REQUEST', ...nothing })
  }
  return orRefusal<InitProducerIdResponseInput>(
    () => {
      if (transactionalId === null) {
        return chain(broker.producerIds.next(), (fresh) =>
          answer({ error: 'NONE', producerId: fresh, producerEpoch: 0 }),
        )
      }
      const expected = producerId === none ? null : { producerId, producerEpoch }
      const init = { transactionalId, timeoutMs: transactionTimeoutMs, expected }
      return chain(broker.transactions.initProducerId(init), (result) => {
        const error = fencedAsKnown(result.error, context.apiVersion >= fencedVersion)
        return answer({ ...result, error })
      })
    },
    ({ errorName }) => answer({ error: errorName, ...nothing }),
  )
}

const fencedVersion = 4
const none = -1
const nothing = { producerId: none, producerEpoch: none }

function mayInit(
  broker: BrokerServices,
  transactionalId: string | null,
  context: RequestContext,
): boolean {
  if (transactionalId === null) {
    // Since KIP-679 who may write to some topic may write idempotently.
    return (
      broker.authorize(context, 'idempotent-write', 'cluster', clusterResource, 'probe') ||
      broker.authorizeSome(context, 'write', 'topic')
    )
  }
  return broker.authorize(context, 'write', 'transactional-id', transactionalId)
}

function answer(result: InitAnswer): InitProducerIdResponseInput {
  const { error, producerId, producerEpoch } = result
  return { throttleTimeMs: 0, errorCode: errorCode(error), producerId, producerEpoch }
}
