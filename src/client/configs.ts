// Configurations as an admin client sees them.
import type { Cluster } from './cluster.ts'
import { throwOnError } from './errors.ts'

/** Kafka's ids of what has a configuration. */
export const resourceTypes = {
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
} as const

/** Where a value comes from, by Kafka's ids. */
export const configSources = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'DYNAMIC_GROUP_CONFIG',
] as const

export type ConfigSource = (typeof configSources)[number]

export interface ConfigEntry {
  readonly name: string
  /** Null for what is secret, or not set. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isSensitive: boolean
  readonly isReadOnly: boolean
  readonly synonyms: readonly {
    readonly name: string
    readonly value: string | null
    readonly source: ConfigSource
  }[]
}

export interface ConfigResource {
  readonly type: number
  readonly name: string
}

/** Neither the user nor the operator has set it. */
export function isDefault(entry: ConfigEntry): boolean {
  return entry.source === 'DEFAULT_CONFIG'
}

/** The configurations, in the order of `resources`. @throws ClientError */
export async function describeConfigs(
  cluster: Cluster,
  resources: readonly ConfigResource[],
  options: { readonly synonyms?: boolean } = {},
): Promise<readonly (readonly ConfigEntry[])[]> {
  const found = new Map<string, readonly ConfigEntry[]>()
  for (const [brokerId, group] of byBroker(resources)) {
    const request = {
      resources: group.map(({ type, name }) => ({
        resourceType: type,
        resourceName: name,
        configurationKeys: null,
      })),
      includeSynonyms: options.synonyms === true,
      includeDocumentation: false,
    }
    const response =
      brokerId === null
        ? await cluster.any('DescribeConfigs', request)
        : await cluster.node(brokerId, 'DescribeConfigs', request)
    for (const result of response.results) {
      throwOnError(result.errorCode, result.errorMessage)
      found.set(
        `${result.resourceType}:${result.resourceName}`,
        result.configs.map((config) => ({
          name: config.name,
          value: config.value,
          source: configSources[config.configSource] ?? 'UNKNOWN',
          isSensitive: config.isSensitive,
          isReadOnly: config.readOnly,
          synonyms: config.synonyms.map(({ name, value, source }) => ({
            name,
            value,
            source: configSources[source] ?? 'UNKNOWN',
          })),
        })),
      )
    }
  }
  return resources.map(({ type, name }) => found.get(`${type}:${name}`) ?? [])
}

export type ConfigOperation = 'set' | 'delete' | 'append' | 'subtract'

const operationIds: Record<ConfigOperation, number> = { set: 0, delete: 1, append: 2, subtract: 3 }

export interface ConfigChange {
  readonly name: string
  readonly operation: ConfigOperation
  readonly value: string | null
}

/** Changes one resource's configuration. @throws ClientError with the broker's message */
export async function alterConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
): Promise<void> {
  const request = {
    resources: [
      {
        resourceType: resource.type,
        resourceName: resource.name,
        configs: changes.map(({ name, operation, value }) => ({
          name,
          configOperation: operationIds[operation],
          value,
        })),
      },
    ],
    validateOnly: false,
  }
  const [brokerId] = [...byBroker([resource]).keys()]
  const response =
    brokerId === null || brokerId === undefined
      ? await cluster.any('IncrementalAlterConfigs', request)
      : await cluster.node(brokerId, 'IncrementalAlterConfigs', request)
  for (const { errorCode, errorMessage } of response.responses)
    throwOnError(errorCode, errorMessage)
}

/** What a broker keeps for itself is asked of that broker; the rest of anyone (null). */
function byBroker(
  resources: readonly ConfigResource[],
): ReadonlyMap<number | null, readonly ConfigResource[]> {
  const groups = new Map<number | null, ConfigResource[]>()
  for (const resource of resources) {
    const { type, name } = resource
    const isBrokers = type === resourceTypes.broker || type === resourceTypes.brokerLogger
    const broker = isBrokers && /^\d+$/.test(name) ? Number(name) : null
    const group = groups.get(broker)
    if (group === undefined) groups.set(broker, [resource])
    else group.push(resource)
  }
  return groups
}
