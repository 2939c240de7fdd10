// The exactly typed configuration of the broker: parsed once, at the edge, out of what was
// provided. Nothing inside reads a string or checks a range again. Where values come from:
// sources.ts. What keys there are: broker-table.ts.
import { hourMs, minuteMs } from '../base/units.ts'
import { brokerConfigTable } from './broker-table.ts'
import { dynamicOnlyConfigTable, knownBrokerConfigTable } from './broker-known.ts'
import { camelCase, isSensitive, type ConfigEntry, type ValuesOf } from './entry.ts'
import { limitEntry, listenerLimits } from './listener-limits.ts'
import { listenerSecurity, prefixedEntry } from './listener-security.ts'
import {
  planHttpListeners,
  planListeners,
  type AdvertisedListener,
  type HttpListener,
  type Listener,
} from './listeners.ts'
import { ConfigRefused, hiddenValue, type Refusal } from './refused.ts'

export type { AdvertisedListener, HttpListener, Listener }

/** A value as it was given, and where, for messages. */
export interface ProvidedValue {
  readonly value: string
  readonly origin: string
}

/** Everything that was set, by Kafka's keys; later sources have replaced earlier ones. */
export type ProvidedConfig = ReadonlyMap<string, ProvidedValue>

type Settings = ValuesOf<typeof brokerConfigTable>

/** Keys that give way to a plainer field below. */
type Replaced =
  | 'listeners'
  | 'advertisedListeners'
  | 'logDir'
  | 'brokerId'
  | 'ottlaClusterId'
  | 'logRetentionMinutes'
  | 'logRetentionHours'
  | 'logRollHours'
  | 'logRollJitterHours'
  | 'listenerSecurityProtocolMap'
  | 'ottlaHttpListeners'

/**
 * The broker's configuration: a field per obeyed key, in camelCase, units as in the key's name;
 * and what follows from them.
 */
export interface BrokerConfig extends Omit<Settings, Replaced> {
  /** What a new data directory is marked with; null: a random id. */
  readonly clusterId: string | null
  readonly listeners: readonly Listener[]
  /** Addresses that answer HTTP alone. */
  readonly httpListeners: readonly HttpListener[]
  /** null: each client is told the address that it reached the broker by. */
  readonly advertisedListeners: readonly AdvertisedListener[] | null
  /** log.dirs, else log.dir; never empty. */
  readonly logDirs: readonly string[]
  /** -1: for ever. */
  readonly logRetentionMs: number
  readonly logRollMs: number
  readonly logRollJitterMs: number
  readonly logFlushIntervalMs: number
  /** offsets.retention.minutes in ms. */
  readonly offsetsRetentionMs: number
  /** No bound is Number.MAX_SAFE_INTEGER. */
  readonly queuedMaxRequestBytes: number
  /** Listeners that only KRaft's controllers would use: not opened. */
  readonly controllerOnlyListeners: readonly string[]
  /** What was set, for DescribeConfigs. */
  readonly provided: ProvidedConfig
}

/**
 * Where an unset key takes its value from, in this order, and how many ms one unit of that key is.
 */
export const inheritedUnits: Readonly<
  Record<string, readonly { readonly key: string; readonly unitMs: number }[]>
> = {
  'log.retention.ms': [
    { key: 'log.retention.minutes', unitMs: minuteMs },
    { key: 'log.retention.hours', unitMs: hourMs },
  ],
  'log.roll.ms': [{ key: 'log.roll.hours', unitMs: hourMs }],
  'log.roll.jitter.ms': [{ key: 'log.roll.jitter.hours', unitMs: hourMs }],
  'log.flush.interval.ms': [{ key: 'log.flush.scheduler.interval.ms', unitMs: 1 }],
}

