// What AlterConfigs and IncrementalAlterConfigs decide: from the image and a change of one resource
// to records or a refusal, as Kafka's controller decides. Pure.
import { assert } from '../base/assert.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { brokerEntry, withDynamicConfigs } from '../config/broker-config.ts'
import { validateClientMetrics } from '../config/client-metrics-config.ts'
import { effectiveText, inForce } from '../config/describe.ts'
import { dynamicConfigProblem } from '../config/dynamic-configs.ts'
import type { ConfigEntry } from '../config/entry.ts'
import { validateGroupConfigs } from '../config/group-config.ts'
import { isTopicConfigName, validateTopicConfigs } from '../config/topic-config.ts'
import { topicConfigTable } from '../config/topic-table.ts'
import type { TopicImage } from './image.ts'
import { configRecord } from './records.ts'
import type { ConfigResource, MetadataRecord } from './records.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { topicNameProblem } from './topic-names.ts'

/** The operations of IncrementalAlterConfigs, as the protocol numbers them. */
export const configOperation = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/** One key of a change. `operation` is what the client sent, and may be none of `configOperation`. */
export interface ConfigOperation {
  readonly key: string
  readonly operation: number
  readonly value: string | null
}

export interface ConfigChange {
  readonly resource: ConfigResource
  /** Of a broker: its id, or '' for all brokers. */
  readonly name: string
  readonly operations: readonly ConfigOperation[]
  /** True: what the operations do not set is removed (AlterConfigs). */
  readonly replacesAll: boolean
}

/** What the decision looks up. */
export interface ConfigView {
  topic(name: string): TopicImage | undefined
  configs(resource: ConfigResource, name: string): ReadonlyMap<string, string>
  readonly features: ReadonlyMap<string, number>
}

export type ConfigPlan =
  { readonly refusal: Refusal } | { readonly refusal: null; readonly records: MetadataRecord[] }

type Values = ReadonlyMap<string, string>

/** The node that a change is for. */
export interface ChangedNode {
  readonly nodeId: number
  /** Its configuration now. */
  readonly broker: BrokerConfig
  /** What of a configuration that fits together cannot be carried out here; null: nothing. */
  readonly obstacle: (next: BrokerConfig) => string | null
}

/** Decides on the change of one resource. */
export function planConfigChange(
  view: ConfigView,
  change: ConfigChange,
  node: ChangedNode,
): ConfigPlan {
  const before = view.configs(change.resource, change.name)
  const after = new Map(change.replacesAll ? [] : before)
  for (const operation of change.operations) {
    const refusal = carryOut(operation, change.resource, { before, after })
    if (refusal !== null) return { refusal }
  }
  const records = recordsOf(change, before, after)
  const refusal =
    change.resource === 'broker'
      ? (brokerRefusal(view, change.name, after, node) ?? insyncRefusal(view, change.name, records))
      : (validators[change.resource](change.name, after, { view, ...node }) ?? null)
  return refusal === null ? { refusal, records } : { refusal }
}

function carryOut(
  { key, operation, value }: ConfigOperation,
  resource: ConfigResource,
  { before, after }: { before: Values; after: Map<string, string> },
): Refusal | null {
  switch (operation) {
    case configOperation.set:
      assert(value !== null, 'a set value is not null')
      after.set(key, value)
      return null
    case configOperation.delete:
      after.delete(key)
      return null
    case configOperation.append:
    case configOperation.subtract: {
      assert(value !== null, 'an appended value is not null')
      const entry = entryOf(resource, key)
      if (entry?.type !== 'LIST') return notAList(resource, key, { operation, entry })
      const parts = partsOf(before.get(key) ?? entry.fallback ?? '')
      const named = partsOf(value)
      const changed =
        operation === configOperation.append
          ? [...new Set([...parts, ...named])]
          : parts.filter((part) => !named.includes(part))
      after.set(key, changed.join(','))
      return null
    }
    default:
      // Kafka's controller fails on an operation that it does not know; only its brokers check.
      return resource === 'broker'
        ? refuse('INVALID_REQUEST', `Unknown operations type ${operation}`)
        : refuse('UNKNOWN_SERVER_ERROR', null)
  }
}

/** The entry of a key that may be a list: groups and client metrics have none, as in Kafka. */
function entryOf(resource: ConfigResource, key: string): ConfigEntry<unknown> | undefined {
  if (resource === 'broker') return brokerEntry(key)
  return resource === 'topic' && isTopicConfigName(key) ? topicConfigTable[key] : undefined
}

