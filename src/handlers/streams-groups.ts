// What the APIs of streams groups (KIP-1071) have in common.
import { streamsVersionFeature } from '../catalog/features.ts'
import type { BrokerServices } from './context.ts'

/** Whether streams groups are served (streams.version, group.coordinator.rebalance.protocols). */
export function servesStreamsGroups({ catalog, config }: BrokerServices): boolean {
  const level = catalog.features.get(streamsVersionFeature) ?? 0
  return level >= 1 && config.groupCoordinatorRebalanceProtocols.includes('streams')
}
