// The types of a struct: as decoded, as encoded, and its default where a tagged field may be absent.

import type { Field } from '../schema.ts'
import type { StructView } from './struct-view.ts'

/** Two interfaces: all fields as decoded; and for encoding, where what has a default may be left out. */
export function emitInterfaces(view: StructView): string {
  const { typeName } = view.plan
  const decoded = view.fields.map(
    ([name, field]) =>
      `  readonly ${name}: ${view.type(field, 'decoded')}${versionNote(view, field)}`,
  )
  const input = view.fields.map(([name, field]) => {
    const type = view.type(field, 'input')
    return view.isOptional(field)
      ? `  readonly ${name}?: ${type} | undefined`
      : `  readonly ${name}: ${type}`
  })
  return [
    `export interface ${typeName} {\n${decoded.join('\n')}\n}\n`,
    `/** ${typeName} as it is encoded: what has a default may be left out. */`,
    `export interface ${typeName}Input {\n${input.join('\n')}\n}\n`,
  ].join('\n')
}

function versionNote(view: StructView, field: Field): string {
  const note = view.condition(field.versions)
  if (note === '') return ''
  const { from, to } = field.versions
  if (to === Infinity) return ` // v${from}+`
  return from === to ? ` // v${from}` : ` // v${from}-${to}`
}

/** The struct of defaults, and the test that a struct is no different from it. */
export function emitDefaults(view: StructView): string {
  const { typeName } = view.plan
  const values = view.fields.map(([name, field]) => `  ${name}: ${view.default(field)},`)
  const tests = view.fields.map(
    ([name, field]) => `    !(${view.isPresent(`message.${name}`, field)})`,
  )
  return [
    `const default${typeName}: ${typeName} = {\n${values.join('\n')}\n}\n`,
    `function isDefault${typeName}(message: ${typeName}Input): boolean {`,
    `  return (\n${tests.join(' &&\n')}\n  )\n}\n`,
  ].join('\n')
}
