// What CreateAcls and DeleteAcls decide: from the rules there are and a request to records, or why
// an item is not done. Pure; ids of new rules come in through a function.
import { assert } from '../base/assert.ts'
import {
  aclKey,
  anyId,
  clusterResource,
  isKnownId,
  matchesFilter,
  patternTypeIds,
  resourceTypeIds,
} from './acl.ts'
import type { Acl, AclFilter } from './acl.ts'
import type { AclImage } from './acl-image.ts'
import type { MetadataRecord } from './records.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** Rules that one request may make or remove, as in Kafka. */
export const aclsPerRequestMax = 10_000

/** Either the rules that matched, or why the filter was refused. */
export type AclDeletion =
  { readonly refusal: Refusal } | { readonly refusal: null; readonly matching: readonly Acl[] }

/**
 * Decides on CreateAcls: null for each rule that is there afterwards. A rule that is there already
 * is kept, once.
 */
export function planCreateAcls(
  acls: AclImage,
  wanted: readonly Acl[],
  newId: () => string,
): { readonly records: readonly MetadataRecord[]; readonly answer: readonly (Refusal | null)[] } {
  const records: MetadataRecord[] = []
  const added = new Set<string>()
  const answer = wanted.map((acl) => {
    const refusal = refusalOf(acl)
    const key = aclKey(acl)
    if (refusal !== null || acls.has(key) || added.has(key)) return refusal
    added.add(key)
    records.push({ type: 'AccessControlEntry', data: { id: unusedId(acls, newId), ...acl } })
    return null
  })
  if (records.length <= aclsPerRequestMax) return { records, answer }
  const message = `More than ${aclsPerRequestMax} access rules in one request: create them in several.`
  return { records: [], answer: wanted.map(() => refuse('POLICY_VIOLATION', message)) }
}

function unusedId(acls: AclImage, newId: () => string): string {
  for (;;) {
    const id = newId()
    if (acls.byId(id) === undefined) return id
  }
}

function refusalOf(acl: Acl): Refusal | null {
  const { resourceType, resourceName, patternType, operation, permissionType, principal } = acl
  if (resourceType === resourceTypeIds.cluster && resourceName !== clusterResource) {
    return invalid(`The only valid name for the CLUSTER resource is ${clusterResource}`)
  }
  if (resourceName === '') return invalid('Invalid empty resource name')
  if (!isConcrete('resource', resourceType)) return invalid('Invalid resourceType UNKNOWN')
  if (patternType !== patternTypeIds.literal && patternType !== patternTypeIds.prefixed) {
    return invalid('Invalid patternType UNKNOWN')
  }
  if (!isConcrete('operation', operation)) return invalid('Invalid operation UNKNOWN')
  if (!isConcrete('permission', permissionType)) return invalid('Invalid permissionType UNKNOWN')
  if (principal.includes(':')) return null
  return invalid(
    `Could not parse principal from \`${principal}\` ` +
      '(no colon is present separating the principal type from the principal name)',
  )
}

function isConcrete(kind: Parameters<typeof isKnownId>[0], id: number): boolean {
  return id !== anyId && isKnownId(kind, id)
}

function invalid(message: string): Refusal {
  return refuse('INVALID_REQUEST', message)
}

/** Decides on DeleteAcls: the rules that each filter means go; one that two filters mean goes once. */
export function planDeleteAcls(
  acls: AclImage,
  filters: readonly AclFilter[],
): { readonly records: readonly MetadataRecord[]; readonly answer: readonly AclDeletion[] } {
  const removed = new Set<string>()
  const answer = filters.map((filter): AclDeletion => {
    const refusal = filterRefusal(filter)
    if (refusal !== null) return { refusal }
    const matching: Acl[] = []
    for (const [id, acl] of acls.entries()) {
      if (!matchesFilter(acl, filter)) continue
      matching.push(acl)
      removed.add(id)
    }
    return { refusal: null, matching }
  })
  assert(removed.size <= acls.size, 'only rules that exist are removed')
  if (removed.size > aclsPerRequestMax) {
    const message = `Cannot remove more than ${aclsPerRequestMax} acls in a single delete operation.`
    return {
      records: [],
      answer: filters.map(() => ({ refusal: refuse('POLICY_VIOLATION', message) })),
    }
  }
  const records = [...removed].map((id): MetadataRecord => ({
    type: 'RemoveAccessControlEntry',
    data: { id },
  }))
  return { records, answer }
}

function filterRefusal(filter: AclFilter): Refusal | null {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = filter
  const isPatternKnown =
    isKnownId('resource', resourceTypeFilter) && isKnownId('pattern', patternTypeFilter)
  if (!isPatternKnown) return invalid('Unknown patternFilter.')
  const isEntryKnown = isKnownId('operation', operation) && isKnownId('permission', permissionType)
  return isEntryKnown ? null : invalid('Unknown entryFilter.')
}
