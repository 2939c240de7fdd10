// Messages as JSON, field by field as Kafka's own converters write them: what a version does not carry is left out,
// and so are tagged fields that have their default.
import { includes } from '../../../protocol/schema.ts'
import type { Field, Fields, FieldType, MessageDefinition } from '../../../protocol/schema.ts'

/** What a field of bytes is shown as instead of Base64: JSON, or null for Base64 after all. */
export type BytesJson = (field: string, bytes: Buffer) => string | null

/** The JSON text of a decoded message in this version. */
export function messageJson(
  definition: MessageDefinition,
  message: object,
  version: number,
  bytesJson: BytesJson = () => null,
): string {
  return structJson(definition.fields, message, { version, bytesJson })
}

interface Rules {
  readonly version: number
  readonly bytesJson: BytesJson
}

function structJson(fields: Fields, message: object, rules: Rules): string {
  const values = new Map<string, unknown>(Object.entries(message))
  const parts: string[] = []
  for (const [name, field] of Object.entries(fields)) {
    if (!includes(field.versions, rules.version)) continue
    const value = values.get(name)
    if (field.tag !== null && isDefault(field, value)) continue
    const shown = value instanceof Buffer ? rules.bytesJson(name, value) : null
    parts.push(`${JSON.stringify(name)}:${shown ?? valueJson(field.type, value, rules)}`)
  }
  return `{${parts.join(',')}}`
}

function valueJson(type: FieldType, value: unknown, rules: Rules): string {
  if (value === null || value === undefined) return 'null'
  if (type.kind === 'array') {
    const items = Array.isArray(value) ? value : []
    return `[${items.map((item: unknown) => valueJson(type.element, item, rules)).join(',')}]`
  }
  if (type.kind === 'struct') {
    return typeof value === 'object' ? structJson(type.fields, value, rules) : 'null'
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
