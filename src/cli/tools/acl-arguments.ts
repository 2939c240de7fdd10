// The flags of kafka-acls, and the rules and patterns that they mean. Pure.
import {
  allOperations,
  clusterResource,
  operationIds,
  patternTypeIds,
  permissionIds,
  resourceTypeIds,
  unknownId,
  wildcard,
  type ResourceType,
} from '../../catalog/acl.ts'
import type { AclEntry, PatternFilter } from '../../client/acls.ts'
import type { OptionTable } from './options.ts'
import type { ToolCall } from './tool.ts'

export const aclOptions = {
  'bootstrap-server': { text: 'The brokers to connect to.', value: 'server to connect to' },
  'bootstrap-controller': {
    text: 'The controllers to connect to; here the broker answers for them.',
    value: 'controller to connect to',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command-config',
    optionalValue: true,
  },
  add: { text: 'Add rules.' },
  remove: { text: 'Remove rules.' },
  list: { text: 'List the rules about resources, or all.' },
  topic: { text: "A topic that the rules are about; '*' is every topic.", value: 'topic' },
  cluster: { text: 'The rules are about the cluster.' },
  group: { text: "A group that the rules are about; '*' is every group.", value: 'group' },
  'transactional-id': {
    text: "A transactional id that the rules are about; '*' is every one.",
    value: 'transactional-id',
  },
  'delegation-token': {
    text: "A delegation token that the rules are about; '*' is every token.",
    value: 'delegation-token',
  },
  'user-principal': {
    text: 'A user that the rules are about: who may make or see tokens for whom.',
    value: 'user-principal',
  },
  'resource-pattern-type': {
    text: 'literal or prefixed; with --list and --remove also any (names exactly, of any type) or match (all rules that have a say about the names; take care with it when removing).',
    value: 'ANY|MATCH|LITERAL|PREFIXED',
    fallback: 'LITERAL',
  },
  operation: {
    text: 'What is allowed or denied: Read, Write, Create, Delete, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs, IdempotentWrite, CreateTokens, DescribeTokens, TwoPhaseCommit or All.',
    value: '',
    fallback: 'All',
  },
  'allow-principal': {
    text: "Who is allowed, as type:name: User:alice; User:'*' is everybody.",
    value: 'allow-principal',
  },
  'deny-principal': {
    text: 'Who is denied, as type:name. A rule that denies outweighs all that allow.',
    value: 'deny-principal',
  },
  'allow-host': {
    text: "From where those of --allow-principal are allowed; '*', from everywhere, unless given.",
    value: 'allow-host',
  },
  'deny-host': {
    text: "From where those of --deny-principal are denied; '*', from everywhere, unless given.",
    value: 'deny-host',
  },
  principal: {
    text: 'With --list: only rules of this principal. May be repeated.',
    value: 'principal',
    optionalValue: true,
  },
  producer: { text: 'All that a producer needs: Write, Describe and Create on the topic.' },
  idempotent: { text: 'With --producer: IdempotentWrite on the cluster too.' },
  consumer: {
    text: 'All that a consumer needs: Read and Describe on the topic, Read on the group.',
  },
  force: { text: 'Do not ask before removing.' },
} as const satisfies OptionTable

export type AclCall = ToolCall<keyof typeof aclOptions | 'help' | 'version'>
type Given = AclCall['options']

/** Rules, and the patterns that they are about. */
export interface RulesFor {
  readonly filter: PatternFilter
  readonly entries: readonly AclEntry[]
}

