// What UpdateFeatures decides: from the finalized levels and a request to records, or why none of
// it is done. Pure.
import { features, kraftVersionFeature, metadataVersionFeature } from './features.ts'
import { configRecord, featureLevelRecord } from './records.ts'
import type { MetadataRecord } from './records.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** How far a level may go down, as the protocol numbers it. */
const upgradeType = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const

export interface FeatureUpdate {
  readonly feature: string
  /** The level to finalize; 0 turns the feature off. */
  readonly level: number
  readonly upgradeType: number
}

/** What the decision looks up. */
export interface FeatureView {
  readonly features: ReadonlyMap<string, number>
  configs(resource: 'broker', name: string): ReadonlyMap<string, string>
}

export type FeaturePlan =
  { readonly refusal: Refusal } | { readonly refusal: null; readonly records: MetadataRecord[] }

/** Decides on all updates together: one that is refused refuses all. */
export function planFeatureUpdates(
  view: FeatureView,
  updates: readonly FeatureUpdate[],
  broker: { readonly nodeId: number; readonly minInsyncReplicas: number },
): FeaturePlan {
  const records: MetadataRecord[] = []
  for (const update of updates) {
    const { feature, level } = update
    const current = currentLevel(view, feature)
    const problem = updateProblem(update, current, broker.nodeId)
    if (problem !== null) {
      const message =
        'The update failed for all features since the following feature had an error: ' +
        `Invalid update version ${level} for feature ${feature}. ${problem}`
      return { refusal: refuse('INVALID_UPDATE_VERSION', message) }
    }
    if (level === current) continue
    records.push(featureLevelRecord(feature, level))
    records.push(...companions(view, update, broker.minInsyncReplicas))
  }
  return { refusal: null, records }
}

/** kraft.version stands in a control record that this broker never changes. */
function currentLevel(view: FeatureView, name: string): number {
  const known = view.features.get(name)
  if (known !== undefined || name !== kraftVersionFeature) return known ?? 0
  return features.find((feature) => feature.name === name)?.initial ?? 0
}

function updateProblem(update: FeatureUpdate, current: number, nodeId: number): string | null {
  const { feature: name, level } = update
  if (!Object.values<number>(upgradeType).includes(update.upgradeType)) {
    return 'The controller does not support the given upgrade type.'
  }
  if (level < 0) return 'A feature version cannot be less than 0.'
  const feature = features.find((one) => one.name === name)
  if (feature === undefined) return `Local controller ${nodeId} does not support this feature.`
  if (level < feature.minSupported || level > feature.maxSupported) {
    const versions = `${feature.minSupported}-${feature.maxSupported}`
    return `Local controller ${nodeId} only supports versions ${versions}`
  }
  if (level > current && update.upgradeType !== upgradeType.upgrade) {
    return "Can't downgrade to a newer version."
  }
  return level < current ? downgradeProblem(update) : null
}

function downgradeProblem({ feature, upgradeType: asked }: FeatureUpdate): string | null {
  if (feature === kraftVersionFeature) return "Can't downgrade the version of this feature."
  if (asked === upgradeType.upgrade) {
    return (
      "Can't downgrade the version of this feature without setting the upgrade type to either " +
      'safe or unsafe downgrade.'
    )
  }
  if (feature !== metadataVersionFeature) return null
  return 'Refusing the metadata.version downgrade because it might delete metadata information.'
}

/** Eligible leader replicas need min.insync.replicas as a cluster-wide config (KIP-966). */
function companions(
  view: FeatureView,
  { feature, level }: FeatureUpdate,
  minInsyncReplicas: number,
): readonly MetadataRecord[] {
  const name = 'min.insync.replicas'
  if (feature !== 'eligible.leader.replicas.version' || level === 0) return []
  if (view.configs('broker', '').has(name)) return []
  return [configRecord('broker', '', { name, value: String(minInsyncReplicas) })]
}
