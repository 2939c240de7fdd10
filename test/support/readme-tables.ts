// The tables of README and docs are rendered from the code. `npm run docs` writes them anew;
// test/tidy/readme.test.ts holds the pages to them.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  documentCold,
  documentMicro,
  documentScale,
  documentSoak,
  documentVersus,
  documentVersusWithPlot,
} from '../../bench/readme-tables.ts'
import {
  brokerConfigDocument,
  differencesDocument,
  topicConfigDocument,
} from '../../src/config/document.ts'
import { documentAuthorization } from '../../src/handlers/authorization-table.ts'
import { documentApis } from '../../src/handlers/index.ts'
import { documentMetrics } from '../../src/monitoring/metrics.ts'
import { documentCrashMatrix } from '../simulation/crash-matrix.ts'
import { documentToolStates } from './tool-docs.ts'

interface Page {
  readonly path: URL
  readonly tables: Readonly<Record<string, () => string>>
}

/** Rendered here, as the tools are loaded one by one. */
const toolStates = await documentToolStates()

/** The pages that have tables, and what renders each. */
export const pages: readonly Page[] = [
  {
    path: new URL('../../README.md', import.meta.url),
    tables: {
      bench: documentVersus,
      tools: () => toolStates,
      apis: documentApis,
      differences: differencesDocument,
    },
  },
  {
    path: new URL('../../docs/configuration.md', import.meta.url),
    tables: {
      configs: () =>
        `## Of the broker\n\n${brokerConfigDocument().trim()}\n\n## Of a topic\n\n${topicConfigDocument()}`,
    },
  },
  {
    path: new URL('../../bench/README.md', import.meta.url),
    tables: {
      versus: documentVersusWithPlot,
      cold: documentCold,
      scale: documentScale,
      micro: documentMicro,
      soak: documentSoak,
    },
  },
  {
    path: new URL('../../docs/authorization.md', import.meta.url),
    tables: { authorization: documentAuthorization },
  },
  {
    path: new URL('../../docs/metrics.md', import.meta.url),
    tables: { metrics: documentMetrics },
  },
  {
    path: new URL('../../docs/durability.md', import.meta.url),
    tables: { 'crash-matrix': documentCrashMatrix },
  },
]

export function readPage({ path }: Page): string {
  return readFileSync(path, 'utf8')
}

/** The page with its tables as the code says now. */
export function withTables(page: Page): string {
  let text = readPage(page)
  for (const [name, render] of Object.entries(page.tables)) {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
    const start = text.indexOf(begin)
    const stop = text.indexOf(end)
    if (start < 0 || stop < start)
      throw new Error(`${page.path} has no place for the table ${name}`)
    text = `${text.slice(0, start + begin.length)}\n\n${render().trim()}\n\n${text.slice(stop)}`
  }
  return text
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of pages) writeFileSync(page.path, withTables(page))
}
