// Why a request about access rules is refused as a whole: what DescribeAcls, CreateAcls and
// DeleteAcls have in common.
import type { ErrorName } from '../../protocol/errors.ts'
import { clusterResource } from '../catalog/acl.ts'
import type { BrokerServices, RequestContext } from './context.ts'

/** Null where the principal may go on. `operation` is what the cluster must let it do. */
export function aclRefusal(
  broker: BrokerServices,
  context: RequestContext,
  operation: 'describe' | 'alter',
): { readonly error: ErrorName; readonly message: string } | null {
  if (!broker.authorize(context, operation, 'cluster', clusterResource)) {
    const { principal } = context.connection
    const message = `${principal} needs ${operation.toUpperCase()} permission on the cluster.`
    return { error: 'CLUSTER_AUTHORIZATION_FAILED', message }
  }
  if (broker.hasAuthorizer) return null
  const message =
    operation === 'describe'
      ? 'No Authorizer is configured on the broker'
      : 'No Authorizer is configured.'
  return { error: 'SECURITY_DISABLED', message }
}

/** True where something is said to be unknown: no client means that, and Kafka hangs up. */
export function hasUnknownId(ids: readonly number[]): boolean {
  return ids.includes(0)
}
