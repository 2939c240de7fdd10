/**
 * UnregisterBroker (64), v0: takes a broker that is gone for good out of the metadata (KIP-500).
 * Differs from Kafka: the node that serves cannot be unregistered (Kafka does that, and has no
 * broker left until it restarts).
 */
import type {
  UnregisterBrokerRequest,
  UnregisterBrokerResponseInput,
} from '../../protocol/codecs/unregister-broker.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { unregisterBrokerRecord } from '../catalog/records.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'

export const handleUnregisterBroker: Handler<
  UnregisterBrokerRequest,
  UnregisterBrokerResponseInput
> = (broker, { brokerId }, context) => {
  if (!broker.authorize(context, 'alter', 'cluster', clusterResource)) {
    return refused(refuse('CLUSTER_AUTHORIZATION_FAILED'))
  }
  if (brokerId === broker.catalog.nodeId) {
    const message = `Broker ${brokerId} is the one that serves: it cannot be unregistered`
    return refused(refuse('INVALID_REQUEST', message))
  }
  return orRefusal<UnregisterBrokerResponseInput>(
    () =>
      broker.catalog.change((image) => {
        const registration = image.broker(brokerId)
        if (registration === undefined) {
          const message = `Broker ID ${brokerId} is not currently registered`
          return { records: [], answer: refused(refuse('BROKER_ID_NOT_REGISTERED', message)) }
        }
        return { records: [unregisterBrokerRecord(registration)], answer: answer('NONE', '') }
      }),
    ({ errorName, detail }) => refused(refuse(errorName, detail)),
  )
}

function refused({ error, message }: Refusal): UnregisterBrokerResponseInput {
  return answer(error, message ?? errorText(error))
}

function answer(error: ErrorName, errorMessage: string): UnregisterBrokerResponseInput {
  return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage }
}
