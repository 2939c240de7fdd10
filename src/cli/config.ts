// `ottla config`: the configuration that `ottla start` would have, and where each value comes from: also what was set
// while a broker ran, which its data directory keeps.
import { brokerEntry, type BrokerConfig } from '../config/broker-config.ts'
import { configSource, describeBrokerConfigs, describeTopicConfigs } from '../config/describe.ts'
import type { ConfigState, DescribedConfig } from '../config/describe.ts'
import { isSensitive } from '../config/entry.ts'
import { LiveConfig } from '../config/live-config.ts'
import { loadConfig } from '../config/load.ts'
import { ConfigRefused } from '../config/refused.ts'
import type { MetadataImage } from '../catalog/image.ts'
import type { ConfigCommand } from './flags.ts'
import { readSources, type SourcesHost } from './read-sources.ts'

/** What a command that explains a configuration needs of the process. */
export interface ExplainHost extends SourcesHost {
  readonly writeOut: (text: string) => void
  readonly writeError: (text: string) => void
}

export interface ConfigHost extends ExplainHost {
  /** The metadata in the first of these directories that has some. */
  readonly readMetadata: (directories: readonly string[]) => Promise<MetadataImage | null>
}

interface Row {
  /** The topic whose configuration it is; absent: the broker's. */
  readonly topic?: string
  readonly key: string
  /** null: unset, or hidden. */
  readonly value: string | null
  /** `default`, or the place where it was set. */
  readonly source: string
  readonly hidden: boolean
}

/** The exit code: 0, or 1 when `start` would refuse, or a topic is not there. */
export async function printConfig(command: ConfigCommand, host: ConfigHost): Promise<number> {
  try {
    const { config } = loadConfig(readSources(command, host))
    const image = await metadataOf(config, host)
    const state = stateOf(config, image, host)
    const rows = brokerRows(state)
    for (const topic of command.topics) {
      const found = image?.topic(topic)
      if (found === undefined) {
        const places = config.metadataLogDir ?? config.logDirs.join(', ')
        host.writeError(`ottla: the data directory has no topic "${topic}": ${places}\n`)
        return 1
      }
      rows.push(...topicRows(topic, describeTopicConfigs(found.configs, state, null)))
    }
    const shown = rows.filter(({ source }) => command.all || source !== 'default')
    host.writeOut(command.asJson ? asJson(shown) : asProperties(shown, command.all))
    return 0
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error
    host.writeError(`ottla: ${error.message}\n`)
    return 1
  }
}

/** Where metadata cannot be read, what was set at the start is told all the same. */
async function metadataOf(
  { logDirs, metadataLogDir }: BrokerConfig,
  host: ConfigHost,
): Promise<MetadataImage | null> {
  try {
    return await host.readMetadata(metadataLogDir === null ? logDirs : [metadataLogDir])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    host.writeError(`ottla: what was set while a broker ran is not shown: ${reason}\n`)
    return null
  }
}

/** What the broker takes of dynamic values: those that do not fit this start are left out, and named. */
function stateOf(
  started: BrokerConfig,
  image: MetadataImage | null,
  host: ConfigHost,
): ConfigState {
  const live = new LiveConfig(started)
  const stored = {
    broker: image?.configs('broker', String(started.nodeId)) ?? new Map<string, string>(),
    cluster: image?.configs('broker', '') ?? new Map<string, string>(),
  }
  const leftOut = live.update(stored)
  for (const key of leftOut) {
    host.writeError(`ottla: the dynamic value of ${key} does not fit, and is left out\n`)
  }
  const taken = (values: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
    new Map([...values].filter(([key]) => !leftOut.includes(key)))
  const dynamic = { broker: taken(stored.broker), cluster: taken(stored.cluster) }
  return { broker: live.current, dynamic }
}

const dynamicSources: Partial<Record<number, string>> = {
  [configSource.topic]: 'set for the topic',
  [configSource.dynamicBroker]: 'set for this broker, while it ran',
  [configSource.dynamicCluster]: 'set for all brokers, while one ran',
}

function brokerRows(state: ConfigState): Row[] {
  return describeBrokerConfigs(state, null)
    .map((described) => {
      const { name, synonyms } = described
      const [strongest] = synonyms
      const dynamic = dynamicSources[strongest?.source ?? configSource.fallback]
      if (strongest !== undefined && dynamic !== undefined) {
        return dynamicRow(described, `${through(name, strongest.name)}${dynamic}`)
      }
      return startedRow(described, state.broker)
    })
    .sort(byKey)
}

function dynamicRow({ name, value, isSensitive: hidden }: DescribedConfig, source: string): Row {
  return { key: name, value: hidden ? null : value, source, hidden }
}

/** A value of the start, or a default. */
function startedRow(described: DescribedConfig, { provided }: BrokerConfig): Row {
  const { name, value, isSensitive: secret, synonyms } = described
  const set = [name, ...synonyms.map((synonym) => synonym.name)].find((key) => provided.has(key))
  const given = set === undefined ? undefined : provided.get(set)
  const hidden = given !== undefined && secret && !isPlain(name)
  const source = given === undefined ? 'default' : `${through(name, set)}${given.origin}`
  const shown = hidden ? null : (value ?? given?.value ?? null)
  return { key: name, value: shown, source, hidden }
}

/** What a topic takes from its broker is told by the key that gives it. */
function topicRows(topic: string, described: readonly DescribedConfig[]): readonly Row[] {
  return described
    .map((config) => {
      const strongest = config.synonyms.find(({ source }) => source !== configSource.fallback)
      const from =
        strongest === undefined
          ? 'default'
          : (dynamicSources[strongest.source] ?? 'set for the broker')
      const source =
        strongest === undefined ? from : `${through(config.name, strongest.name)}${from}`
      return { topic, ...dynamicRow(config, source) }
    })
    .sort(byKey)
}

function byKey(left: Row, right: Row): number {
  return left.key < right.key ? -1 : 1
}

/** The key that was set, where it is another. */
function through(name: string, set: string | undefined): string {
  return set === undefined || set === name ? '' : `${set}, `
}

/** DescribeConfigs also hides what Kafka does not list; here that is shown. */
function isPlain(name: string): boolean {
  const entry = brokerEntry(name)
  return entry !== undefined && !isSensitive(entry.type)
}

/** A server.properties again: the source of a value is a comment above it. */
function asProperties(rows: readonly Row[], all: boolean): string {
  if (rows.length === 0) return '# every key has its default; --all prints them\n'
  const text = rows.map(({ topic, key, value, source, hidden }) => {
    const of = topic === undefined ? '' : `topic ${topic}: `
    const line = hidden ? `#${key}= (hidden)` : `${value === null ? '#' : ''}${key}=${value ?? ''}`
    return `# ${of}${source}\n${line.replaceAll('\\', '\\\\')}\n`
  })
  const rest = all ? '' : '# every other key has its default; --all prints them\n'
  return text.join('') + rest
}

function asJson(rows: readonly Row[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`
}
