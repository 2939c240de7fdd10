// The definition language of protocol/messages: what a message holds, version by version, as data.
// protocol/compile.ts turns definitions into codecs; nothing here runs while the broker serves.

/** Versions `from`..`to`, both included; `to` may be Infinity. */
export interface VersionRange {
  readonly from: number
  readonly to: number
}

export type PrimitiveKind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'bytes'
  | 'uuid'
  | 'records'

export interface PrimitiveType {
  readonly kind: PrimitiveKind
  /** The value comes again and again (topic names, client ids): read through the intern cache. */
  readonly interned: boolean
}

export interface StructType {
  readonly kind: 'struct'
  /** Kafka's name of the struct; unique inside one message. */
  readonly name: string
  readonly fields: Fields
}

export interface ArrayType {
  readonly kind: 'array'
  readonly element: PrimitiveType | StructType
}

export type FieldType = PrimitiveType | StructType | ArrayType

/**
 * What a field is when a version does not carry it, when a tagged field is absent, and when the one
 * who encodes leaves it out. `maxInt64` stands for 2^63-1, which no JavaScript number holds.
 */
export type DefaultValue = null | boolean | number | string | 'maxInt64'

export interface Field {
  readonly type: FieldType
  /** The message versions that carry the field (never relative to the struct around it). */
  readonly versions: VersionRange
  /** The versions in which the value may be null; null: in none. */
  readonly nullable: VersionRange | null
  /** The number in the tag section; null: an ordinary field. */
  readonly tag: number | null
  /** undefined: the zero of the type (0, false, '', empty array, zero uuid, struct of defaults). */
  readonly defaultValue: DefaultValue | undefined
  /** Written with int16/int32 lengths even in flexible versions (the client id in RequestHeader). */
  readonly neverCompact: boolean
}

/** Fields in wire order. */
export type Fields = Readonly<Record<string, Field>>

export interface MessageDefinition {
  readonly name: string
  /** The record type of a persisted record; null for wire messages and data. */
  readonly recordType: number | null
  readonly versions: VersionRange
  /** The first version with compact lengths and tag sections; Infinity: none. */
  readonly flexibleFrom: number
  readonly fields: Fields
}

export interface ApiDefinition {
  readonly key: number
  readonly name: string
  readonly versions: VersionRange
  readonly flexibleFrom: number
  /** The highest version is not final: a broker does not serve it unless told to. */
  readonly latestVersionUnstable: boolean
  readonly request: MessageDefinition
  readonly response: MessageDefinition
}

export interface ApiSource {
  /** Kafka's number of the API. */
  readonly key: number
  readonly name: string
  /** The lowest and the highest version there ever was, dropped ones included. */
  readonly versions: readonly [number, number]
  /** The first flexible version (KIP-482); left out: no version is flexible. */
  readonly flexibleFrom?: number
  readonly latestVersionUnstable?: boolean
  readonly request: Fields
  readonly response: Fields
}

export interface MessageSource {
  readonly name: string
  readonly recordType?: number
  readonly versions: readonly [number, number]
  readonly flexibleFrom?: number
  readonly fields: Fields
}

/** A request and its response. */
export function defineApi(source: ApiSource): ApiDefinition {
  const { name, versions, request, response } = source
  const flexibleFrom = source.flexibleFrom ?? Infinity
  const half = (suffix: string, fields: Fields) =>
    defineMessage({ name: name + suffix, versions, flexibleFrom, fields })
  return {
    key: source.key,
    name,
    versions: range(versions[0], versions[1]),
    flexibleFrom,
    latestVersionUnstable: source.latestVersionUnstable ?? false,
    request: half('Request', request),
    response: half('Response', response),
  }
}

/** A message of its own: headers, data inside other messages, persisted records. */
export function defineMessage(source: MessageSource): MessageDefinition {
  return {
    name: source.name,
    recordType: source.recordType ?? null,
    versions: range(source.versions[0], source.versions[1]),
    flexibleFrom: source.flexibleFrom ?? Infinity,
    fields: source.fields,
  }
}

export const bool = (): Field => primitive('bool')
export const int8 = (): Field => primitive('int8')
export const int16 = (): Field => primitive('int16')
export const uint16 = (): Field => primitive('uint16')
export const int32 = (): Field => primitive('int32')
export const uint32 = (): Field => primitive('uint32')
export const int64 = (): Field => primitive('int64')
export const float64 = (): Field => primitive('float64')
export const string = (): Field => primitive('string')
export const bytes = (): Field => primitive('bytes')
/** Record batches or a message set, never parsed by the codec. */
export const records = (): Field => primitive('records')
export const uuid = (): Field => primitive('uuid')

// Strings that the same clients send in every request: decoded once, then found by their bytes.
export const topicName = (): Field => primitive('string', true)
export const groupId = (): Field => primitive('string', true)
export const transactionalId = (): Field => primitive('string', true)
export const clientId = (): Field => primitive('string', true)

/** A group of fields. Two uses of one struct object share one codec. */
export function struct(name: string, fields: Fields): Field {
  return field({ kind: 'struct', name, fields })
}

/** Many of `element`; arrays of arrays do not occur in Kafka. */
export function array(element: Field): Field {
  if (element.type.kind === 'array') throw new TypeError('an array of arrays has no encoding')
  return field({ kind: 'array', element: element.type })
}

/** Carried from version `from` on. */
export function since(from: number, inner: Field, defaultValue?: DefaultValue): Field {
  return between(from, Infinity, inner, defaultValue)
}

/** Carried up to version `to`. */
export function until(to: number, inner: Field, defaultValue?: DefaultValue): Field {
  return between(0, to, inner, defaultValue)
}

/** Carried in versions `from`..`to`. */
export function between(
  from: number,
  to: number,
  inner: Field,
  defaultValue?: DefaultValue,
): Field {
  return { ...withDefault(inner, defaultValue), versions: range(from, to) }
}

/** May be null, in every version that carries it or in a part of them. */
export function nullable(inner: Field, versions: { since?: number; until?: number } = {}): Field {
  return { ...inner, nullable: range(versions.since ?? 0, versions.until ?? Infinity) }
}

/** Carried in the tag section, and only when it is not the default. */
export function tagged(tag: number, inner: Field, defaultValue?: DefaultValue): Field {
  return { ...withDefault(inner, defaultValue), tag }
}

/** In every version, with another default than the zero of its type. */
export function withDefault(inner: Field, defaultValue: DefaultValue | undefined): Field {
  return defaultValue === undefined ? inner : { ...inner, defaultValue }
}

/** Written in the old way in flexible versions too. */
export function neverCompact(inner: Field): Field {
  return { ...inner, neverCompact: true }
}

export function includes(versions: VersionRange, version: number): boolean {
  return version >= versions.from && version <= versions.to
}

function primitive(kind: PrimitiveKind, interned = false): Field {
  return field({ kind, interned })
}

function field(type: FieldType): Field {
  return {
    type,
    versions: range(0, Infinity),
    nullable: null,
    tag: null,
    defaultValue: undefined,
    neverCompact: false,
  }
}

function range(from: number, to: number): VersionRange {
  if (from > to) throw new RangeError(`empty version range ${from}-${to}`)
  return { from, to }
}