/** The entry of a broker key, obeyed or only known. */
export function brokerEntry(name: string): ConfigEntry<unknown> | undefined {
  const obeyed: Readonly<Record<string, ConfigEntry<unknown>>> = brokerConfigTable
  if (Object.hasOwn(obeyed, name)) return obeyed[name]
  if (Object.hasOwn(dynamicOnlyConfigTable, name)) return dynamicOnlyConfigTable[name]
  if (Object.hasOwn(knownBrokerConfigTable, name)) return knownBrokerConfigTable[name]
  return prefixedEntry(name) ?? limitEntry(name)
}

/**
 * The configuration that was provided, exactly typed. @throws ConfigRefused naming every value
 * that cannot be obeyed
 */
export function brokerConfig(given: ProvidedConfig): BrokerConfig {
  const provided = withNodeId(given)
  const refusals: Refusal[] = []
  const settings = readSettings(provided, refusals)
  if (refusals.length > 0) throw new ConfigRefused(refusals)

  const plan = planListeners({
    listeners: settings.listeners,
    advertised: settings.advertisedListeners,
    protocolMap: settings.listenerSecurityProtocolMap,
    controllerNames: settings.controllerListenerNames,
  })
  if ('reason' in plan) {
    throw new ConfigRefused([{ ...plan, ...effective(plan.key, provided) }])
  }
  const httpListeners = planHttpListeners(settings.ottlaHttpListeners)
  if ('reason' in httpListeners) {
    const key = 'ottla.http.listeners'
    throw new ConfigRefused([{ key, ...httpListeners, ...effective(key, provided) }])
  }
  const listeners = plan.listeners.map((place) => ({
    ...place,
    security: listenerSecurity(place, provided, refusals),
    limits: listenerLimits(place, provided, refusals),
  }))
  if (refusals.length > 0) throw new ConfigRefused(refusals)
  const { logDir, brokerId, ottlaClusterId, ottlaHttpListeners: _, ...rest } = settings
  const config: BrokerConfig = {
    ...rest,
    clusterId: ottlaClusterId,
    listeners,
    httpListeners,
    advertisedListeners: plan.advertised,
    controllerOnlyListeners: plan.controllerOnly,
    logDirs: settings.logDirs ?? logDir,
    ...times(settings),
    queuedMaxRequestBytes: unlimitedBelowZero(settings.queuedMaxRequestBytes),
    provided,
  }
  const problem = crossCheck(config, brokerId)
  if (problem === null) return config
  throw new ConfigRefused([{ ...problem, ...effective(problem.key, provided) }])
}

/** A configuration out of Kafka's keys alone: for embedding and tests. @throws ConfigRefused */
export function brokerConfigWith(overrides: Readonly<Record<string, string>> = {}): BrokerConfig {
  const given = Object.entries(overrides).map(
    ([key, value]) => [key, { value, origin: 'given' }] as const,
  )
  return brokerConfig(new Map(given))
}

/**
 * The configuration after AlterConfigs: `dynamic` values, by Kafka's keys, before what was
 * provided at the start.
 */
export function withDynamicConfigs(
  config: BrokerConfig,
  dynamic: ReadonlyMap<string, string>,
): BrokerConfig {
  const values = new Map(config.provided)
  for (const [key, value] of dynamic) values.set(key, { value, origin: 'a dynamic configuration' })
  return { ...brokerConfig(values), provided: config.provided }
}

/**
 * node.id and broker.id are one thing under two names: each is taken for the other where only one
 * is set.
 */
function withNodeId(provided: ProvidedConfig): ProvidedConfig {
  const nodeId = provided.get('node.id')
  const brokerId = provided.get('broker.id')
  const id = nodeId ?? brokerId
  if (id === undefined || (nodeId !== undefined && brokerId !== undefined)) return provided
  return new Map([...provided, ['node.id', id], ['broker.id', id]])
}

