/**
 * AlterClientQuotas (49), v0-1: sets and removes quotas of users, client ids and addresses
 * (KIP-546, KIP-612); all entities that are not refused in one atomic commit.
 * v1 flexible. Differs from Kafka: a quota of addresses takes an address, no host name, of which
 * Kafka takes the first address that it resolves to.
 */
import type {
  AlterClientQuotasRequest,
  AlterClientQuotasResponseInput,
} from '../../protocol/codecs/alter-client-quotas.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { inOrder, planQuotaChanges } from '../catalog/quota-control.ts'
import type { QuotaOutcome } from '../catalog/quota-control.ts'
import { isAddress } from '../security/host.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'

export const handleAlterClientQuotas: Handler<
  AlterClientQuotasRequest,
  AlterClientQuotasResponseInput
> = (broker, request, context) => {
  const alterations = request.entries.map(({ entity, ops }) => ({
    entity: new Map(entity.map(({ entityType, entityName }) => [entityType, entityName])),
    ops,
  }))
  const refuseAll = (refusal: NonNullable<QuotaOutcome['refusal']>): readonly QuotaOutcome[] =>
    alterations.map(({ entity }) => ({ entity, refusal }))
  if (!broker.authorize(context, 'alter-configs', 'cluster', clusterResource)) {
    const error = 'CLUSTER_AUTHORIZATION_FAILED'
    return answer(refuseAll({ error, message: errorText(error) }))
  }
  const outcomes = orRefusal(
    () =>
      broker.catalog.change((image) => {
        const plan = planQuotaChanges(image.quotas, alterations, isAddress)
        return { records: request.validateOnly ? [] : plan.records, answer: plan.outcomes }
      }),
    ({ errorName, detail }) => refuseAll({ error: errorName, message: detail }),
  )
  return chain(outcomes, answer)
}

function answer(outcomes: readonly QuotaOutcome[]): AlterClientQuotasResponseInput {
  return {
    throttleTimeMs: 0,
    entries: outcomes.map(({ entity, refusal }) => ({
      errorCode: errorCode(refusal?.error ?? 'NONE'),
      errorMessage: refusal?.message ?? null,
      entity: inOrder(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
    })),
  }
}
