// What AlterClientQuotas decides and what DescribeClientQuotas finds (KIP-546, KIP-612): from the image and a
// request to records and answers, as Kafka's controller decides. Pure.
import { assert } from '../base/assert.ts'
import { isQuotaEntityType, quotaEntityKey, quotaEntityTypes } from './quota-image.ts'
import type { EntityQuotas, QuotaEntity, QuotaEntityType, QuotaImage } from './quota-image.ts'
import type { MetadataRecord } from './records.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** An entity as a request names it: any kind, any name. */
export type NamedEntity = ReadonlyMap<string, string | null>

export interface QuotaAlteration {
  readonly entity: NamedEntity
  readonly ops: readonly {
    readonly key: string
    readonly value: number
    readonly remove: boolean
  }[]
}

/** What becomes of an entity's alterations; null: done. */
export interface QuotaOutcome {
  readonly entity: NamedEntity
  readonly refusal: Refusal | null
}

interface QuotaKey {
  readonly kind: 'LONG' | 'INT' | 'DOUBLE'
  readonly max: number
}

const longKey: QuotaKey = { kind: 'LONG', max: 2 ** 63 }
const intKey: QuotaKey = { kind: 'INT', max: 2 ** 31 - 1 }
const doubleKey: QuotaKey = { kind: 'DOUBLE', max: Infinity }

const clientKeys: ReadonlyMap<string, QuotaKey> = new Map([
  ['producer_byte_rate', longKey],
  ['consumer_byte_rate', longKey],
  ['request_percentage', doubleKey],
  ['controller_mutation_rate', doubleKey],
])
const addressKeys: ReadonlyMap<string, QuotaKey> = new Map([['connection_creation_rate', intKey]])

/** A value this far from a whole number is a fraction. */
const fractionMin = 1e-6

/** `isAddress`: whether a name can stand for an address. */
export function planQuotaChanges(
  quotas: QuotaImage,
  alterations: readonly QuotaAlteration[],
  isAddress: (name: string) => boolean,
): { readonly records: readonly MetadataRecord[]; readonly outcomes: readonly QuotaOutcome[] } {
  const records: MetadataRecord[] = []
  const outcomes = new Map<string, QuotaOutcome>()
  for (const alteration of alterations) {
    const { entity, ops } = alteration
    const key = quotaEntityKey(entity)
    const isRepeated = outcomes.has(key) || new Set(ops.map((op) => op.key)).size < ops.length
    const planned = isRepeated
      ? refuse('INVALID_REQUEST', `Ignoring duplicate entity ${textOf(entity)}`)
      : planEntity(quotas, alteration, isAddress)
    const isRefused = 'error' in planned
    if (!isRefused) records.push(...planned)
    outcomes.set(key, { entity, refusal: isRefused ? planned : null })
  }
  assert(outcomes.size <= alterations.length, 'an entity has one outcome')
  return { records, outcomes: [...outcomes.values()] }
}

function planEntity(
  quotas: QuotaImage,
  { entity, ops }: QuotaAlteration,
  isAddress: (name: string) => boolean,
): MetadataRecord[] | Refusal {
  const keys = keysOf(entity, isAddress)
  if ('error' in keys) return keys
  const current = quotas.of(entity)
  const records: MetadataRecord[] = []
  for (const { key, value, remove } of ops) {
    const refusal = remove ? null : refusalOfValue(keys, key, value)
    if (refusal !== null) return refusal
    const isChange = remove ? current?.has(key) === true : current?.get(key) !== value
    if (!isChange) continue
    const parts = [...entity].map(([entityType, entityName]) => ({ entityType, entityName }))
    const data = { entity: parts, key, value: remove ? 0 : value, remove }
    records.push({ type: 'ClientQuota', data })
  }
  return records
}

/** The quotas that an entity of this kind can have. */
function keysOf(
  entity: NamedEntity,
  isAddress: (name: string) => boolean,
): ReadonlyMap<string, QuotaKey> | Refusal {
  if (entity.size === 0) return refuse('INVALID_REQUEST', 'Invalid empty client quota entity')
  for (const [type, name] of entity) {
    if (!isQuotaEntityType(type)) {
      return refuse('INVALID_REQUEST', `Unhandled client quota entity type: ${type}`)
    }
    if (name === '') return refuse('INVALID_REQUEST', `Empty ${type} not supported`)
  }
  const address = entity.get('ip')
  if (address === undefined) return clientKeys
  if (entity.size > 1) {
    return refuse(
      'INVALID_REQUEST',
      'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId',
    )
  }
  if (address === null || isAddress(address)) return addressKeys
  return refuse('INVALID_REQUEST', `${address} is not a valid IP or resolvable host.`)
}

