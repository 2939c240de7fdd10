// The structs of all messages: what they are called in the generated code, and in which versions of
// their message they can occur.

import type { Field, Fields, MessageDefinition, StructType, VersionRange } from '../schema.ts'

/** A struct inside a message, or the message itself. */
export interface StructPlan {
  readonly typeName: string
  readonly fields: Fields
  /** The versions in which the struct can occur at all. */
  readonly versions: VersionRange
  readonly flexibleFrom: number
}

export type StructNames = ReadonlyMap<StructType, StructPlan>

/**
 * Kafka's name of a struct is kept where it is the only one of that name and says enough (two words);
 * otherwise the message's name goes in front of it.
 */
export function nameStructs(messages: readonly MessageDefinition[]): StructNames {
  const uses = new Map<string, number>(messages.map((message) => [message.name, 1]))
  const owners = new Map<StructType, { message: MessageDefinition; versions: VersionRange }>()
  for (const message of messages) {
    visitStructs(message.fields, message.versions, (type, versions) => {
      const owner = owners.get(type)
      if (owner === undefined) uses.set(type.name, (uses.get(type.name) ?? 0) + 1)
      const known = owner?.versions ?? versions
      const from = Math.min(known.from, versions.from)
      owners.set(type, { message, versions: { from, to: Math.max(known.to, versions.to) } })
    })
  }
  const plans = new Map<StructType, StructPlan>()
  for (const [type, { message, versions }] of owners) {
    const isOneWord = /^[A-Z][a-z]*$/.test(type.name)
    const isUnique = uses.get(type.name) === 1
    const typeName = isUnique && !isOneWord ? type.name : message.name + type.name
    plans.set(type, { typeName, fields: type.fields, versions, flexibleFrom: message.flexibleFrom })
  }
  return plans
}

export function visitStructs(
  fields: Fields,
  around: VersionRange,
  visit: (type: StructType, versions: VersionRange) => void,
): void {
  for (const field of Object.values(fields)) {
    const type = structOf(field)
    const versions = overlap(field.versions, around)
    if (type === null || versions === null) continue
    visit(type, versions)
    visitStructs(type.fields, versions, visit)
  }
}

function structOf(field: Field): StructType | null {
  const type = field.type.kind === 'array' ? field.type.element : field.type
  return type.kind === 'struct' ? type : null
}

export function overlap(a: VersionRange, b: VersionRange): VersionRange | null {
  const from = Math.max(a.from, b.from)
  const to = Math.min(a.to, b.to)
  return from > to ? null : { from, to }
}
