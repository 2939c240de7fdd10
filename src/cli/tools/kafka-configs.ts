// kafka-configs: describes and changes the configuration of topics, brokers, groups and client metrics.
import type { Cluster } from '../../client/cluster.ts'
import {
  alterConfigs,
  describeConfigs,
  resourceTypes,
  type ConfigChange,
  type ConfigSource,
} from '../../client/configs.ts'
import { ClientError, throwOnError } from '../../client/errors.ts'
import { listGroups } from '../../client/groups.ts'
import { compareText, listTopics } from '../../client/topics.ts'
import { entitiesOf, entityTypes, type Entity, type EntityType } from './config-entities.ts'
import { configOptions as options, type ConfigCall as Call } from './config-entities.ts'
import {
  beginTool,
  javaText,
  messageOf,
  readPropertiesFile,
  ToolExit,
  withCluster,
} from './tool.ts'
import type { Tool, ToolHost } from './tool.ts'

const summary =
  'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group'

export const tool: Tool = { name: 'kafka-configs', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  try {
    const entities = checkArguments(call)
    const { options: given } = call
    const properties = readPropertiesFile(host, given.value('command-config'))
    const bootstrap = given.value('bootstrap-server') ?? given.required('bootstrap-controller')
    await withCluster(host, { bootstrap, properties }, (cluster) =>
      given.has('alter') ? alter(call, cluster, entities) : describe(call, cluster, entities),
    )
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (!(error instanceof ClientError)) host.err(`${messageOf(error)}\n`)
    else if (error.errorName === 'UNSUPPORTED_VERSION') host.err(`${error.message}\n`)
    else {
      host.err(`Error while executing config command with args '${args.join(' ')}'\n`)
      host.err(`${javaText(error)}\n`)
    }
    return 1
  }
}

function checkArguments(call: Call): readonly Entity[] {
  const { options: given } = call
  if (Number(given.has('alter')) + Number(given.has('describe')) !== 1) {
    call.usage('Command must include exactly one action: --describe, --alter')
  }
  call.forbid('describe', 'alter', 'add-config', 'delete-config')
  const servers = Number(given.has('bootstrap-server')) + Number(given.has('bootstrap-controller'))
  if (servers === 0) {
    throw new Error('Either --bootstrap-server or --bootstrap-controller must be specified.')
  }
  const entities = entitiesOf(given)
  if (servers > 1) {
    throw new Error('Only one of --bootstrap-server or --bootstrap-controller can be specified')
  }
  const types = entities.map(({ type }) => type).join(',')
  const isNamed = entities.some(({ name }) => name !== null)
  if (given.has('describe')) {
    const withDefaults: readonly EntityType[] = ['users', 'clients', 'brokers', 'ips']
    const hasDefaults = entities.some(({ type }) => withDefaults.includes(type))
    if (!hasDefaults && given.has('entity-default')) {
      throw new Error(`--entity-default must not be specified with --describe of ${types}`)
    }
    if (entities.some(({ type, name }) => type === 'broker-loggers' && (name ?? '') === '')) {
      throw new Error(`An entity name must be specified with --describe of ${types}`)
    }
    return entities
  }
  checkAlteration(given, entities, isNamed)
  return entities
}

function checkAlteration(
  given: Call['options'],
  entities: readonly Entity[],
  isNamed: boolean,
): void {
  const types = entities.map(({ type }) => type).join(',')
  const withDefaults: readonly EntityType[] = ['users', 'clients', 'brokers', 'ips']
  if (entities.some(({ type }) => withDefaults.includes(type))) {
    if (!isNamed) {
      throw new Error(
        'An entity-name or default entity must be specified with --alter of users, clients, brokers or ips',
      )
    }
  } else if (!entities.some(({ name }) => (name ?? '') !== '')) {
    throw new Error(`An entity name must be specified with --alter of ${types}`)
  }
  if (given.has('add-config') && given.has('add-config-file')) {
    throw new Error('Only one of --add-config or --add-config-file must be specified')
  }
  const changes = ['add-config', 'add-config-file', 'delete-config'] as const
  if (!changes.some((name) => given.has(name))) {
    throw new Error(
      'At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter',
    )
  }
  if (entities.some(({ name }) => name === null)) {
    throw new Error('An entity name must be specified for every entity type')
  }
}

/** Where each type keeps what was changed while the broker runs; null: everything is shown. */
function dynamicSource(type: EntityType, name: string): ConfigSource | null {
  switch (type) {
    case 'topics':
      return 'DYNAMIC_TOPIC_CONFIG'
    case 'brokers':
      return name === '' ? 'DYNAMIC_DEFAULT_BROKER_CONFIG' : 'DYNAMIC_BROKER_CONFIG'
    case 'client-metrics':
      return 'DYNAMIC_CLIENT_METRICS_CONFIG'
    case 'groups':
      return 'DYNAMIC_GROUP_CONFIG'
    default:
      return null
  }
}