/** Complains with the usage about flags that do not go together. @throws ToolExit */
export function checkAclArguments(call: AclCall): void {
  const { options: given } = call
  const count = (...names: readonly Parameters<Given['has']>[0][]): number =>
    names.filter((name) => given.has(name)).length
  const servers = count('bootstrap-server', 'bootstrap-controller')
  if (servers !== 1) {
    const how = servers === 0 ? 'One' : 'Only one'
    call.usage(`${how} of --bootstrap-server or --bootstrap-controller must be specified`)
  }
  if (count('add', 'remove', 'list') !== 1) {
    call.usage('Command must include exactly one action: --list, --add, --remove. ')
  }
  const principals = ['allow-host', 'allow-principal', 'deny-host', 'deny-principal'] as const
  call.forbid('list', 'producer', 'consumer', ...principals)
  call.forbid('producer', 'operation', 'deny-principal', 'deny-host')
  call.forbid('consumer', 'operation', 'deny-principal', 'deny-host')
  if (given.has('principal') && !given.has('list')) {
    call.usage('The --principal option is only available if --list is set')
  }
  if (given.has('producer') && !given.has('topic')) {
    call.usage('With --producer you must specify a --topic')
  }
  if (given.has('idempotent') && !given.has('producer')) {
    call.usage('The --idempotent option is only available if --producer is set')
  }
  const hasOthers = !given.has('producer') && count('cluster', 'transactional-id') > 0
  if (given.has('consumer') && (count('topic', 'group') < 2 || hasOthers)) {
    call.usage(
      'With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.',
    )
  }
}

/** The type of pattern that the flags name. @throws Error in joptsimple's words */
export function patternTypeOf(given: Given): keyof typeof patternTypeIds {
  const text = given.required('resource-pattern-type')
  const types = ['any', 'match', 'literal', 'prefixed'] as const
  const found = types.find((type) => type === text.toLowerCase())
  if (found !== undefined) return found
  throw new Error(`Cannot parse argument '${text}' of option resource-pattern-type`)
}

const resourceFlags = [
  ['topic', 'topic'],
  ['group', 'group'],
  ['transactional-id', 'transactional-id'],
  ['delegation-token', 'delegation-token'],
  ['user-principal', 'user'],
] as const satisfies readonly (readonly [keyof typeof aclOptions, ResourceType])[]

/** The patterns that the flags name, each once. */
export function patternsOf(given: Given): readonly PatternFilter[] {
  const type = patternTypeOf(given)
  const patternType = patternTypeIds[type]
  const named = resourceFlags.flatMap(([flag, resource]) =>
    [...new Set(given.values(flag).map((name) => name.trim()))].map((resourceName) => ({
      resourceType: resourceTypeIds[resource],
      resourceName,
      patternType,
    })),
  )
  const isCluster = type === 'literal' && (given.has('cluster') || given.has('idempotent'))
  return isCluster ? [...named, clusterPattern] : named
}

const clusterPattern: PatternFilter = {
  resourceType: resourceTypeIds.cluster,
  resourceName: clusterResource,
  patternType: patternTypeIds.literal,
}

/** What --add makes or --remove takes away. @throws ToolExit with the usage where nothing is named */
export function rulesOf(call: AclCall): readonly RulesFor[] {
  const { options: given } = call
  const patterns = patternsOf(given)
  if (patterns.length === 0) {
    call.usage(
      'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
    )
  }
  const rules = patterns.flatMap((filter): RulesFor[] => {
    const operations = operationsFor(given, filter.resourceType)
    return operations === null ? [] : [{ filter, entries: entriesOf(given, operations) }]
  })
  for (const { filter, entries } of rules) checkOperations(call, filter.resourceType, entries)
  return rules
}

/** What --operation, or the roles, say about a kind of resource; null: the roles leave it alone. */
function operationsFor(given: Given, resourceType: number): readonly number[] | null {
  const { read, write, create, describe } = operationIds
  const operations: number[] = []
  if (!given.has('producer') && !given.has('consumer')) {
    operations.push(...given.values('operation').map(operationOf))
  }
  if (given.has('producer')) {
    if (resourceType === resourceTypeIds.topic) operations.push(write, describe, create)
    if (resourceType === resourceTypeIds['transactional-id']) operations.push(write, describe)
    if (resourceType === resourceTypeIds.cluster && given.has('idempotent')) {
      operations.push(operationIds['idempotent-write'])
    }
  }
  if (given.has('consumer')) {
    if (resourceType === resourceTypeIds.topic) operations.push(read, describe)
    if (resourceType === resourceTypeIds.group) operations.push(read)
  }
  return operations.length === 0 ? null : [...new Set(operations)]
}

