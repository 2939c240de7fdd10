// Messages as JSON, field by field as Kafka's own converters write them: what a version does not carry is left out,
// and so are tagged fields that have their default.
import { includes } from '../../../protocol/schema.ts'
import type { Field, Fields, FieldType, MessageDefinition } from '../../../protocol/schema.ts'

/** The JSON text of a decoded message in this version. */
export function messageJson(
  definition: MessageDefinition,
  message: object,
  version: number,
): string {
  return structJson(definition.fields, message, version)
}

function structJson(fields: Fields, message: object, version: number): string {
  const values = new Map<string, unknown>(Object.entries(message))
  const parts: string[] = []
  for (const [name, field] of Object.entries(fields)) {
    if (!includes(field.versions, version)) continue
    const value = values.get(name)
    if (field.tag !== null && isDefault(field, value)) continue
    parts.push(`${JSON.stringify(name)}:${valueJson(field.type, value, version)}`)
  }
  return `{${parts.join(',')}}`
}

function valueJson(type: FieldType, value: unknown, version: number): string {
  if (value === null || value === undefined) return 'null'
  if (type.kind === 'array') {
    const items = Array.isArray(value) ? value : []
    return `[${items.map((item: unknown) => valueJson(type.element, item, version)).join(',')}]`
  }
  if (type.kind === 'struct') {
    return typeof value === 'object' ? structJson(type.fields, value, version) : 'null'
  }
  if (value instanceof Buffer) return JSON.stringify(value.toString('base64'))
  if (type.kind === 'float64' && Number.isInteger(value)) return `${String(value)}.0`
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

function isDefault({ type, defaultValue }: Field, value: unknown): boolean {
  if (defaultValue !== undefined) return value === defaultValue
  if (Array.isArray(value)) return value.length === 0
  if (type.kind === 'uuid') return value === zeroUuid
  if (value instanceof Buffer) return value.length === 0
  return value === 0 || value === false || value === '' || value === undefined
}
