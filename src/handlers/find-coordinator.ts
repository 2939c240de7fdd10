/**
 * FindCoordinator (10), v0-6: which broker looks after a group (key type 0), a transactional id (1)
 * or a share partition's state (2): on one node always this one, under the address that the client
 * reached us by. v1 keyType, errorMessage · v3 flexible · v4 several keys (KIP-699) · v6 share
 * (KIP-932). Differs from Kafka: the internal topic is there when we answer, where Kafka answers
 * COORDINATOR_NOT_AVAILABLE until it has made it.
 */
import type {
  FindCoordinatorRequest,
  FindCoordinatorResponseCoordinatorInput,
  FindCoordinatorResponseInput,
} from '../../protocol/codecs/find-coordinator.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { orRefusal } from './or-refusal.ts'

const keyTypes = { group: 0, transaction: 1, share: 2 } as const
const severalKeysVersion = 4
const shareVersion = 6

export const handleFindCoordinator: Handler<
  FindCoordinatorRequest,
  FindCoordinatorResponseInput
> = (broker, request, context) => {
  const several = context.apiVersion >= severalKeysVersion
  const keys = several ? request.coordinatorKeys : [request.key]
  const answer = (failure: ErrorName | null): FindCoordinatorResponseInput => {
    const coordinators = keys.map((key) => {
      const error = failure ?? keyError(broker, context, request.keyType, key)
      return coordinator(broker, context, key, error)
    })
    if (several) return { throttleTimeMs: 0, coordinators }
    return { throttleTimeMs: 0, ...coordinators[0] }
  }
  const keeper = coordinatorOf(broker, request.keyType)
  if (keeper === null) return answer(null)
  return orRefusal(
    () => chain(keeper.ensureTopic(), () => answer(null)),
    () => answer('COORDINATOR_NOT_AVAILABLE'),
  )
}

function coordinatorOf(
  broker: BrokerServices,
  keyType: number,
): { ensureTopic(): MaybePromise<void> } | null {
  if (keyType === keyTypes.group) return broker.groups
  if (keyType === keyTypes.share) return broker.shareStates
  return keyType === keyTypes.transaction ? broker.transactions : null
}

function keyError(
  broker: BrokerServices,
  context: RequestContext,
  keyType: number,
  key: string,
): ErrorName {
  switch (keyType) {
    case keyTypes.group: {
      const allowed = broker.authorize(context, 'describe', 'group', key)
      return allowed ? 'NONE' : 'GROUP_AUTHORIZATION_FAILED'
    }
    case keyTypes.transaction: {
      const allowed = broker.authorize(context, 'describe', 'transactional-id', key)
      return allowed ? 'NONE' : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
    }
    case keyTypes.share:
      if (context.apiVersion < shareVersion || !isSharePartitionKey(key)) return 'INVALID_REQUEST'
      if (!broker.authorize(context, 'cluster-action', 'cluster', clusterResource)) {
        return 'CLUSTER_AUTHORIZATION_FAILED'
      }
      return 'NONE'
    default:
      return 'INVALID_REQUEST'
  }
}

/** `group:topicId:partition`, where the group may hold colons itself. */
function isSharePartitionKey(key: string): boolean {
  return /^.+:[A-Za-z0-9_-]{22}:\d+$/s.test(key)
}

function coordinator(
  broker: BrokerServices,
  context: RequestContext,
  key: string,
  error: ErrorName,
): FindCoordinatorResponseCoordinatorInput {
  // Kafka's text for no error is the error's name.
  const errorMessage = error === 'NONE' ? 'NONE' : errorText(error)
  const failure = { errorCode: errorCode(error), errorMessage }
  if (error !== 'NONE') return { key, nodeId: -1, host: '', port: -1, ...failure }
  const { host, port } = context.connection.advertised
  return { key, nodeId: broker.config.nodeId, host, port, ...failure }
}