const operationNames: ReadonlyMap<string, number> = new Map([
  ['all', allOperations],
  ...Object.entries(operationIds).map(([name, id]) => [name.replaceAll('-', ''), id] as const),
])

function operationOf(text: string): number {
  return operationNames.get(text.trim().toLowerCase()) ?? unknownId
}

function entriesOf(given: Given, operations: readonly number[]): readonly AclEntry[] {
  return [...product(given, operations, 'allow'), ...product(given, operations, 'deny')].sort(
    compareEntries,
  )
}

function product(
  given: Given,
  operations: readonly number[],
  permission: 'allow' | 'deny',
): readonly AclEntry[] {
  const permissionType = permissionIds[permission]
  const principals = new Set(given.values(`${permission}-principal`).map(principalOf))
  const isHostGiven = given.has(`${permission}-host`)
  const hosts = isHostGiven
    ? new Set(given.values(`${permission}-host`).map((host) => host.trim()))
    : [wildcard]
  return [...principals].flatMap((principal) =>
    [...hosts].flatMap((host) =>
      operations.map((operation) => ({ principal, host, operation, permissionType })),
    ),
  )
}

/** A principal, checked to be `type:name`. @throws Error in Kafka's words */
export function principalOf(text: string): string {
  const principal = text.trim()
  if (principal.includes(':')) return principal
  throw new Error(`expected a string in format principalType:principalName but got ${principal}`)
}

/** By principal, host, operation and permission. */
export function compareEntries(left: AclEntry, right: AclEntry): number {
  return (
    compareText(left.principal, right.principal) ||
    compareText(left.host, right.host) ||
    left.operation - right.operation ||
    left.permissionType - right.permissionType
  )
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}

const supported: Readonly<Record<ResourceType, readonly (keyof typeof operationIds)[]>> = {
  topic: [
    'read',
    'write',
    'create',
    'delete',
    'alter',
    'describe',
    'describe-configs',
    'alter-configs',
  ],
  group: ['read', 'delete', 'describe', 'describe-configs', 'alter-configs'],
  cluster: [
    'create',
    'alter',
    'describe',
    'cluster-action',
    'describe-configs',
    'alter-configs',
    'idempotent-write',
  ],
  'transactional-id': ['write', 'describe', 'two-phase-commit'],
  'delegation-token': ['describe'],
  user: ['create-tokens', 'describe-tokens'],
}

function checkOperations(call: AclCall, resourceType: number, entries: readonly AclEntry[]): void {
  const operations = supported[wordOf(resourceTypeIds, resourceType)]
  const ids = new Set<number>([allOperations, ...operations.map((name) => operationIds[name])])
  if (entries.every(({ operation }) => ids.has(operation))) return
  const names = [...ids].map(operationText).join(', ')
  call.usage(
    `ResourceType ${constantOf(resourceTypeIds, resourceType)} only supports operations [${names}]`,
  )
}

function wordOf<Word extends string>(ids: Readonly<Record<Word, number>>, id: number): Word {
  for (const word in ids) if (ids[word] === id) return word
  throw new Error(`there is no word for ${id}`)
}

/** A number's name among Java's constants: `TRANSACTIONAL_ID`. */
export function constantOf(ids: Readonly<Record<string, number>>, id: number): string {
  const found = Object.entries(ids).find(([, known]) => known === id)
  return found === undefined ? 'UNKNOWN' : found[0].toUpperCase().replaceAll('-', '_')
}

function operationText(id: number): string {
  return id === allOperations ? 'ALL' : constantOf(operationIds, id)
}

/** A pattern as Java prints it. */
export function patternText({ resourceType, resourceName, patternType }: PatternFilter): string {
  const type = constantOf(resourceTypeIds, resourceType)
  const pattern = constantOf(patternTypeIds, patternType)
  return `ResourcePattern(resourceType=${type}, name=${resourceName}, patternType=${pattern})`
}

/** A rule as Java prints it. */
export function entryText({ principal, host, operation, permissionType }: AclEntry): string {
  const permission = constantOf(permissionIds, permissionType)
  return `(principal=${principal}, host=${host}, operation=${operationText(operation)}, permissionType=${permission})`
}
