// The decoder of a struct: fields into locals in wire order, then one object literal, so that every
// message of a kind has one hidden class.

import {
  includes,
  type Field,
  type PrimitiveKind,
  type PrimitiveType,
  type StructType,
} from '../schema.ts'
import { overlap } from './names.ts'
import {
  bare,
  capital,
  isVariable,
  lineMax,
  local,
  parameter,
  type StructView,
} from './struct-view.ts'

const sizesMin: Record<PrimitiveKind, number> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  string: 2,
  bytes: 4,
  records: 4,
  uuid: 16,
}

export function emitDecoder(view: StructView): string {
  const { typeName } = view.plan
  const ordinary = view.fields.filter(([, field]) => field.tag === null)
  const tagged = view.fields.filter(([, field]) => field.tag !== null)
  const lines = ordinary.map(([name, field]) => decodeOrdinary(view, name, field))
  for (const [name, field] of tagged) {
    lines.push(`  let ${local(name)}: ${view.type(field, 'decoded')} = ${view.default(field)}`)
  }
  const shorthand = view.fields.map(([name]) =>
    local(name) === name ? `    ${name},` : `    ${name}: ${local(name)},`,
  )
  const literal = shorthand.length === 0 ? '{}' : `{\n${shorthand.join('\n')}\n  }`
  if (view.flexible === 'false') lines.push(`  return ${literal}`)
  else lines.push(decodeTags(view, tagged), ...returnKept(view, literal))
  const body = view.flexibleLocal() + lines.join('\n')
  const version = parameter('version', body)
  const reader = parameter('reader', body)
  const head = `export function decode${typeName}(${reader}: Reader, ${version}: number): ${typeName} {`
  const broken =
    `export function decode${typeName}(\n  ${reader}: Reader,\n  ${version}: number,\n` +
    `): ${typeName} {`
  return `${head.length > lineMax ? broken : head}\n${body}\n}\n`
}

function returnKept(view: StructView, literal: string): string[] {
  return [
    `  const message: ${view.plan.typeName} = ${literal}`,
    `  if (unknown !== undefined) keepUnknownTaggedFields(message, unknown)`,
    `  return message`,
  ]
}

function decodeOrdinary(view: StructView, name: string, field: Field): string {
  const condition = view.condition(field.versions)
  if (field.type.kind === 'array') return decodeArray(view, name, field, condition)
  const read = readValue(view, field, false)
  if (condition === '') return `  const ${local(name)} = ${read}`
  const type = view.type(field, 'decoded')
  const start = `  const ${local(name)}: ${type} =`
  const value = `${condition} ? ${bare(read)} : ${view.default(field)}`
  const isShort = start.length + value.length < lineMax
  return isShort ? `${start} ${value}` : `${start}\n    ${value}`
}

function decodeArray(view: StructView, name: string, field: Field, condition: string): string {
  const isConst = condition === '' && field.nullable === null
  const initial = condition === '' ? '[]' : view.default(field)
  const keyword = isConst ? 'const' : 'let'
  const type = view.type(field, 'decoded')
  const declaration = `  ${keyword} ${local(name)}: ${type} = ${initial}`
  if (condition === '') return `${declaration}\n${fillArray(view, name, field, '  ')}`
  const fill = fillArray(view, name, field, '    ')
  const fresh = initial === 'null' && field.nullable === null ? `    ${local(name)} = []\n` : ''
  return `${declaration}\n  if (${condition}) {\n${fresh}${fill}\n  }`
}

/** Statements that put the elements into a local; it holds [] or null before. */
function fillArray(view: StructView, name: string, field: Field, indent: string): string {
  if (field.type.kind !== 'array') throw new TypeError('not an array')
  const element: Field = { ...field, type: field.type.element, nullable: null }
  const compact = view.compact(field)
  const size = elementSizeMin(view, field)
  const one = readValue(view, element, false)
  const nulls = view.nullCondition(field)
  if (nulls === 'never') {
    return (
      `${indent}for (let left = reader.arrayLength(${compact}, ${size}); left > 0; left--) {\n` +
      `${indent}  ${local(name)}.push(${one})\n${indent}}`
    )
  }
  const nullable = `reader.nullableArrayLength(${compact}, ${size})`
  const length =
    nulls === '' ? nullable : `${nulls} ? ${nullable} : reader.arrayLength(${compact}, ${size})`
  return [
    `${indent}const ${name}Length = ${length}`,
    `${indent}if (${name}Length < 0) {`,
    `${indent}  ${local(name)} = null`,
    `${indent}} else {`,
    `${indent}  ${local(name)} = []`,
    `${indent}  for (let left = ${name}Length; left > 0; left--) {`,
    `${indent}    ${local(name)}.push(${one})`,
    `${indent}  }`,
    `${indent}}`,
  ].join('\n')
}

