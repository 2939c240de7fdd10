// The encoder of a struct: straight-line writes with version checks. What was left out is written as its
// default, what a version cannot say is dropped.

import type { Field, PrimitiveType, StructType } from '../schema.ts'
import {
  bare,
  capital,
  indentBy,
  isVariable,
  local,
  parameter,
  type StructView,
} from './struct-view.ts'

export function emitEncoder(view: StructView): string {
  const { typeName } = view.plan
  const ordinary = view.fields.filter(([, field]) => field.tag === null)
  const tagged = view.fields.filter(([, field]) => field.tag !== null)
  const lines = ordinary.map(([name, field]) => encodeOrdinary(view, name, field))
  if (view.flexible !== 'false') lines.push(encodeTags(view, tagged))
  const body = view.flexibleLocal() + lines.join('\n')
  return (
    `export function encode${typeName}(\n  ${parameter('writer', body)}: Writer,\n` +
    `  ${parameter('message', body)}: ${typeName}Input,\n  ${parameter('version', body)}: number,\n` +
    `): void {\n${body}\n}\n`
  )
}

function encodeOrdinary(view: StructView, name: string, field: Field): string {
  const condition = view.condition(field.versions)
  const write = writeField(view, name, field, condition === '' ? '  ' : '    ', false)
  return condition === '' ? write : `  if (${condition}) {\n${write}\n  }`
}

/** Statements that write `message.name`, with its default where it was left out. */
function writeField(
  view: StructView,
  name: string,
  field: Field,
  indent: string,
  isTagged: boolean,
): string {
  const given = `message.${name}`
  const fallback = view.default(field)
  const isOptional = view.isOptional(field)
  const nulls = view.nullCondition(field)
  let value = given
  if (isOptional) {
    value =
      field.nullable !== null && fallback !== 'null'
        ? `(${given} === undefined ? ${fallback} : ${given})`
        : `(${given} ?? ${fallback})`
  }
  if (nulls === 'never') return writeValue(view, name, field, value, indent)
  const orNull = writeNullable(view, name, field, value, indent, isTagged)
  if (nulls === '') return orNull
  const nonNull = `(${given} ?? ${emptyValue(view, field)})`
  return (
    `${indent}if (${nulls}) {\n${indentBy(orNull, 2)}\n${indent}} else {\n` +
    `${indentBy(writeValue(view, name, field, nonNull, indent), 2)}\n${indent}}`
  )
}

/** What stands for null in a version that has none. */
function emptyValue(view: StructView, field: Field): string {
  return view.default({ ...field, defaultValue: undefined })
}

function writeNullable(
  view: StructView,
  name: string,
  field: Field,
  value: string,
  indent: string,
  isTagged: boolean,
): string {
  const { type } = field
  const compact = view.compact(field)
  if (type.kind !== 'array' && type.kind !== 'struct') {
    const method = type.kind === 'records' ? 'records' : `nullable${capital(type.kind)}`
    return `${indent}writer.${method}(${bare(value)}, ${compact})`
  }
  const [whenNull, before] =
    type.kind === 'array'
      ? [`writer.nullArray(${compact})`, '']
      : [`writer.int8(${isTagged ? 0 : -1})`, `${indent}  writer.int8(1)\n`]
  return (
    `${indent}const ${local(name)} = ${bare(value)}\n${indent}if (${local(name)} === null) {\n` +
    `${indent}  ${whenNull}\n${indent}} else {\n${before}` +
    `${writeValue(view, name, field, local(name), `${indent}  `)}\n${indent}}`
  )
}

/** Statements that write the value of an expression which is not null. */
function writeValue(
  view: StructView,
  name: string,
  field: Field,
  value: string,
  indent: string,
): string {
  const { type } = field
  const compact = view.compact(field)
  if (isErrorCode(name, type)) return `${indent}writer.errorCode(${bare(value)})`
  if (type.kind !== 'array') return indent + writeOne(view, type, value, compact)
  const item = `${name}Item`
  const named = /^\w+$/.test(value)
  const list = named ? value : local(name)
  return (
    (named ? '' : `${indent}const ${list} = ${bare(value)}\n`) +
    `${indent}writer.arrayLength(${list}.length, ${compact})\n` +
    `${indent}for (const ${item} of ${list}) {\n` +
    `${indent}  ${writeOne(view, type.element, item, compact)}\n${indent}}`
  )
}

/** Kafka counts these two in its metrics, and no other field that holds an error. */
function isErrorCode(name: string, type: Field['type']): boolean {
  return type.kind === 'int16' && (name === 'errorCode' || name === 'partitionErrorCode')
}

function writeOne(
  view: StructView,
  type: PrimitiveType | StructType,
  value: string,
  compact: string,
): string {
  if (type.kind === 'struct') {
    return `encode${view.struct(type).typeName}(writer, ${bare(value)}, version)`
  }
  return isVariable(type.kind)
    ? `writer.${type.kind}(${bare(value)}, ${compact})`
    : `writer.${type.kind}(${bare(value)})`
}

function encodeTags(view: StructView, tagged: readonly [string, Field][]): string {
  const indent = view.flexible === 'true' ? '  ' : '    '
  const wrap = (text: string) =>
    view.flexible === 'true' ? text : `  if (flexible) {\n${text}\n  }`
  if (tagged.length === 0) {
    const line = 'writer.emptyTags(message)'
    return view.flexible === 'true' ? `  ${line}` : `  if (flexible) ${line}`
  }
  const rising = tagged.toSorted(([, a], [, b]) => (a.tag ?? 0) - (b.tag ?? 0))
  const lines = [`${indent}let tags = writer.unknownTagCount(message)`]
  for (const [name, field] of rising) {
    const condition = view.condition(field.versions, view.flexibleVersions())
    const test = view.isPresent(`message.${name}`, field)
    const has = condition === '' ? test : `${condition} && ${test}`
    lines.push(`${indent}const has${capital(name)} = ${has}`)
    lines.push(`${indent}if (has${capital(name)}) tags++`)
  }
  lines.push(`${indent}writer.uvarint(tags)`)
  let from = 0
  for (const [name, field] of rising) {
    const tag = field.tag ?? 0
    if (tag > from) lines.push(`${indent}writer.unknownTags(message, ${from}, ${tag})`)
    lines.push(
      `${indent}if (has${capital(name)}) {`,
      `${indent}  const mark = writer.beginTag(${tag})`,
      writeField(view, name, field, `${indent}  `, true),
      `${indent}  writer.endTag(mark)`,
      `${indent}}`,
    )
    from = tag + 1
  }
  lines.push(`${indent}writer.unknownTags(message, ${from}, Infinity)`)
  return wrap(lines.join('\n'))
}
