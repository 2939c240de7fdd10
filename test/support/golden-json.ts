// Messages to and from the JSON of the golden vectors, walked by the definitions. Slow and generic on
// purpose: it shares nothing with the generated codecs that it helps to check.

import {
  includes,
  type Field,
  type Fields,
  type FieldType,
  type MessageDefinition,
} from '../../protocol/schema.ts'
import { keepUnknownTaggedFields, unknownTaggedFieldsOf } from '../../protocol/tagged-fields.ts'
import { zeroUuid } from '../../protocol/uuid.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

const unknownKey = '_unknownTaggedFields'
const maxInt64 = 2n ** 63n - 1n

/** The JSON that Java would write for a decoded message. */
export function messageToJson(message: object, definition: MessageDefinition, version: number) {
  return structToJson(message, definition.fields, version)
}

/** The message that encodes to the bytes that Java would write for `json`. */
export function messageFromJson(
  json: Json,
  definition: MessageDefinition,
  version: number,
): object {
  return structFromJson(json, definition.fields, version)
}

function structToJson(message: object, fields: Fields, version: number): JsonObject {
  const json: JsonObject = {}
  const values = new Map<string, unknown>(Object.entries(message))
  for (const [name, field] of Object.entries(fields)) {
    if (!includes(field.versions, version)) continue
    const value = valueToJson(values.get(name), field.type, version)
    if (field.tag !== null && isSame(value, defaultJson(field, version))) continue
    json[name] = value
  }
  const unknown = unknownTaggedFieldsOf(message)
  if (unknown.length > 0) {
    json[unknownKey] = unknown.map(({ tag, data }) => ({ tag, data: data.toString('base64') }))
  }
  return json
}

function valueToJson(value: unknown, type: FieldType, version: number): Json {
  if (value === null) return null
  if (type.kind === 'array') {
    if (!Array.isArray(value)) throw new TypeError('not an array')
    return value.map((item: unknown) => valueToJson(item, type.element, version))
  }
  if (type.kind === 'struct') {
    if (typeof value !== 'object') throw new TypeError('not a struct')
    return structToJson(Object(value), type.fields, version)
  }
  // The codecs say "the largest" with the largest safe integer; read from the wire it is a bigint.
  if (type.kind === 'int64') return String(value === Number.MAX_SAFE_INTEGER ? maxInt64 : value)
  if (value instanceof Buffer) return value.toString('base64')
  // JSON has no NaN and no infinity: Java writes their names.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    return value
  }
  throw new TypeError(`a ${type.kind} field holds ${typeof value}`)
}

/** The default as JSON; a struct of defaults says so with all its ordinary fields. */
function defaultJson(field: Field, version: number): Json {
  const { defaultValue, type } = field
  if (defaultValue === null) return null
  if (type.kind === 'array') return []
  if (type.kind === 'struct') {
    const json: JsonObject = {}
    for (const [name, inner] of Object.entries(type.fields)) {
      if (inner.tag !== null || !includes(inner.versions, version)) continue
      json[name] = defaultJson(inner, version)
    }
    return json
  }
  switch (type.kind) {
    case 'int64':
      return defaultValue === 'maxInt64' ? String(maxInt64) : String(defaultValue ?? 0)
    case 'string':
    case 'bytes':
    case 'records':
      return defaultValue ?? ''
    case 'uuid':
      return defaultValue ?? zeroUuid
    case 'bool':
      return defaultValue ?? false
    default:
      return defaultValue ?? 0
  }
}

function structFromJson(json: Json, fields: Fields, version: number): object {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new TypeError('a struct is a JSON object')
  }
  const left = new Map(Object.entries(json))
  const message: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = left.get(name)
    if (value === undefined || !includes(field.versions, version)) continue
    left.delete(name)
    message[name] = valueFromJson(value, field.type, version)
  }
  const unknown = left.get(unknownKey)
  left.delete(unknownKey)
  if (Array.isArray(unknown)) keepUnknownTaggedFields(message, unknown.map(unknownFromJson))
  if (left.size > 0) throw new TypeError(`no such fields: ${[...left.keys()].join(' ')}`)
  return message
}

function unknownFromJson(json: Json): { tag: number; data: Buffer } {
  const { tag, data } = Object(json) as { tag?: unknown; data?: unknown }
  if (typeof tag !== 'number' || typeof data !== 'string') throw new TypeError('not a tagged field')
  return { tag, data: Buffer.from(data, 'base64') }
}

function valueFromJson(json: Json, type: FieldType, version: number): unknown {
  if (json === null) return null
  switch (type.kind) {
    case 'array':
      if (!Array.isArray(json)) throw new TypeError('not an array')
      return json.map((item) => valueFromJson(item, type.element, version))
    case 'struct':
      return structFromJson(json, type.fields, version)
    case 'int64': {
      const exact = BigInt(String(json))
      const small = Number(exact)
      return Math.abs(small) < Number.MAX_SAFE_INTEGER ? small : exact
    }
    case 'bytes':
    case 'records':
      return Buffer.from(String(json), 'base64')
    case 'float64':
      return Number(json)
    default:
      return json
  }
}

/** Deep equality that knows nothing of key order; numbers as Object.is compares them. */
export function isSame(a: unknown, b: unknown): boolean {
  return firstDifference(a, b) === null
}

/** Where two JSON values differ first, as a path; null: nowhere. */
export function firstDifference(a: unknown, b: unknown, path = ''): string | null {
  if (Object.is(a, b)) return null
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return `${path}: ${text(a)} instead of ${text(b)}`
  }
  if (Array.isArray(a) !== Array.isArray(b)) return `${path}: an array against an object`
  const left = new Map<string, unknown>(Object.entries(a))
  const right = new Map<string, unknown>(Object.entries(b))
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    if (left.has(key) !== right.has(key)) {
      return `${path}.${key}: ${left.has(key) ? 'not expected' : 'missing'}`
    }
    const difference = firstDifference(left.get(key), right.get(key), `${path}.${key}`)
    if (difference !== null) return difference
  }
  return null
}

function text(value: unknown): string {
  const json = JSON.stringify(value) ?? 'undefined'
  return json.length > 80 ? `${json.slice(0, 80)}...` : json
}
