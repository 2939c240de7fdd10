// The flags of kafka-configs, and which entities they name.
import type { resourceTypes } from '../../client/configs.ts'
import type { OptionTable } from './options.ts'
import type { ToolCall } from './tool.ts'

export const configOptions = {
  'bootstrap-server': { text: 'The brokers to connect to.', value: 'server to connect to' },
  'bootstrap-controller': {
    text: 'The controllers to connect to; here the broker answers for them.',
    value: 'controller to connect to',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command config property file',
  },
  alter: { text: 'Change the configuration.' },
  describe: { text: 'Show what was changed while the brokers run.' },
  all: { text: 'With --describe: show everything, defaults too.' },
  'entity-type': {
    text: 'topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups.',
    value: '',
  },
  'entity-name': { text: 'The name of the entity.', value: '' },
  'entity-default': { text: 'The defaults of clients, users, brokers or ips.' },
  'add-config': { text: 'k1=v1,k2=[v1,v2,v2],k3=v3: brackets group commas.', value: '' },
  'add-config-file': { text: 'A properties file with configs to add.', value: '' },
  'delete-config': { text: "Keys to remove: 'k1,k2'.", value: '' },
  topic: { text: 'The name of a topic.', value: '' },
  client: { text: 'The id of a client.', value: '' },
  'client-defaults': { text: 'The defaults of all clients.' },
  user: { text: 'The name of a user.', value: '' },
  'user-defaults': { text: 'The defaults of all users.' },
  broker: { text: 'The id of a broker.', value: '' },
  'broker-defaults': { text: 'The defaults of all brokers.' },
  'broker-logger': { text: 'The id of a broker whose loggers are meant.', value: '' },
  'ip-defaults': { text: 'The defaults of all IPs.' },
  ip: { text: 'An IP address.', value: '' },
  group: { text: 'The id of a group.', value: '' },
  'client-metrics': { text: 'The name of a client metrics subscription.', value: '' },
} as const satisfies OptionTable

export type ConfigCall = ToolCall<keyof typeof configOptions | 'help' | 'version'>

/** Kinds of entities → the resource that holds their configuration; quotas are not held in one. */
export const entityTypes = {
  topics: 'topic',
  clients: 'topic',
  users: 'topic',
  brokers: 'broker',
  'broker-loggers': 'brokerLogger',
  ips: 'topic',
  'client-metrics': 'clientMetrics',
  groups: 'group',
} as const satisfies Record<string, keyof typeof resourceTypes>

export type EntityType = keyof typeof entityTypes

export interface Entity {
  readonly type: EntityType
  /** Null: not named; empty: the default. */
  readonly name: string | null
}

const specific = [
  ['topic', 'topics'],
  ['client', 'clients'],
  ['user', 'users'],
  ['broker', 'brokers'],
  ['broker-logger', 'broker-loggers'],
  ['ip', 'ips'],
  ['client-metrics', 'client-metrics'],
  ['group', 'groups'],
] as const
const defaults = [
  ['client-defaults', 'clients'],
  ['user-defaults', 'users'],
  ['broker-defaults', 'brokers'],
  ['ip-defaults', 'ips'],
] as const

/** The entities that the flags name, checked. @throws Error in Kafka's words */
export function entitiesOf(given: ConfigCall['options']): readonly Entity[] {
  const types = given.values('entity-type')
  const rest = [...given.values('entity-name')]
  const names = given.sequence.flatMap((flag) => {
    if (flag === 'entity-default') return ['']
    return flag === 'entity-name' ? rest.splice(0, 1) : []
  })
  const named = [
    ...specific.flatMap(([flag, type]): Entity[] => {
      const name = given.value(flag)
      return name === undefined ? [] : [{ type, name }]
    }),
    ...defaults.flatMap(([flag, type]): Entity[] => (given.has(flag) ? [{ type, name: '' }] : [])),
  ]
  const entities = [
    ...types.map((text, index) => ({ type: entityType(text), name: names[index] ?? null })),
    ...named,
  ]
  if (entities.length === 0) throw new Error('At least one entity type must be specified')
  const kinds = new Set(entities.map(({ type }) => type))
  if (kinds.size < entities.length) {
    throw new Error(`Duplicate entity type(s) specified: ${entities[0]?.type ?? ''}`)
  }
  if (entities.length > 1 && !(kinds.size === 2 && kinds.has('users') && kinds.has('clients'))) {
    throw new Error("Only 'users' and 'clients' entity types may be specified together")
  }
  if ((types.length > 0 || names.length > 0) && named.length > 0) {
    throw new Error(
      '--entity-{type,name,default} should not be used in conjunction with specific entity flags',
    )
  }
  for (const { type, name } of entities) {
    if ((type === 'brokers' || type === 'broker-loggers') && name !== null && name !== '') {
      if (!/^[+-]?\d+$/.test(name)) {
        throw new Error(
          `The entity name for ${type} must be a valid integer broker id, but it is: ${name}`,
        )
      }
    }
  }
  return entities
}

function entityType(text: string): EntityType {
  const names = [
    'topics',
    'clients',
    'users',
    'brokers',
    'ips',
    'client-metrics',
    'groups',
    'broker-loggers',
  ] as const
  const found = names.find((name) => name === text)
  if (found !== undefined) return found
  throw new Error(
    `Invalid entity type ${text}, the entity type must be one of ${names.join(', ')} with a --bootstrap-server or --bootstrap-controller argument`,
  )
}

/** Names as Kafka's tool prints a set of them. */
export function scalaSet(names: readonly string[]): string {
  return `Set(${names.join(', ')})`
}

/** Names as Kafka's tool prints a sequence of them. */
export function scalaBuffer(names: readonly string[]): string {
  return `ArrayBuffer(${names.join(', ')})`
}