function refusalOfValue(
  keys: ReadonlyMap<string, QuotaKey>,
  key: string,
  value: number,
): Refusal | null {
  const known = keys.get(key)
  if (known === undefined) return refuse('INVALID_REQUEST', `Invalid configuration key ${key}`)
  if (value <= 0) return refuse('INVALID_REQUEST', `Quota ${key} must be greater than 0`)
  if (known.kind === 'DOUBLE') return null
  if (value > known.max) {
    const kind = `${known.kind === 'INT' ? 'an' : 'a'} ${known.kind}`
    return refuse('INVALID_REQUEST', `Proposed value for ${key} is too large for ${kind}.`)
  }
  if (value % 1 <= fractionMin) return null
  return refuse('INVALID_REQUEST', `${key} cannot be a fractional value.`)
}

/** As Kafka writes an entity in messages. */
function textOf(entity: NamedEntity): string {
  const parts = inOrder(entity).map(([type, name]) => `${type}=${name}`)
  return `ClientQuotaEntity(entries={${parts.join(', ')}})`
}

/** An entity's parts, those of known kinds first and in Kafka's order. */
export function inOrder(entity: NamedEntity): [string, string | null][] {
  const order: readonly string[] = quotaEntityTypes
  const place = (type: string): number =>
    order.includes(type) ? order.indexOf(type) : order.length
  return [...entity].sort(([a], [b]) => place(a) - place(b))
}

/** One condition of a filter: the entity has this kind, with this name, as default, or any of both. */
export interface QuotaCondition {
  readonly entityType: string
  readonly matchType: number
  readonly match: string | null
}

const matchTypes = { exact: 0, default: 1, specified: 2 } as const

/** The entities that meet all conditions; `strict`: and have no other kind. */
export function findQuotas(
  quotas: QuotaImage,
  conditions: readonly QuotaCondition[],
  strict: boolean,
): readonly EntityQuotas[] | Refusal {
  const wanted = new Map<QuotaEntityType, string | null | undefined>()
  for (const condition of conditions) {
    const { entityType } = condition
    const refusal = refusalOfCondition(condition, wanted)
    if (refusal !== null || !isQuotaEntityType(entityType)) {
      return refusal ?? refuse('UNSUPPORTED_VERSION', `Unsupported entity type ${entityType}`)
    }
    const isAny = condition.matchType === matchTypes.specified
    wanted.set(entityType, isAny ? undefined : condition.match)
  }
  if (wanted.has('ip') && wanted.size > 1) {
    return refuse(
      'INVALID_REQUEST',
      'Invalid entity filter component combination. ' +
        'IP filter component should not be used with user or clientId filter component.',
    )
  }
  const fits = (entity: QuotaEntity): boolean =>
    (!strict || entity.size === wanted.size) &&
    [...wanted].every(([type, name]) =>
      name === undefined ? entity.has(type) : entity.get(type) === name,
    )
  return [...quotas.all()].filter(({ entity }) => fits(entity))
}

function refusalOfCondition(
  { entityType, matchType, match }: QuotaCondition,
  earlier: ReadonlyMap<string, unknown>,
): Refusal | null {
  if (entityType === '') return refuse('INVALID_REQUEST', 'Invalid empty entity type.')
  if (earlier.has(entityType)) {
    const message = `Entity type ${entityType} cannot appear more than once in the filter.`
    return refuse('INVALID_REQUEST', message)
  }
  if (!isQuotaEntityType(entityType)) {
    return refuse('UNSUPPORTED_VERSION', `Unsupported entity type ${entityType}`)
  }
  switch (matchType) {
    case matchTypes.exact: {
      if (match !== null) return null
      const message = 'Request specified MATCH_TYPE_EXACT, but set match string to null.'
      return refuse('INVALID_REQUEST', message)
    }
    case matchTypes.default:
      return match === null ? null : withMatchString('MATCH_TYPE_DEFAULT')
    case matchTypes.specified:
      return match === null ? null : withMatchString('MATCH_TYPE_SPECIFIED')
    default:
      return refuse('INVALID_REQUEST', `Unknown match type ${matchType}`)
  }
}

function withMatchString(matchType: string): Refusal {
  const message = `Request specified ${matchType}, but also specified a match string.`
  return refuse('INVALID_REQUEST', message)
}
