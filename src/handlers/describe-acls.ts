/**
 * DescribeAcls (29), v0-3: access rules. None are kept yet, so the answer is Kafka's without an
 * authorizer.
 * v1 pattern types (KIP-290) · v2 flexible · v3 user resources.
 * Differs from Kafka: v0 is still served.
 */
import type {
  DescribeAclsRequest,
  DescribeAclsResponseInput,
} from '../../protocol/codecs/describe-acls.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

export const handleDescribeAcls: Handler<DescribeAclsRequest, DescribeAclsResponseInput> = (
  broker,
  _request,
  context,
) => {
  if (!broker.authorize(context, 'describe', 'cluster', clusterResource)) {
    return refuse('CLUSTER_AUTHORIZATION_FAILED', errorText('CLUSTER_AUTHORIZATION_FAILED'))
  }
  return refuse('SECURITY_DISABLED', 'No Authorizer is configured on the broker')
}

function refuse(error: ErrorName, errorMessage: string): DescribeAclsResponseInput {
  return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage, resources: [] }
}