function notAList(
  resource: ConfigResource,
  key: string,
  { operation, entry }: { operation: number; entry: ConfigEntry<unknown> | undefined },
): Refusal {
  const word = operation === configOperation.append ? 'append' : 'subtract'
  if (resource !== 'broker') {
    const message = `Can't ${word.toUpperCase()} to key ${key} because its type is not LIST.`
    return refuse('INVALID_CONFIG', message)
  }
  const message = `Config value ${word} is not allowed for config key: ${key}`
  return refuse('INVALID_CONFIG', entry === undefined ? `Unknown config name: ${key}` : message)
}

function partsOf(text: string): string[] {
  return text === '' ? [] : text.split(',').map((part) => part.trim())
}

/** A broker's value is written even where it stays the same, as in Kafka: its file may be new. */
function recordsOf(change: ConfigChange, before: Values, after: Values): MetadataRecord[] {
  const { resource, name: resourceName } = change
  const named = change.operations.map(({ key }) => key)
  const keys = new Set(change.replacesAll ? [...named, ...before.keys()] : named)
  return [...keys]
    .filter(
      (key) => before.get(key) !== after.get(key) || (resource === 'broker' && after.has(key)),
    )
    .map((name) => configRecord(resource, resourceName, { name, value: after.get(name) ?? null }))
}

interface Surroundings {
  readonly view: ConfigView
  readonly nodeId: number
  readonly broker: BrokerConfig
}

type Validator = (name: string, after: Values, around: Surroundings) => Refusal | null

const validators: Readonly<Record<Exclude<ConfigResource, 'broker'>, Validator>> = {
  topic: topicRefusal,
  group: groupRefusal,
  clientMetrics: clientMetricsRefusal,
}

function topicRefusal(name: string, after: Values, { view, broker }: Surroundings) {
  if (name === '') return refuse('INVALID_REQUEST', 'Default topic resources are not allowed.')
  const nameProblem = topicNameProblem(name)
  if (nameProblem !== null) return refuse('INVALID_TOPIC_EXCEPTION', nameProblem)
  const problem = validateTopicConfigs(after, broker)
  if (problem !== null) return refuse('INVALID_CONFIG', problem.message)
  if (view.topic(name) !== undefined) return null
  return refuse('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`)
}

function groupRefusal(name: string, after: Values, { view, nodeId, broker }: Surroundings) {
  if (name === '') return refuse('INVALID_REQUEST', 'Default group resources are not allowed.')
  const dynamic = {
    broker: view.configs('broker', String(nodeId)),
    cluster: view.configs('broker', ''),
  }
  const brokerText = (key: string) => effectiveText(key, { broker, dynamic })
  const problem = validateGroupConfigs(after, brokerText)
  return problem === null ? null : refuse('INVALID_CONFIG', problem)
}

function clientMetricsRefusal(name: string, after: Values): Refusal | null {
  if (name === '') return refuse('INVALID_REQUEST', "Subscription name can't be empty")
  const problem = validateClientMetrics(after)
  return problem === null ? null : refuse(problem.error, problem.message)
}

function brokerRefusal(
  view: ConfigView,
  name: string,
  after: Values,
  { nodeId, broker, obstacle }: ChangedNode,
): Refusal | null {
  const own = name !== ''
  const dynamic = {
    broker: own ? after : view.configs('broker', String(nodeId)),
    cluster: own ? view.configs('broker', '') : after,
  }
  const problem =
    dynamicConfigProblem({ broker, dynamic }, own ? 'broker' : 'cluster') ??
    obstacle(withDynamicConfigs(broker, inForce(dynamic)))
  return problem === null ? null : refuse('INVALID_REQUEST', problem)
}

const minInsync = 'min.insync.replicas'

/** Eligible leader replicas (KIP-966) need one min.insync.replicas for the whole cluster. */
function insyncRefusal(
  view: ConfigView,
  name: string,
  records: readonly MetadataRecord[],
): Refusal | null {
  if ((view.features.get('eligible.leader.replicas.version') ?? 0) === 0) return null
  for (const { type, data } of records) {
    if (type !== 'Config' || data.name !== minInsync) continue
    if (name !== '' && data.value !== null) {
      const message = `Broker-level ${minInsync} cannot be altered while ELR is enabled.`
      return refuse('INVALID_CONFIG', message)
    }
    if (name === '' && data.value === null) {
      const message = `Cluster-level ${minInsync} cannot be removed while ELR is enabled.`
      return refuse('INVALID_CONFIG', message)
    }
  }
  return null
}
