/**
 * UpdateFeatures (57), v0-2: raises and lowers finalized feature levels (KIP-584), all or none.
 * v1 upgradeType and validateOnly (KIP-778) · v2 no results per feature.
 * Differs from Kafka: metadata.version never goes down.
 */
import type {
  UpdateFeaturesRequest,
  UpdateFeaturesResponseInput,
} from '../../protocol/codecs/update-features.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { planFeatureUpdates } from '../catalog/feature-control.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'

const upgradeTypeFrom = 1
const resultsUntil = 1
const upgrade = 1
const safeDowngrade = 2

export const handleUpdateFeatures: Handler<UpdateFeaturesRequest, UpdateFeaturesResponseInput> = (
  broker,
  request,
  context,
) => {
  if (!broker.authorize(context, 'alter', 'cluster', clusterResource)) {
    return refused(refuse('CLUSTER_AUTHORIZATION_FAILED'))
  }
  const updates = request.featureUpdates.map((update) => ({
    feature: update.feature,
    level: update.maxVersionLevel,
    upgradeType:
      context.apiVersion >= upgradeTypeFrom
        ? update.upgradeType
        : update.allowDowngrade
          ? safeDowngrade
          : upgrade,
  }))
  const node = {
    nodeId: broker.catalog.nodeId,
    minInsyncReplicas: broker.config.minInsyncReplicas,
  }
  return orRefusal<UpdateFeaturesResponseInput>(
    () =>
      broker.catalog.change((image) => {
        const plan = planFeatureUpdates(image, updates, node)
        if (plan.refusal !== null) return { records: [], answer: refused(plan.refusal) }
        const names = context.apiVersion <= resultsUntil ? updates : []
        return { records: request.validateOnly ? [] : plan.records, answer: done(names) }
      }),
    ({ errorName, detail }) => refused(refuse(errorName, detail)),
  )
}

function done(updates: readonly { readonly feature: string }[]): UpdateFeaturesResponseInput {
  // Kafka says NONE in words.
  const fine = { errorCode: 0, errorMessage: 'NONE' }
  const results = updates.map(({ feature }) => ({ feature, ...fine }))
  return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, results }
}

function refused({ error, message }: Refusal): UpdateFeaturesResponseInput {
  const errorMessage = message ?? errorText(error)
  return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage, results: [] }
}