async function describe(call: Call, cluster: Cluster, entities: readonly Entity[]): Promise<void> {
  const [entity] = entities
  if (entity === undefined) return
  const { type, name } = entity
  const { host, options: given } = call
  if (type === 'users' || type === 'clients' || type === 'ips') {
    const { describeQuotas } = await import('./quota-configs.ts')
    await describeQuotas(host, cluster, entities)
    if (type !== 'users' || entities.length > 1 || name === '') return
    const { describeScram } = await import('./user-scram.ts')
    return describeScram(host, cluster, name)
  }
  const describesAll = given.has('all')
  const singular = type.slice(0, -1)
  if (name !== null && name !== '' && !describesAll && !(await exists(cluster, type, name))) {
    await host.out(`The ${singular} '${name}' doesn't exist and doesn't have dynamic config.\n`)
    return
  }
  for (const each of name === null ? await namesOf(cluster, type) : [name]) {
    await host.out(
      each === ''
        ? `Default configs for ${type} in the cluster are:\n`
        : `${describesAll ? 'All' : 'Dynamic'} configs for ${singular} ${each} are:\n`,
    )
    const resource = { type: resourceTypes[entityTypes[type]], name: each }
    const [configs = []] = await describeConfigs(cluster, [resource], { synonyms: true })
    const source = describesAll ? null : dynamicSource(type, each)
    const shown = configs
      .filter((entry) => source === null || entry.source === source)
      .sort((left, right) => compareText(left.name, right.name))
    for (const entry of shown) {
      const synonyms = entry.synonyms
        .map((synonym) => `${synonym.source}:${synonym.name}=${synonym.value}`)
        .join(', ')
      await host.out(
        `  ${entry.name}=${entry.value} sensitive=${entry.isSensitive} synonyms={${synonyms}}\n`,
      )
    }
  }
}

async function exists(cluster: Cluster, type: EntityType, name: string): Promise<boolean> {
  return (await namesOf(cluster, type)).includes(name)
}

async function namesOf(cluster: Cluster, type: EntityType): Promise<readonly string[]> {
  switch (type) {
    case 'topics':
      return (await listTopics(cluster)).map(({ name }) => name)
    case 'brokers':
    case 'broker-loggers':
      return [...(await cluster.brokers()).map(({ id }) => String(id)), '']
    case 'groups': {
      const groups = (await listGroups(cluster)).map(({ groupId }) => groupId)
      return [...new Set([...groups, ...(await configured(cluster, resourceTypes.group))])]
    }
    case 'client-metrics':
      return configured(cluster, resourceTypes.clientMetrics)
    default:
      return []
  }
}

async function configured(cluster: Cluster, type: number): Promise<readonly string[]> {
  const response = await cluster.any('ListConfigResources', { resourceTypes: [type] })
  throwOnError(response.errorCode)
  return response.configResources.map(({ resourceName }) => resourceName)
}

async function alter(call: Call, cluster: Cluster, entities: readonly Entity[]): Promise<void> {
  const [entity] = entities
  if (entity === undefined) return
  const { host } = call
  const { type } = entity
  const name = entity.name ?? ''
  const added = addedConfigs(call)
  const deleted = call.options
    .values('delete-config')
    .flatMap((text) => text.split(',').map((key) => key.trim()))
  if (type === 'users' || type === 'clients' || type === 'ips') {
    await alterClients(call, cluster, { entities, added, deleted })
  } else {
    const changes: ConfigChange[] = [
      ...deleted.map((key) => ({ name: key, operation: 'delete' as const, value: '' })),
      ...[...added].map(([key, value]) => ({ name: key, operation: 'set' as const, value })),
    ]
    if (type === 'broker-loggers') await checkLoggers(cluster, name, changes)
    await alterConfigs(cluster, { type: resourceTypes[entityTypes[type]], name }, changes)
  }
  await host.out(
    name === ''
      ? `Completed updating default config for ${type} in the cluster.\n`
      : `Completed updating config for ${type.slice(0, -1)} ${name}.\n`,
  )
}

/** Quotas, and the credentials of a user. */
async function alterClients(
  { host }: Call,
  cluster: Cluster,
  {
    entities,
    ...changes
  }: {
    readonly entities: readonly Entity[]
    readonly added: ReadonlyMap<string, string>
    readonly deleted: readonly string[]
  },
): Promise<void> {
  const [{ alterQuotas, isUserQuota }, { alterScram, changesScram }] = await Promise.all([
    import('./quota-configs.ts'),
    import('./user-scram.ts'),
  ])
  const [entity] = entities
  if (entities.length === 1 && entity?.type === 'users') {
    const alteration = { user: entity.name ?? '', ...changes }
    if (changesScram(alteration, isUserQuota)) return alterScram(cluster, alteration, host.random)
  }
  await alterQuotas(cluster, entities, changes)
}

async function checkLoggers(
  cluster: Cluster,
  broker: string,
  changes: readonly ConfigChange[],
): Promise<void> {
  const resource = { type: resourceTypes.brokerLogger, name: broker }
  const [configs = []] = await describeConfigs(cluster, [resource])
  const known = new Set(configs.map(({ name }) => name))
  const unknown = changes.map(({ name }) => name).filter((name) => !known.has(name))
  if (unknown.length > 0) throw new Error(`Invalid broker logger(s): ${unknown.join(',')}`)
}

/** `k1=v1,k2=[v1,v2]`: commas and equals signs inside brackets part nothing. */
function addedConfigs({ options: given, host }: Call): ReadonlyMap<string, string> {
  const file = given.value('add-config-file')
  const configs = readPropertiesFile(host, file)
  const text = given.value('add-config')
  const outsideBrackets = '(?=[^\\]]*(?:\\[|$))'
  for (const part of text?.split(new RegExp(`,${outsideBrackets}`)) ?? []) {
    const [key, value, ...more] = part.split(new RegExp(`\\s*=\\s*${outsideBrackets}`))
    if (key === undefined || value === undefined || more.length > 0) {
      throw new Error(
        'requirement failed: Invalid entity config: all configs to be added must be in the format "key=val" or  "key=[val1,val2]" to group values which contain commas.',
      )
    }
    configs.set(key.trim(), value.replace(/[[\]]/g, '').trim())
  }
  for (const key of configs.keys()) {
    if (!/^[$a-zA-Z0-9._-]*$/.test(key)) {
      throw new Error(`Invalid character found for config key: ${key}`)
    }
  }
  return configs
}
