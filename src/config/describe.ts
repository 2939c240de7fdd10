// What DescribeConfigs says of a key: effective value, where it comes from, the values it stands
// before, type, whether it may change. Pure: out of the tables, what was provided at the start, and
// what AlterConfigs has set since.
import { brokerConfigTable } from './broker-table.ts'
import { knownBrokerConfigTable } from './broker-known.ts'
import { brokerEntry, inheritedUnits, type BrokerConfig } from './broker-config.ts'
import { isSensitive, type ConfigEntry, type ConfigType } from './entry.ts'
import { groupBrokerKey, groupConfigTable } from './group-config.ts'
import { topicConfigTable, type TopicConfigEntry } from './topic-table.ts'

/** Where a value comes from, as the protocol numbers it. */
export const configSource = {
  topic: 1,
  dynamicBroker: 2,
  dynamicCluster: 3,
  staticBroker: 4,
  fallback: 5,
  group: 8,
} as const
export type ConfigSource = (typeof configSource)[keyof typeof configSource]

const unknownType = 0
/** The types of values, as the protocol numbers them. */
export const configTypeCodes: Readonly<Record<ConfigType, number>> = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
}

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

/**
 * One answer of DescribeConfigs; the handler leaves out synonyms and documentation that were not
 * asked for.
 */
export interface DescribedConfig extends Omit<ConfigSynonym, 'source'> {
  readonly readOnly: boolean
  readonly configSource: ConfigSource
  readonly isSensitive: boolean
  readonly synonyms: readonly ConfigSynonym[]
  readonly configType: number
  readonly documentation: string | null
}

/** What AlterConfigs has set for this broker, and for all brokers. */
export interface DynamicConfigs {
  readonly broker: ReadonlyMap<string, string>
  readonly cluster: ReadonlyMap<string, string>
}

/** What of both counts: a broker's own value comes before that of all brokers. */
export function inForce({ broker, cluster }: DynamicConfigs): Map<string, string> {
  return new Map([...cluster, ...broker])
}

/** The state that the answers are made of. */
export interface ConfigState {
  readonly broker: BrokerConfig
  readonly dynamic: DynamicConfigs
}

/** The cluster-wide settings that Kafka 4 writes when it formats a data directory (KIP-966). */
export function initialClusterConfigs(broker: BrokerConfig): ReadonlyMap<string, string> {
  return new Map([['min.insync.replicas', String(broker.minInsyncReplicas)]])
}

/** A topic's keys; `keys` null or empty: all. Unknown names are left out, as Kafka does. */
export function describeTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  state: ConfigState,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  const table: Readonly<Record<string, TopicConfigEntry<unknown>>> = topicConfigTable
  return selected(Object.entries(table), keys).flatMap(([name, entry]) => {
    const own = overrides.get(name)
    if (entry.internal && own === undefined) return []
    const { brokerKey } = entry
    const behind = brokerKey === null ? [] : brokerSynonyms(brokerKey, state)
    const inherited = brokerKey === null ? entry.fallback : brokerText(brokerKey, state)
    const value = own === undefined ? inherited : canonical(entry, own)
    const mine = own === undefined ? [] : [{ name, value, source: configSource.topic }]
    return [described(name, entry, { value, synonyms: [...mine, ...behind], readOnly: false })]
  })
}

/** A broker's keys, what was set and is not known included; `keys` null or empty: all. */
export function describeBrokerConfigs(
  state: ConfigState,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  const tables = { ...knownBrokerConfigTable, ...brokerConfigTable }
  const { broker, dynamic } = state
  const set = [...broker.provided.keys(), ...dynamic.broker.keys(), ...dynamic.cluster.keys()]
  const others = [...new Set(set)].filter((name) => !Object.hasOwn(tables, name))
  const known = selected(Object.entries<ConfigEntry<unknown>>(tables), keys).flatMap(
    ([name, entry]) => {
      const synonyms = brokerSynonyms(name, state)
      const isSet = state.broker.provided.has(name)
      if ((entry.internal || entry.unlisted === true) && !isSet) return []
      if (entry.unlisted === true) return [describedUnknown(name, synonyms)]
      const value = effectiveText(name, state)
      return [described(name, entry, { value, synonyms, readOnly: entry.update === 'read-only' })]
    },
  )
  const rest = others
    .filter((name) => isSelected(name, keys))
    .map((name) => {
      const [synonyms, entry] = [brokerSynonyms(name, state), brokerEntry(name)]
      if (entry === undefined) return describedUnknown(name, synonyms)
      return described(name, entry, {
        value: effectiveText(name, state),
        synonyms,
        readOnly: false,
      })
    })
  return [...known, ...rest]
}

/**
 * What is set for all brokers (the resource with the empty name); `keys` null or empty: all of
 * that.
 */
export function describeClusterConfigs(
  state: ConfigState,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  const names = [...state.dynamic.cluster.keys()].filter((name) => isSelected(name, keys))
  return names.map((name) => {
    const synonyms = brokerSynonyms(name, state).filter(
      ({ source }) => source === configSource.dynamicCluster,
    )
    const entry = brokerEntry(name)
    if (entry === undefined) return describedUnknown(name, synonyms)
    const value = state.dynamic.cluster.get(name) ?? null
    return described(name, entry, { value, synonyms, readOnly: entry.update === 'read-only' })
  })
}

