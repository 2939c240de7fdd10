// Quotas as kafka-configs shows and changes them: of users, clients and IP addresses.
import type { Cluster } from '../../client/cluster.ts'
import { throwOnError } from '../../client/errors.ts'
import { javaDouble } from './deserializers.ts'
import { scalaBuffer, scalaSet, type Entity } from './config-entities.ts'
import type { ToolHost } from './tool.ts'

const quotaEntityTypes = { users: 'user', clients: 'client-id', ips: 'ip' } as const
const matchTypes = { exact: 0, default: 1, any: 2 } as const

function quotaType({ type }: Entity): 'user' | 'client-id' | 'ip' {
  if (type === 'users' || type === 'clients' || type === 'ips') return quotaEntityTypes[type]
  throw new Error(`Unexpected entity type: ${type}`)
}

const addressQuota = 'connection_creation_rate'
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

/** The quotas of the entities that match, and of no others. */
async function findQuotas(cluster: Cluster, entities: readonly Entity[]) {
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
  return response.entries ?? []
}

/** Prints the quotas of entities that match. */
export async function describeQuotas(
  host: ToolHost,
  cluster: Cluster,
  entities: readonly Entity[],
): Promise<void> {
  const titles = { user: 'user-principal', 'client-id': 'client-id', ip: 'ip' } as const
  for (const { entity, values } of await findQuotas(cluster, entities)) {
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

export interface QuotaChanges {
  readonly added: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
}

/** @throws Error in Kafka's words for what is no quota of such entities */
function checkNames(entities: readonly Entity[], { added, deleted }: QuotaChanges): void {
  const isOfAddress = entities[0]?.type === 'ips'
  const isQuota = (key: string): boolean => (isOfAddress ? key === addressQuota : isUserQuota(key))
  const unknown = [...added.keys()].filter((key) => !isQuota(key))
  const unset = deleted.filter((key) => !isQuota(key))
  const refuse = (what: string, names: string): never => {
    const [kind, type] = isOfAddress ? ['connection quota', 'ips'] : ['quota', 'clients']
    throw new Error(
      `Only ${kind} configs can be ${what} for '${type}' using --bootstrap-server. Unexpected config names: ${names}`,
    )
  }
  if (isOfAddress && unknown.length + unset.length > 0) {
    refuse('added', [...unknown, ...unset].join(','))
  }
  if (unknown.length > 0) refuse('added', scalaSet(unknown))
  if (unset.length > 0) refuse('deleted', scalaBuffer(unset))
}

/**
 * Sets and removes quotas of one entity. @throws Error for names of no quota, for values that are no numbers, and for
 * the removal of what is not set
 */
export async function alterQuotas(
  cluster: Cluster,
  entities: readonly Entity[],
  changes: QuotaChanges,
): Promise<void> {
  checkNames(entities, changes)
  const [found] = await findQuotas(cluster, entities)
  const missing = changes.deleted.filter((key) => !found?.values.some((value) => value.key === key))
  if (missing.length > 0) throw new Error(`Invalid config(s): ${missing.join(',')}`)
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
