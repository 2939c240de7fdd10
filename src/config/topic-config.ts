// The exactly typed configuration of a topic, out of topic-table.ts. A key that a topic does not
// set takes the broker's value (Kafka's synonyms); what is not set there either takes the default.
// Answers nothing about where a value came from: that is describe.ts.
import type { BrokerConfig } from './broker-config.ts'
import { camelCase, configProblem, type ConfigProblem, type ValuesOf } from './entry.ts'
import { topicConfigTable, type TopicConfigEntry } from './topic-table.ts'

export type TopicConfigName = keyof typeof topicConfigTable

/** A topic's effective configuration: a field per key, in camelCase, units as in the key's name. */
export type TopicConfig = ValuesOf<typeof topicConfigTable>

export function isTopicConfigName(name: string): name is TopicConfigName {
  return Object.hasOwn(topicConfigTable, name)
}

/**
 * A topic's effective configuration: its overrides, then the broker's values. Overrides were
 * validated when they were set; one that no longer reads (a data directory of another version)
 * counts as not set.
 */
export function resolveTopicConfig(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): TopicConfig {
  const brokerValues: Readonly<Record<string, unknown>> = { ...broker }
  const values: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries<TopicConfigEntry<unknown>>(topicConfigTable)) {
    const inherited =
      entry.brokerKey === null ? entry.unset : brokerValues[camelCase(entry.brokerKey)]
    const text = overrides.get(name)
    const own = text === undefined ? null : entry.parse(text)
    values[camelCase(name)] = own?.ok === true ? own.value : inherited
  }
  // The table's own types say what each field holds.
  const config = values as TopicConfig
  return { ...config, segmentBytes: config.internalSegmentBytes ?? config.segmentBytes }
}

/**
 * The configuration of `__cluster_metadata`: the broker's keys for it. Nothing of it is deleted by
 * age or size: its records go when a snapshot stands in for them.
 */
export function metadataTopicConfig(broker: BrokerConfig): TopicConfig {
  return {
    ...resolveTopicConfig(new Map(), broker),
    cleanupPolicy: { compact: false, delete: false },
    segmentBytes: broker.internalMetadataLogSegmentBytes ?? broker.metadataLogSegmentBytes,
    segmentMs: broker.metadataLogSegmentMs,
    retentionMs: -1,
    retentionBytes: -1,
  }
}

/** Why `name=value` cannot be a topic's override on its own, or null. */
export function validateTopicConfig(name: string, value: string | null): ConfigProblem | null {
  if (!isTopicConfigName(name)) {
    const message = `Unknown topic config name: ${name}`
    return { key: name, value, reason: 'There is no topic configuration of this name', message }
  }
  if (value === null)
    return configProblem(name, value, 'Null value not supported for topic configs')
  const outcome = topicConfigTable[name].parse(value)
  if (!outcome.ok) return configProblem(name, value, outcome.reason)
  if (name === 'remote.storage.enable' && outcome.value === true) {
    return configProblem(name, value, 'Tiered storage is not available in this broker')
  }
  return null
}

/** Why a topic cannot have this whole set of overrides (each alone, and together), or null. */
export function validateTopicConfigs(
  overrides: ReadonlyMap<string, string | null>,
  broker: BrokerConfig,
): ConfigProblem | null {
  const set = new Map<string, string>()
  for (const [name, value] of overrides) {
    const problem = validateTopicConfig(name, value)
    if (problem !== null) return problem
    if (value !== null) set.set(name, value)
  }
  const { minCompactionLagMs, maxCompactionLagMs } = resolveTopicConfig(set, broker)
  if (minCompactionLagMs > maxCompactionLagMs) {
    const conflict = `It must not be above max.compaction.lag.ms (${maxCompactionLagMs})`
    return configProblem('min.compaction.lag.ms', String(minCompactionLagMs), conflict)
  }
  return null
}

/** Kafka's defaults with some fields changed: for parts that are tested without a broker. */
export function topicConfigWith(changes: Partial<TopicConfig> = {}): TopicConfig {
  const values = Object.entries<TopicConfigEntry<unknown>>(topicConfigTable).map(
    ([name, entry]) => [camelCase(name), entry.unset] as const,
  )
  return { ...(Object.fromEntries(values) as TopicConfig), ...changes }
}