/** A group's keys; `keys` null or empty: all. */
export function describeGroupConfigs(
  overrides: ReadonlyMap<string, string>,
  state: ConfigState,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  return selected(Object.entries(groupConfigTable), keys).flatMap(([name, entry]) => {
    const own = overrides.get(name)
    if (entry.internal && own === undefined) return []
    const brokerKey = groupBrokerKey(name)
    const inherited = brokerKey === null ? entry.fallback : effectiveText(brokerKey, state)
    const value = own === undefined ? inherited : canonical(entry, own)
    const mine = own === undefined ? [] : [{ name, value: own, source: configSource.group }]
    const behind =
      brokerKey === null
        ? [{ name, value: entry.fallback, source: configSource.fallback }]
        : brokerSynonyms(brokerKey, state)
    return [described(name, entry, { value, synonyms: [...mine, ...behind], readOnly: false })]
  })
}

/** A broker key's value as text: dynamic, then provided, then the default; null: unset. */
export function effectiveText(name: string, state: ConfigState): string | null {
  const entry = brokerEntry(name)
  const text =
    state.dynamic.broker.get(name) ??
    state.dynamic.cluster.get(name) ??
    state.broker.provided.get(name)?.value
  if (text === undefined) return entry?.fallback ?? null
  return entry === undefined ? text : canonical(entry, text)
}

/** What a broker key gives to topics: its value, else that of the keys that stand in for it. */
function brokerText(name: string, state: ConfigState): string | null {
  const own = effectiveText(name, state)
  if (own !== null) return own
  for (const { key, unitMs } of inheritedUnits[name] ?? []) {
    const text = effectiveText(key, state)
    if (text !== null) return unitMs === 1 ? text : String(Math.max(-1, Number(text) * unitMs))
  }
  return null
}

/** Keys that mean the same thing in different units, finest first. */
const sameMeaning: readonly (readonly string[])[] = [
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
]

function namesLike(name: string): readonly string[] {
  if (name === 'log.flush.interval.ms') return [name, 'log.flush.scheduler.interval.ms']
  return sameMeaning.find((names) => names.includes(name)) ?? [name]
}

/**
 * Every value that was given for a broker key or one that means the same, strongest first. Kafka
 * begins the list where the key itself is first named: `log.retention.hours` alone does not count
 * for `log.retention.ms`.
 */
function brokerSynonyms(name: string, state: ConfigState): readonly ConfigSynonym[] {
  const { broker, dynamic } = state
  const layers: readonly [ConfigSource, (key: string) => string | null | undefined][] = [
    [configSource.dynamicBroker, (key) => dynamic.broker.get(key)],
    [configSource.dynamicCluster, (key) => dynamic.cluster.get(key)],
    [configSource.staticBroker, (key) => broker.provided.get(key)?.value],
    [configSource.fallback, (key) => brokerEntry(key)?.fallback],
  ]
  const all = layers.flatMap(([source, valueOf]) =>
    namesLike(name).flatMap((key): readonly ConfigSynonym[] => {
      const value = valueOf(key) ?? null
      if (value === null) return []
      return [{ name: key, value: hides(key) ? null : value, source }]
    }),
  )
  const first = all.findIndex((synonym) => synonym.name === name)
  return first === -1 ? [] : all.slice(first)
}

interface Description {
  readonly value: string | null
  readonly synonyms: readonly ConfigSynonym[]
  readonly readOnly: boolean
}

function described(
  name: string,
  entry: ConfigEntry<unknown>,
  { value, synonyms, readOnly }: Description,
): DescribedConfig {
  const sensitive = isSensitive(entry.type)
  return {
    name,
    value: sensitive ? null : value,
    readOnly,
    configSource: synonyms[0]?.source ?? configSource.fallback,
    isSensitive: sensitive,
    synonyms,
    configType: configTypeCodes[entry.type],
    documentation: entry.doc,
  }
}

/** A key that was set and that nobody knows may hold a secret. */
function describedUnknown(name: string, synonyms: readonly ConfigSynonym[]): DescribedConfig {
  return {
    name,
    value: null,
    readOnly: true,
    configSource: synonyms[0]?.source ?? configSource.fallback,
    isSensitive: true,
    synonyms,
    configType: unknownType,
    documentation: null,
  }
}

function hides(name: string): boolean {
  const entry = brokerEntry(name)
  return entry === undefined || isSensitive(entry.type)
}

function canonical(entry: ConfigEntry<unknown>, text: string): string {
  const outcome = entry.parse(text)
  return outcome.ok ? outcome.text : text
}

function selected<E>(
  entries: readonly [string, E][],
  keys: readonly string[] | null,
): readonly [string, E][] {
  return entries.filter(([name]) => isSelected(name, keys))
}

function isSelected(name: string, keys: readonly string[] | null): boolean {
  return keys === null || keys.length === 0 || keys.includes(name)
}
