// The bit field that says what a client may do with a resource (KIP-430): bit n is the operation of
// Kafka's number n. Only worked out when a request asks for it.
import { clusterResource, operationIds } from '../catalog/acl.ts'
import type { Operation, ResourceType } from '../catalog/acl.ts'
import type { BrokerServices, RequestContext } from './context.ts'

/** In answers to those who did not ask. */
export const operationsNotAsked = -(2 ** 31)
export { clusterResource }

/** What can be done with a resource at all. */
const operationsOf = {
  topic: [
    'read',
    'write',
    'create',
    'delete',
    'alter',
    'describe',
    'describe-configs',
    'alter-configs',
  ],
  group: ['read', 'delete', 'describe', 'describe-configs', 'alter-configs'],
  cluster: [
    'create',
    'alter',
    'describe',
    'cluster-action',
    'describe-configs',
    'alter-configs',
    'idempotent-write',
  ],
} as const satisfies Partial<Record<ResourceType, readonly Operation[]>>

/** What the connection's principal may do with the resource. */
export function authorizedOperations(
  broker: BrokerServices,
  context: RequestContext,
  type: keyof typeof operationsOf,
  name: string,
): number {
  let bits = 0
  for (const operation of operationsOf[type]) {
    const isAllowed = broker.authorize(context, operation, type, name, 'probe')
    if (isAllowed) bits |= 1 << operationIds[operation]
  }
  return bits
}
