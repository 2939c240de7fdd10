// What the APIs of share groups (KIP-932) have in common.
import { shareVersionFeature } from '../catalog/features.ts'
import type { BrokerServices } from './context.ts'

const memberIdCharsMax = 36

/** Whether share groups are served (share.version). */
export function servesShareGroups({ catalog }: BrokerServices): boolean {
  return (catalog.features.get(shareVersionFeature) ?? 0) >= 1
}

/** Members make their ids themselves: uuids. */
export function isMemberIdValid(memberId: string | null): memberId is string {
  return memberId !== null && memberId !== '' && memberId.length <= memberIdCharsMax
}
