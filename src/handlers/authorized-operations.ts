// The bit field that says what a client may do with a resource (KIP-430): bit n is the operation of
// Kafka's number n. Only worked out when a request asks for it.
import type { BrokerServices, Operation, RequestContext } from './context.ts'

/** In answers to those who did not ask. */
export const operationsNotAsked = -(2 ** 31)
/** The name of the one resource of type cluster. */
export const clusterResource = 'kafka-cluster'

const operationBits = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  'cluster-action': 9,
  'describe-configs': 10,
  'alter-configs': 11,
  'idempotent-write': 12,
} as const satisfies Partial<Record<Operation, number>>

type BitOperation = keyof typeof operationBits

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
} as const satisfies Record<string, readonly BitOperation[]>

/** What the connection's principal may do with the resource. */
export function authorizedOperations(
  broker: BrokerServices,
  context: RequestContext,
  type: keyof typeof operationsOf,
  name: string,
): number {
  let bits = 0
  for (const operation of operationsOf[type]) {
    if (broker.authorize(context, operation, type, name)) bits |= 1 << operationBits[operation]
  }
  return bits
}
