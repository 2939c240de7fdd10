// Quotas as kafka-configs shows and changes them: of users, clients and IP addresses.
import type { Cluster } from '../../client/cluster.ts'
import { throwOnError } from '../../client/errors.ts'
import { javaDouble } from './deserializers.ts'
import type { Entity } from './config-entities.ts'
import type { ToolHost } from './tool.ts'

const quotaEntityTypes = { users: 'user', clients: 'client-id', ips: 'ip' } as const
const matchTypes = { exact: 0, default: 1, any: 2 } as const

function quotaType({ type }: Entity): 'user' | 'client-id' | 'ip' {
  if (type === 'users' || type === 'clients' || type === 'ips') return quotaEntityTypes[type]
  throw new Error(`Unexpected entity type: ${type}`)
}

const userQuotas: readonly string[] = [
  'producer_byte_rate',
  'consumer_byte_rate',
  'request_percentage',
  'controller_mutation_rate',
]

/** Whether users and clients have a quota of this name. */
export function isUserQuota(key: string): boolean {
  return userQuotas.includes(key)
}

/** Prints the quotas of entities that match. */
export async function describeQuotas(
  host: ToolHost,
  cluster: Cluster,
  entities: readonly Entity[],
): Promise<void> {
  const response = await cluster.any('DescribeClientQuotas', {
    components: entities.map((entity) => ({
      entityType: quotaType(entity),
      matchType:
        entity.name === null
          ? matchTypes.any
          : matchTypes[entity.name === '' ? 'default' : 'exact'],
      match: entity.name === '' ? null : entity.name,
    })),
    strict: true,
  })
  throwOnError(response.errorCode, response.errorMessage)
  const titles = { user: 'user-principal', 'client-id': 'client-id', ip: 'ip' } as const
  for (const { entity, values } of response.entries ?? []) {
    const names = (['user', 'client-id', 'ip'] as const).flatMap((type) => {
      const found = entity.find(({ entityType }) => entityType === type)
      if (found === undefined) return []
      return found.entityName === null
        ? `the default ${titles[type]}`
        : `${titles[type]} '${found.entityName}'`
    })
    const quotas = values.map(({ key, value }) => `${key}=${javaDouble(value)}`).join(', ')
    await host.out(`Quota configs for ${names.join(', ')} are ${quotas}\n`)
  }
}

/** Sets and removes quotas of one entity. @throws Error for values that are no numbers */
export async function alterQuotas(
  cluster: Cluster,
  entities: readonly Entity[],
  changes: {
    readonly added: ReadonlyMap<string, string>
    readonly deleted: readonly string[]
  },
): Promise<void> {
  const ops = [
    ...[...changes.added].map(([key, text]) => {
      const value = Number(text)
      if (text.trim() === '' || Number.isNaN(value)) {
        throw new Error(`Cannot parse quota configuration value for ${key}: ${text}`)
      }
      return { key, value, remove: false }
    }),
    ...changes.deleted.map((key) => ({ key, value: 0, remove: true })),
  ]
  const response = await cluster.any('AlterClientQuotas', {
    entries: [
      {
        entity: entities.map((entity) => ({
          entityType: quotaType(entity),
          entityName: entity.name === '' ? null : entity.name,
        })),
        ops,
      },
    ],
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of response.entries) throwOnError(errorCode, errorMessage)
}