/** The expression that reads a value which is not an array. */
function readValue(view: StructView, field: Field, isTagged: boolean): string {
  const { type } = field
  const nulls = view.nullCondition(field)
  if (type.kind === 'array') throw new TypeError('arrays are read by statements')
  if (type.kind === 'struct') {
    const read = `decode${view.struct(type).typeName}(reader, version)`
    if (nulls === 'never') return read
    const isNull = isTagged ? 'reader.uvarint() <= 0' : 'reader.int8() < 0'
    const either = `(${isNull} ? null : ${read})`
    return nulls === '' ? either : `(${nulls} ? ${either} : ${read})`
  }
  if (!isVariable(type.kind)) return `reader.${type.kind}()`
  const kind = type.kind === 'string' && type.interned ? 'internedString' : type.kind
  const method = kind === 'records' ? 'bytes' : kind
  const plain = `reader.${method}(${view.compact(field)})`
  const orNull = `reader.nullable${capital(method)}(${view.compact(field)})`
  if (nulls === 'never') return plain
  return nulls === '' ? orNull : `(${nulls} ? ${orNull} : ${plain})`
}

function decodeTags(view: StructView, tagged: readonly [string, Field][]): string {
  const section = view.flexible === 'true'
  if (tagged.length === 0) {
    return section
      ? `  const unknown = reader.skipTaggedFields()`
      : `  const unknown = flexible ? reader.skipTaggedFields() : undefined`
  }
  const loop = [
    `for (let left = reader.tagCount(); left > 0; left--) {`,
    `  const tag = reader.uvarint()`,
    `  const size = reader.uvarint()`,
    `  ${tagged.map(([name, field]) => decodeTag(view, name, field)).join(' else ')} else {`,
    `    unknown = reader.unknownTaggedField(tag, size, unknown)`,
    `  }`,
    `}`,
  ]
  const indent = section ? '  ' : '    '
  const lines = loop.join('\n').replaceAll(/^/gm, indent)
  return (
    `  let unknown: UnknownTaggedField[] | undefined\n` +
    (section ? lines : `  if (flexible) {\n${lines}\n  }`)
  )
}

function decodeTag(view: StructView, name: string, field: Field): string {
  const condition = view.condition(field.versions, view.flexibleVersions())
  const refuse =
    condition === '' ? '' : `    if (!(${condition})) throw reader.invalidTag(${field.tag})\n`
  let value: string
  if (field.type.kind !== 'array') {
    value = `    ${local(name)} = ${readValue(view, field, true)}`
  } else {
    const fresh = field.nullable === null ? `    ${local(name)} = []\n` : ''
    value = fresh + fillArray(view, name, field, '    ')
  }
  return `if (tag === ${field.tag}) {\n${refuse}${value}\n  }`
}

/** A lower bound of the bytes that one element takes, in any version. */
function elementSizeMin(view: StructView, field: Field): number {
  if (field.type.kind !== 'array') throw new TypeError('not an array')
  const { element } = field.type
  const versions = overlap(field.versions, view.plan.versions) ?? view.plan.versions
  let size = Infinity
  for (let version = versions.from; version <= versions.to; version++) {
    size = Math.min(size, sizeMin(element, version, version >= view.plan.flexibleFrom))
  }
  return Math.max(size, 1)
}

function sizeMin(type: PrimitiveType | StructType, version: number, flexible: boolean): number {
  if (type.kind !== 'struct') return flexible && isVariable(type.kind) ? 1 : sizesMin[type.kind]
  let size = flexible ? 1 : 0
  for (const field of Object.values(type.fields)) {
    if (field.tag !== null || !includes(field.versions, version)) continue
    if (field.type.kind === 'array') size += flexible ? 1 : 4
    else if (field.type.kind === 'struct' && field.nullable !== null) size += 1
    else size += sizeMin(field.type, version, flexible && !field.neverCompact)
  }
  return size
}
