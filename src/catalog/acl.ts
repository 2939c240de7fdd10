// The words of access rules (ACLs): the protocol's numbers for resources, patterns, operations and
// permissions, what a rule is, and which rules a filter means. Pure. Who may do what, decided from
// all rules: security/acl.ts.
import type { AccessControlEntryRecord } from '../../protocol/codecs/metadata-records.ts'

/** Kinds of resources as the protocol numbers them. */
export const resourceTypeIds = {
  topic: 2,
  group: 3,
  cluster: 4,
  'transactional-id': 5,
  'delegation-token': 6,
  user: 7,
} as const
export type ResourceType = keyof typeof resourceTypeIds

/** What can be done to a resource, as the protocol numbers it. */
export const operationIds = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  'cluster-action': 9,
  'describe-configs': 10,
  'alter-configs': 11,
  'idempotent-write': 12,
  'create-tokens': 13,
  'describe-tokens': 14,
  'two-phase-commit': 15,
} as const
export type Operation = keyof typeof operationIds

/** In a rule: every operation. */
export const allOperations = 2
export const patternTypeIds = { any: 1, match: 2, literal: 3, prefixed: 4 } as const
export const permissionIds = { deny: 2, allow: 3 } as const
/** In place of a resource's name or a host: all of them. */
export const wildcard = '*'
/** In place of a principal: everybody. */
export const everybody = 'User:*'
/** The name of the one resource of type cluster. */
export const clusterResource = 'kafka-cluster'

/** 0 in any number of a filter or rule: something that the sender did not know itself. */
export const unknownId = 0
/** 1 in any number of a filter: whatever. No rule has it. */
export const anyId = 1

/** A rule: `principal`, coming from `host`, may (or may not) do `operation` to what the pattern names. */
export type Acl = Omit<AccessControlEntryRecord, 'id'>

/** Which rules a request is about; null and `anyId` mean all. */
export interface AclFilter {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

/** The same text for the same rule, and another for another. */
export function aclKey(acl: Acl): string {
  const { resourceType, resourceName, patternType, principal, host, operation } = acl
  const numbers = `${resourceType}/${patternType}/${operation}/${acl.permissionType}`
  // Lengths instead of separators: texts may hold any character.
  return `${numbers}/${resourceName.length}/${principal.length}/${resourceName}${principal}${host}`
}

/** True where the rule is one of those that the filter means. */
export function matchesFilter(acl: Acl, filter: AclFilter): boolean {
  return (
    isMeant(filter.resourceTypeFilter, acl.resourceType) &&
    isMeant(filter.operation, acl.operation) &&
    isMeant(filter.permissionType, acl.permissionType) &&
    (filter.principalFilter === null || filter.principalFilter === acl.principal) &&
    (filter.hostFilter === null || filter.hostFilter === acl.host) &&
    matchesPattern(acl, filter)
  )
}

function isMeant(wanted: number, value: number): boolean {
  return wanted === anyId || wanted === value
}

function matchesPattern(acl: Acl, filter: AclFilter): boolean {
  const { resourceNameFilter: name, patternTypeFilter: type } = filter
  if (type !== anyId && type !== patternTypeIds.match && type !== acl.patternType) return false
  if (name === null || name === acl.resourceName) return true
  // MATCH means every rule that has a say about the name.
  if (type !== patternTypeIds.match) return false
  if (acl.patternType === patternTypeIds.prefixed) return name.startsWith(acl.resourceName)
  return acl.resourceName === wildcard
}

/** True for a number that names something in a rule or a filter: not `unknownId`, not from the future. */
export function isKnownId(kind: 'resource' | 'pattern' | 'operation' | 'permission', id: number) {
  return id > unknownId && id <= highestIds[kind]
}

const highestIds = { resource: 7, pattern: 4, operation: 15, permission: 3 } as const
