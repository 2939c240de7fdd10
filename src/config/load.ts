// From sources to a configuration, and what to tell the user about it: one warning per unknown key,
// one line for the plumbing that one node does not need, one warning for what is asked for and not
// served.
import {
  brokerConfig,
  brokerEntry,
  type BrokerConfig,
  type Listener,
  type ProvidedConfig,
} from './broker-config.ts'
import { brokerConfigTable } from './broker-table.ts'
import { prefixedEntry } from './listener-security.ts'
import { concernOf } from './broker-known.ts'
import { standardAuthorizerClass } from './kinds.ts'
import { nearestKey } from './nearest-key.ts'
import { ignoredVariables, provide, type ConfigSources } from './sources.ts'
import { topicConfigTable } from './topic-table.ts'

/** A line for the log. */
export interface ConfigNotice {
  readonly level: 'info' | 'warn'
  readonly fields: Readonly<Record<string, unknown>>
  readonly event: string
}

export interface LoadedConfig {
  readonly config: BrokerConfig
  readonly notices: readonly ConfigNotice[]
}

/** Reads all sources. @throws ConfigRefused naming every value that cannot be obeyed */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const provided = provide(sources)
  const config = brokerConfig(provided)
  const notices = [...noticesOf(provided, config), ...environmentNotices(sources)]
  return { config, notices }
}

/** What was said to the scripts of a container image, and reaches nobody here. */
function environmentNotices({ environment }: ConfigSources): readonly ConfigNotice[] {
  const { security, other } = ignoredVariables(environment)
  const notices: ConfigNotice[] = []
  if (security.length > 0) {
    const remedy = 'set the keys of the listener instead (KAFKA_SSL_..., KAFKA_SASL_...)'
    const event = 'environment variables about logins and certificates are not obeyed'
    notices.push({ level: 'warn', fields: { variables: security, remedy }, event })
  }
  if (other.length > 0) {
    const event = 'environment variables without meaning here are ignored'
    notices.push({ level: 'info', fields: { variables: other }, event })
  }
  return notices
}

function noticesOf(provided: ProvidedConfig, config: BrokerConfig): readonly ConfigNotice[] {
  const notices: ConfigNotice[] = []
  const plumbing: string[] = config.controllerOnlyListeners.map((text) => `listeners ${text}`)
  const unsupported: string[] = []
  for (const [key, { origin }] of provided) {
    if (prefixedEntry(key) !== undefined) continue
    if (Object.hasOwn(brokerConfigTable, key)) {
      if (key === 'controller.listener.names') plumbing.push(key)
      continue
    }
    const concern = concernOf(key)
    if (concern === 'plumbing') plumbing.push(key)
    else if (concern === 'unsupported') unsupported.push(key)
    else notices.push(unknownKey(key, origin))
  }
  const authorizer = provided.get('authorizer.class.name')?.value.trim() ?? ''
  if (authorizer !== standardAuthorizerClass && config.authorizerClassName === 'standard') {
    const fields = { given: authorizer, means: standardAuthorizerClass }
    notices.push({ level: 'info', fields, event: 'older name of the authorizer understood' })
  }
  if (unsupported.length > 0) {
    const remedy = 'remove these keys, or do not rely on them: this version does not serve them'
    const fields = { keys: unsupported, remedy }
    notices.push({ level: 'warn', fields, event: 'configuration keys without effect' })
  }
  const open = config.listeners.filter(isOpenToOthers).map(({ text }) => text)
  if (open.length > 0) {
    const remedy =
      'map them to SASL_SSL (or SSL with ssl.client.auth=required), or listen on localhost'
    const event = 'other machines can use this broker without logging in'
    notices.push({ level: 'warn', fields: { listeners: open, remedy }, event })
  }
  if (plumbing.length > 0) {
    const event = 'configuration that one node does not need is ignored'
    notices.push({ level: 'info', fields: { keys: plumbing }, event })
  }
  return notices
}

/** Bound beyond this machine, and nobody need say who they are. */
function isOpenToOthers({ hosts, security }: Listener): boolean {
  const isLocal = hosts.every((host) => host === '::1' || host.startsWith('127.'))
  return !isLocal && security.sasl === null && security.tls?.clientAuth !== 'required'
}

function unknownKey(key: string, origin: string): ConfigNotice {
  const fields = { key, origin, remedy: remedyFor(key) }
  return { level: 'warn', fields, event: 'unknown configuration key' }
}

/** What to do about a key that is unknown. */
function remedyFor(key: string): string {
  const topic: Readonly<Record<string, { readonly brokerKey: string | null }>> = topicConfigTable
  const brokerKey = Object.hasOwn(topic, key) ? (topic[key]?.brokerKey ?? null) : null
  if (brokerKey !== null && brokerEntry(brokerKey) !== undefined) {
    return `this is a topic's key; for all topics set ${brokerKey}`
  }
  const meant = nearestKey(key)
  return meant === null ? 'check its spelling; it has no effect' : `did you mean ${meant}?`
}
