// `ottla config`: the configuration that `ottla start` would have, and where each value comes from.
import { brokerEntry, type BrokerConfig } from '../config/broker-config.ts'
import { describeBrokerConfigs } from '../config/describe.ts'
import { isSensitive } from '../config/entry.ts'
import { loadConfig } from '../config/load.ts'
import { ConfigRefused } from '../config/refused.ts'
import type { ConfigCommand } from './flags.ts'
import { readSources, type SourcesHost } from './read-sources.ts'

export interface ConfigHost extends SourcesHost {
  readonly writeOut: (text: string) => void
  readonly writeError: (text: string) => void
}

interface Row {
  readonly key: string
  /** null: unset, or hidden. */
  readonly value: string | null
  /** `default`, or the place where it was set. */
  readonly source: string
  readonly hidden: boolean
}

/** The exit code: 0, or 1 when `start` would refuse. */
export function printConfig(command: ConfigCommand, host: ConfigHost): number {
  try {
    const { config } = loadConfig(readSources(command, host))
    const rows = rowsOf(config).filter(({ source }) => command.all || source !== 'default')
    host.writeOut(command.asJson ? asJson(rows) : asProperties(rows, command.all))
    return 0
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error
    host.writeError(`ottla: ${error.message}\n`)
    return 1
  }
}

function rowsOf(broker: BrokerConfig): readonly Row[] {
  const dynamic = { broker: new Map<string, string>(), cluster: new Map<string, string>() }
  return describeBrokerConfigs({ broker, dynamic }, null)
    .map(({ name, value, isSensitive: secret, synonyms }) => {
      const set = [name, ...synonyms.map((synonym) => synonym.name)].find((key) =>
        broker.provided.has(key),
      )
      const given = set === undefined ? undefined : broker.provided.get(set)
      const hidden = given !== undefined && secret && !isPlain(name)
      const through = set === undefined || set === name ? '' : `${set}, `
      const source = given === undefined ? 'default' : `${through}${given.origin}`
      const shown = hidden ? null : (value ?? given?.value ?? null)
      return { key: name, value: shown, source, hidden }
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** DescribeConfigs also hides what Kafka does not list; here that is shown. */
function isPlain(name: string): boolean {
  const entry = brokerEntry(name)
  return entry !== undefined && !isSensitive(entry.type)
}

/** A server.properties again: the source of a value is a comment above it. */
function asProperties(rows: readonly Row[], all: boolean): string {
  if (rows.length === 0) return '# every key has its default; --all prints them\n'
  const text = rows.map(({ key, value, source, hidden }) => {
    const line = hidden ? `#${key}= (hidden)` : `${value === null ? '#' : ''}${key}=${value ?? ''}`
    return `# ${source}\n${line.replaceAll('\\', '\\\\')}\n`
  })
  const rest = all ? '' : '# every other key has its default; --all prints them\n'
  return text.join('') + rest
}

function asJson(rows: readonly Row[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`
}
