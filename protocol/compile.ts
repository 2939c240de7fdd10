// Turns definitions into the source text of codecs: which files there are and what stands in each. How
// a struct becomes code is compiler/decoder.ts and compiler/encoder.ts.

import { emitDecoder } from './compiler/decoder.ts'
import { emitEncoder } from './compiler/encoder.ts'
import { emitDefaults, emitInterfaces } from './compiler/interfaces.ts'
import {
  nameStructs,
  overlap,
  visitStructs,
  type StructNames,
  type StructPlan,
} from './compiler/names.ts'
import { StructView } from './compiler/struct-view.ts'
import {
  banner,
  compileApiTable,
  compileRegistry,
  messagesOf,
  type DefinitionFile,
} from './compiler/tables.ts'
import type { Field, MessageDefinition, StructType } from './schema.ts'

/** The text of every file in protocol/codecs, by file name. */
export function compile(files: readonly DefinitionFile[]): Map<string, string> {
  const structs = nameStructs(files.flatMap(messagesOf))
  const output = new Map<string, string>()
  for (const file of files) output.set(`${file.stem}.ts`, compileFile(file, structs))
  output.set('index.ts', compileApiTable(files))
  output.set('registry.ts', compileRegistry(files))
  return output
}

function compileFile(file: DefinitionFile, names: StructNames): string {
  const parts: string[] = []
  for (const message of messagesOf(file)) {
    const plans: StructPlan[] = [messagePlan(message)]
    const seen = new Set<StructType>()
    visitStructs(message.fields, message.versions, (type) => {
      const plan = names.get(type)
      if (plan === undefined) throw new TypeError(`no name for struct ${type.name}`)
      if (!seen.has(type)) plans.push(plan)
      seen.add(type)
    })
    const compared = comparedStructs(plans, names)
    for (const plan of plans) {
      const view = new StructView(plan, names)
      parts.push(emitInterfaces(view), emitDecoder(view), emitEncoder(view))
      if (compared.has(plan)) parts.push(emitDefaults(view))
    }
  }
  const body = parts.join('\n')
  return `${banner}\n${importsFor(body)}\n${body}`
}

function messagePlan(message: MessageDefinition): StructPlan {
  const { name, fields, versions, flexibleFrom } = message
  return { typeName: name, fields, versions, flexibleFrom }
}

/** The structs whose default matters: those in tagged fields, and what they hold. */
function comparedStructs(plans: readonly StructPlan[], names: StructNames): Set<StructPlan> {
  const compared = new Set<StructPlan>()
  const add = (field: Field): void => {
    if (field.type.kind !== 'struct') return
    const plan = names.get(field.type)
    if (plan === undefined || compared.has(plan)) return
    compared.add(plan)
    for (const inner of Object.values(plan.fields)) add(inner)
  }
  for (const plan of plans) {
    for (const field of Object.values(plan.fields)) {
      const absentAsStruct = field.type.kind === 'struct' && field.defaultValue !== null
      const gated = overlap(field.versions, plan.versions)
      const always = gated?.from === plan.versions.from && gated.to === plan.versions.to
      if (absentAsStruct && (field.tag !== null || !always)) add(field)
    }
  }
  return compared
}

function importsFor(body: string): string {
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(body)
  const tagged = ['keepUnknownTaggedFields', 'type UnknownTaggedField'].filter((name) =>
    uses(name.replace('type ', '')),
  )
  const writer = uses('Records') ? 'Records, Writer' : 'Writer'
  const lines = [`import type { Reader } from '../reader.ts'`]
  if (tagged.length > 0) lines.push(`import { ${tagged.join(', ')} } from '../tagged-fields.ts'`)
  lines.push(`import type { ${writer} } from '../writer.ts'`)
  return lines.join('\n') + '\n'
}
