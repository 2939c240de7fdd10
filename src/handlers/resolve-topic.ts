// Requests name topics by name or, from some version on, by id alone (KIP-516).
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import type { Catalog } from '../catalog/catalog.ts'

/** The name of the topic that a request means; null when this broker knows no such topic. */
export function resolveTopic(
  catalog: Catalog,
  wanted: { readonly name: string; readonly topicId: string },
  byId: boolean,
): string | null {
  if (!byId) return catalog.topic(wanted.name)?.name ?? null
  if (wanted.topicId === zeroTopicId) return null
  return catalog.topicById(toTopicId(wanted.topicId))?.name ?? null
}
