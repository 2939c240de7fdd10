// What decoder and encoder ask about the fields of one struct: types, defaults, version checks, all as
// source text. And the small helpers for names and text that both of them need.

import type { Field, PrimitiveKind, PrimitiveType, StructType, VersionRange } from '../schema.ts'
import { overlap, type StructNames, type StructPlan } from './names.ts'

/** Lines of generated code are broken here where that is easily done. */
export const lineMax = 100

const zeroValues: Record<PrimitiveKind, string> = {
  bool: 'false',
  int8: '0',
  int16: '0',
  uint16: '0',
  int32: '0',
  uint32: '0',
  int64: '0',
  float64: '0',
  string: `''`,
  bytes: 'Buffer.alloc(0)',
  records: 'Buffer.alloc(0)',
  uuid: `'AAAAAAAAAAAAAAAAAAAAAA'`,
}

/** Names that the emitted functions use for themselves. */
const takenNames = new Set(
  'reader writer version flexible message unknown tags tag left mark length delete default package static interface'.split(
    ' ',
  ),
)

/** One struct and its fields, those that no version carries left out. */
export class StructView {
  readonly plan: StructPlan
  readonly names: StructNames
  readonly fields: [string, Field][]
  /** 'true', 'false', or 'flexible': the local of that name knows. */
  readonly flexible: string

  constructor(plan: StructPlan, names: StructNames) {
    this.plan = plan
    this.names = names
    this.fields = Object.entries(plan.fields).filter(
      ([, field]) => overlap(field.versions, plan.versions) !== null,
    )
    const { from, to } = plan.versions
    this.flexible =
      plan.flexibleFrom <= from ? 'true' : plan.flexibleFrom > to ? 'false' : 'flexible'
  }

  /** The TypeScript type of the field. */
  type(field: Field, side: 'decoded' | 'input'): string {
    const { type } = field
    const or = field.nullable === null ? '' : ' | null'
    if (type.kind !== 'array') return this.elementType(type, side) + or
    const element = this.elementType(type.element, side)
    return (side === 'input' ? `readonly ${element}[]` : `${element}[]`) + or
  }

  elementType(type: PrimitiveType | StructType, side: 'decoded' | 'input'): string {
    switch (type.kind) {
      case 'struct':
        return this.struct(type).typeName + (side === 'input' ? 'Input' : '')
      case 'records':
        return side === 'input' ? 'Records' : 'Buffer'
      case 'bytes':
        return 'Buffer'
      case 'bool':
        return 'boolean'
      case 'string':
      case 'uuid':
        return 'string'
      default:
        return 'number'
    }
  }

  struct(type: StructType): StructPlan {
    const plan = this.names.get(type)
    if (plan === undefined) throw new TypeError(`no name for struct ${type.name}`)
    return plan
  }

  /** The line that works out once whether this version is flexible. */
  flexibleLocal(): string {
    return this.flexible === 'flexible'
      ? `  const flexible = version >= ${this.plan.flexibleFrom}\n`
      : ''
  }

  /** Whether whoever encodes may leave the field out. */
  isOptional(field: Field): boolean {
    const gated = this.condition(field.versions) !== ''
    return gated || field.tag !== null || field.defaultValue !== undefined
  }

  /** The check that `version` is one of `versions`; '' where it always is. */
  condition(versions: VersionRange, within = this.plan.versions): string {
    const checks: string[] = []
    if (versions.from > within.from && versions.from === versions.to) {
      return versions.to < within.to
        ? `version === ${versions.from}`
        : `version >= ${versions.from}`
    }
    if (versions.from > within.from) checks.push(`version >= ${versions.from}`)
    if (versions.to < within.to) checks.push(`version <= ${versions.to}`)
    return checks.join(' && ')
  }

  /** Whether lengths are compact: true, false or the local that knows. */
  compact(field: Field): string {
    if (field.neverCompact) return 'false'
    if (this.flexible !== 'flexible') return this.flexible
    // Some fields only exist where every version is flexible.
    return field.versions.from >= this.plan.flexibleFrom
      ? 'true'
      : field.versions.to < this.plan.flexibleFrom
        ? 'false'
        : 'flexible'
  }

  /** The check that the field may be null: '' where it always may, 'never' where it never may. */
  nullCondition(field: Field): string {
    if (field.nullable === null) return 'never'
    const within = overlap(field.versions, this.plan.versions)
    return this.condition(field.nullable, within ?? this.plan.versions)
  }

  /** What the field is when it is not on the wire, as an expression. */
  default(field: Field): string {
    const { defaultValue, type } = field
    if (defaultValue === null) return 'null'
    if (type.kind === 'array') return '[]'
    if (type.kind === 'struct') return `default${this.struct(type).typeName}`
    if (defaultValue === undefined) return zeroValues[type.kind]
    if (defaultValue === 'maxInt64') return 'Number.MAX_SAFE_INTEGER'
    return typeof defaultValue === 'string' ? `'${defaultValue}'` : String(defaultValue)
  }

  /** The test that a value differs from the default, so that it has to be written. */
  isPresent(value: string, field: Field): string {
    const { type, defaultValue } = field
    const given = `${value} !== undefined`
    if (defaultValue === null) return `${given} && ${value} !== null`
    const orNull = field.nullable === null ? '' : `${value} === null || `
    const parens = (test: string) => (orNull === '' ? test : `(${orNull}${test})`)
    if (type.kind === 'struct') {
      return `${given} && ${parens(`!isDefault${this.struct(type).typeName}(${value})`)}`
    }
    if (type.kind === 'array' || type.kind === 'bytes') {
      return `${given} && ${parens(`${value}.length > 0`)}`
    }
    return `${given} && ${value} !== ${this.default(field)}`
  }

  /** The versions that have a tag section. */
  flexibleVersions(): VersionRange {
    const { versions, flexibleFrom } = this.plan
    return { from: Math.max(versions.from, flexibleFrom), to: versions.to }
  }
}

export function isVariable(kind: PrimitiveKind): boolean {
  return kind === 'string' || kind === 'bytes' || kind === 'records'
}

export function local(name: string): string {
  return takenNames.has(name) ? `${name}Value` : name
}

/** The name of a parameter, marked where `body` does not use it (a field of that name is no use). */
export function parameter(name: string, body: string): string {
  return new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(body) ? name : `_${name}`
}

/** Without the parentheses around the whole. */
export function bare(expression: string): string {
  return /^\([^()]*\)$/.test(expression) ? expression.slice(1, -1) : expression
}

export function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

export function indentBy(text: string, spaces: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(spaces))
}
