// Access rules as an admin client sees them. Numbers are the protocol's own (see catalog/acl.ts).
import type { Cluster } from './cluster.ts'
import { throwOnError } from './errors.ts'

export interface AclPattern {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
}

export interface AclEntry {
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

export interface PatternAcls {
  readonly pattern: AclPattern
  readonly entries: readonly AclEntry[]
}

/** Which patterns are meant; `resourceName` null and numbers of 1 mean any. */
export interface PatternFilter {
  readonly resourceType: number
  readonly resourceName: string | null
  readonly patternType: number
}

const any = 1
export const anyPattern: PatternFilter = { resourceType: any, resourceName: null, patternType: any }
const anyEntry = { principalFilter: null, hostFilter: null, operation: any, permissionType: any }

function patternFields({ resourceType, resourceName, patternType }: PatternFilter) {
  return {
    resourceTypeFilter: resourceType,
    resourceNameFilter: resourceName,
    patternTypeFilter: patternType,
  }
}

/** All rules about the patterns that the filter means. @throws ClientError */
export async function describeAcls(
  cluster: Cluster,
  filter: PatternFilter,
): Promise<readonly PatternAcls[]> {
  const response = await cluster.any('DescribeAcls', { ...patternFields(filter), ...anyEntry })
  throwOnError(response.errorCode, response.errorMessage)
  return response.resources.map(({ acls, resourceType, resourceName, patternType }) => ({
    pattern: { resourceType, resourceName, patternType },
    entries: acls,
  }))
}

/** Makes rules about one pattern. @throws ClientError for the first that is refused */
export async function createAcls(
  cluster: Cluster,
  pattern: AclPattern,
  entries: readonly AclEntry[],
): Promise<void> {
  const { patternType: resourcePatternType, ...resource } = pattern
  const response = await cluster.any('CreateAcls', {
    creations: entries.map((entry) => ({ ...resource, resourcePatternType, ...entry })),
  })
  for (const { errorCode, errorMessage } of response.results) throwOnError(errorCode, errorMessage)
}

/** Removes these rules about the patterns that are meant; null: all of them. @throws ClientError */
export async function deleteAcls(
  cluster: Cluster,
  filter: PatternFilter,
  entries: readonly AclEntry[] | null,
): Promise<void> {
  const pattern = patternFields(filter)
  const filters = entries?.map(({ principal, host, ...rest }) => ({
    ...pattern,
    ...rest,
    principalFilter: principal,
    hostFilter: host,
  })) ?? [{ ...pattern, ...anyEntry }]
  const response = await cluster.any('DeleteAcls', { filters })
  for (const result of response.filterResults) {
    throwOnError(result.errorCode, result.errorMessage)
    for (const acl of result.matchingAcls) throwOnError(acl.errorCode, acl.errorMessage)
  }
}
