// The client quotas that the metadata log adds up to: values by entity. An entity is a user, a
// client id, both, or an address; a null name is the default of its kind.
import { assert } from '../base/assert.ts'
import type { ClientQuotaRecord } from '../../protocol/codecs/metadata-records.ts'

/** Kafka's kinds of entities, in the order in which Kafka lists them. */
export const quotaEntityTypes = ['client-id', 'user', 'ip'] as const
export type QuotaEntityType = (typeof quotaEntityTypes)[number]

/** Whose quota: names by kind, null for the default of the kind. */
export type QuotaEntity = ReadonlyMap<QuotaEntityType, string | null>

export interface EntityQuotas {
  readonly entity: QuotaEntity
  /** By Kafka's key, e.g. producer_byte_rate. */
  readonly values: ReadonlyMap<string, number>
}

interface MutableQuotas extends EntityQuotas {
  readonly values: Map<string, number>
}

/** The same text for the same entity, whatever the order of its parts. */
export function quotaEntityKey(entity: ReadonlyMap<string, string | null>): string {
  return JSON.stringify([...entity].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function isQuotaEntityType(type: string): type is QuotaEntityType {
  return quotaEntityTypes.some((known) => known === type)
}

export class QuotaImage {
  readonly #byEntity = new Map<string, MutableQuotas>()

  get size(): number {
    return this.#byEntity.size
  }

  /** In the order in which entities were given a first quota. */
  all(): IterableIterator<EntityQuotas> {
    return this.#byEntity.values()
  }

  /** The quotas of exactly this entity. */
  of(entity: ReadonlyMap<string, string | null>): ReadonlyMap<string, number> | undefined {
    return this.#byEntity.get(quotaEntityKey(entity))?.values
  }

  apply(record: ClientQuotaRecord): void {
    const entity = new Map<QuotaEntityType, string | null>()
    for (const { entityType, entityName } of record.entity) {
      // Kinds that a later Kafka may know limit nobody here.
      if (!isQuotaEntityType(entityType)) return
      entity.set(entityType, entityName)
    }
    assert(entity.size > 0, 'a quota is somebody’s')
    const key = quotaEntityKey(entity)
    const known = this.#byEntity.get(key)
    if (!record.remove) {
      if (known !== undefined) known.values.set(record.key, record.value)
      else this.#byEntity.set(key, { entity, values: new Map([[record.key, record.value]]) })
      return
    }
    known?.values.delete(record.key)
    if (known?.values.size === 0) this.#byEntity.delete(key)
  }
}
