// `npm run generate`: writes protocol/codecs from protocol/messages. A tool, not part of the broker.

import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { compile } from './compile.ts'
import type { DefinitionFile } from './compiler/tables.ts'
import type { ApiDefinition, MessageDefinition } from './schema.ts'

const messagesFolder = new URL('./messages/', import.meta.url)
const codecsFolder = new URL('./codecs/', import.meta.url)

/** Every definition of protocol/messages, file by file. */
export async function loadDefinitions(): Promise<DefinitionFile[]> {
  const names = readdirSync(messagesFolder).filter((name) => name.endsWith('.ts'))
  const files: DefinitionFile[] = []
  for (const name of names.toSorted()) {
    const module: unknown = await import(new URL(name, messagesFolder).href)
    const values: unknown[] = Object.values(Object(module))
    files.push({
      stem: name.slice(0, -'.ts'.length),
      apis: values.filter(isApi),
      messages: values.filter(isMessage).toSorted(byRecordType),
    })
  }
  return files
}

function isApi(value: unknown): value is ApiDefinition {
  return typeof value === 'object' && value !== null && 'request' in value && 'response' in value
}

function isMessage(value: unknown): value is MessageDefinition {
  return typeof value === 'object' && value !== null && 'recordType' in value
}

/** A module's exports have no order of their own. */
function byRecordType(a: MessageDefinition, b: MessageDefinition): number {
  return (a.recordType ?? 0) - (b.recordType ?? 0) || (a.name < b.name ? -1 : 1)
}

async function generate(): Promise<void> {
  const output = compile(await loadDefinitions())
  for (const name of readdirSync(codecsFolder)) {
    if (!output.has(name)) rmSync(new URL(name, codecsFolder))
  }
  for (const [name, text] of output) writeFileSync(new URL(name, codecsFolder), text)
}

const script = process.argv[1]
if (script !== undefined && import.meta.url === pathToFileURL(script).href) await generate()
