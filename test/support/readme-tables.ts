// README's tables of APIs and configuration are rendered from the code. `npm run docs` writes them
// anew; test/tidy/readme.test.ts holds README to them.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  brokerConfigDocument,
  differencesDocument,
  topicConfigDocument,
} from '../../src/config/document.ts'
import { documentApis } from '../../src/handlers/index.ts'

const readmePath = new URL('../../README.md', import.meta.url)

const tables = {
  apis: documentApis,
  differences: differencesDocument,
  configs: () =>
    `Of the broker:\n\n${brokerConfigDocument().trim()}\n\nOf a topic:\n\n${topicConfigDocument()}`,
}

/** The README with its tables as the code says now. */
export function withTables(readme: string): string {
  let text = readme
  for (const [name, render] of Object.entries(tables)) {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
    const start = text.indexOf(begin)
    const stop = text.indexOf(end)
    if (start < 0 || stop < start) throw new Error(`README.md has no place for the table ${name}`)
    text = `${text.slice(0, start + begin.length)}\n\n${render().trim()}\n\n${text.slice(stop)}`
  }
  return text
}

export function readReadme(): string {
  return readFileSync(readmePath, 'utf8')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(readmePath, withTables(readReadme()))