function readSettings(provided: ProvidedConfig, refusals: Refusal[]): Settings {
  const settings: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries<ConfigEntry<unknown>>(brokerConfigTable)) {
    settings[camelCase(key)] = entry.unset
  }
  for (const [key, { value, origin }] of provided) {
    const entry = brokerEntry(key)
    const isOfListener = prefixedEntry(key) !== undefined || limitEntry(key) !== undefined
    if (entry === undefined || isOfListener) continue
    const outcome = entry.parse(value)
    if (outcome.ok) {
      settings[camelCase(key)] = outcome.value
      continue
    }
    const shown = isSensitive(entry.type) ? hiddenValue : value
    refusals.push({ key, value: shown, origin, reason: outcome.reason, remedy: remedyFor(entry) })
  }
  // The table's own types say what each field holds.
  return settings as Settings
}

function remedyFor(entry: ConfigEntry<unknown>): string {
  const allowed =
    entry.validValues === null || entry.validValues === '' ? '' : ` ${entry.validValues}`
  const fallback = entry.fallback === null || entry.fallback === '' ? 'unset' : entry.fallback
  return `It takes a value of type ${entry.type}${allowed}; the default is ${fallback}`
}

function times(
  settings: Settings,
): Pick<
  BrokerConfig,
  'logRetentionMs' | 'logRollMs' | 'logRollJitterMs' | 'logFlushIntervalMs' | 'offsetsRetentionMs'
> {
  const minutes = settings.logRetentionMinutes
  const retentionMs =
    settings.logRetentionMs ??
    (minutes === null ? settings.logRetentionHours * hourMs : minutes * minuteMs)
  return {
    logRetentionMs: retentionMs < 0 ? -1 : retentionMs,
    logRollMs: settings.logRollMs ?? settings.logRollHours * hourMs,
    logRollJitterMs: settings.logRollJitterMs ?? settings.logRollJitterHours * hourMs,
    logFlushIntervalMs: settings.logFlushIntervalMs ?? settings.logFlushSchedulerIntervalMs,
    offsetsRetentionMs: settings.offsetsRetentionMinutes * minuteMs,
  }
}

type CrossProblem = Pick<Refusal, 'key' | 'reason' | 'remedy'>

/** Values that are right alone and wrong together. */
function crossCheck(config: BrokerConfig, brokerId: number): CrossProblem | null {
  if (config.nodeId !== brokerId) {
    const reason = `it differs from node.id (${config.nodeId})`
    return { key: 'broker.id', reason, remedy: 'Set one of the two, or both to the same number' }
  }
  if (config.logDirs.length === 0) {
    const remedy = 'Name a directory, or leave the key out for ./ottla-data'
    return { key: 'log.dirs', reason: 'it names no directory', remedy }
  }
  if (config.logRetentionMs === 0) {
    const remedy = 'Use -1 to keep records for ever, or 1 and more'
    return { key: 'log.retention.ms', reason: 'nothing would be kept', remedy }
  }
  if (config.logRollMs < 1) {
    return { key: 'log.roll.ms', reason: 'it is below 1', remedy: 'Use 1 and more' }
  }
  if (config.logRollJitterMs < 0) {
    return { key: 'log.roll.jitter.ms', reason: 'it is below 0', remedy: 'Use 0 and more' }
  }
  if (config.logCleanerMinCompactionLagMs > config.logCleanerMaxCompactionLagMs) {
    const reason = 'it is above log.cleaner.max.compaction.lag.ms'
    return { key: 'log.cleaner.min.compaction.lag.ms', reason, remedy: 'Lower it' }
  }
  if (config.groupMinSessionTimeoutMs > config.groupMaxSessionTimeoutMs) {
    const reason = 'it is above group.max.session.timeout.ms'
    return { key: 'group.min.session.timeout.ms', reason, remedy: 'Lower it' }
  }
  return null
}

function effective(key: string, provided: ProvidedConfig): ProvidedValue {
  const fallback = brokerEntry(key)?.fallback ?? ''
  return provided.get(key) ?? { value: fallback, origin: 'default' }
}

function unlimitedBelowZero(bytes: number): number {
  return bytes < 0 ? Number.MAX_SAFE_INTEGER : bytes
}
