/**
 * DescribeClientQuotas (48), v0-1: the quotas of users, client ids and addresses that a filter
 * finds (KIP-546, KIP-612).
 * v1 flexible. Differs from Kafka: not at all.
 */
import type {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponseInput,
} from '../../protocol/codecs/describe-client-quotas.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { hashMapOrder } from '../base/java-hash.ts'
import { findQuotas, inOrder } from '../catalog/quota-control.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

/** Of `new HashMap<>()`. */
const firstCapacity = 16

export const handleDescribeClientQuotas: Handler<
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponseInput
> = (broker, request, context) => {
  if (!broker.authorize(context, 'describe-configs', 'cluster', clusterResource)) {
    const error = 'CLUSTER_AUTHORIZATION_FAILED'
    return refused(error, errorText(error))
  }
  const found = findQuotas(broker.catalog.image.quotas, request.components, request.strict)
  if ('error' in found) return refused(found.error, found.message)
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: '',
    entries: found.map(({ entity, values }) => ({
      entity: inOrder(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
      values: asKafkaLists(values),
    })),
  }
}

/** Kafka collects a request's changes in one HashMap, and what then holds in one that begins empty. */
function asKafkaLists(values: ReadonlyMap<string, number>): { key: string; value: number }[] {
  const entries = [...values].map(([key, value]) => ({ key, value }))
  return hashMapOrder(hashMapOrder(entries, firstCapacity), 1)
}

function refused(error: ErrorName, errorMessage: string | null): DescribeClientQuotasResponseInput {
  return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage, entries: null }
}
