/**
 * DescribeAcls (29), v0-3: the access rules that a filter means, by pattern.
 * v1 pattern types (KIP-290) · v2 flexible · v3 user resources.
 * Differs from Kafka: v0 is still served; patterns come in the order of their creation.
 */
import type {
  DescribeAclsRequest,
  DescribeAclsResourceInput,
  DescribeAclsResponseInput,
} from '../../protocol/codecs/describe-acls.ts'
import { errorCode } from '../../protocol/errors.ts'
import { matchesFilter, patternTypeIds } from '../catalog/acl.ts'
import type { Acl, AclFilter } from '../catalog/acl.ts'
import { aclRefusal, hasUnknownId } from './acl-refusal.ts'
import { closeConnection } from './context.ts'
import type { Handler } from './context.ts'

/** The first version that can say that a pattern is a prefix. */
const patternsVersion = 1

export const handleDescribeAcls: Handler<DescribeAclsRequest, DescribeAclsResponseInput> = (
  broker,
  request,
  context,
) => {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = request
  if (hasUnknownId([resourceTypeFilter, patternTypeFilter, operation, permissionType])) {
    return closeConnection
  }
  const refusal = aclRefusal(broker, context, 'describe')
  if (refusal !== null) {
    const { error, message } = refusal
    return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage: message, resources: [] }
  }
  const isLiteralOnly = context.apiVersion < patternsVersion
  const filter = isLiteralOnly ? { ...request, patternTypeFilter: patternTypeIds.literal } : request
  const resources = byPattern(broker.catalog.acls.all(), filter)
  return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', resources }
}

function byPattern(acls: Iterable<Acl>, filter: AclFilter): DescribeAclsResourceInput[] {
  const patterns = new Map<
    string,
    { pattern: Acl; acls: DescribeAclsResourceInput['acls'][number][] }
  >()
  for (const acl of acls) {
    if (!matchesFilter(acl, filter)) continue
    const { resourceType, resourceName, patternType } = acl
    const key = `${resourceType}/${patternType}/${resourceName}`
    const found = patterns.get(key) ?? { pattern: acl, acls: [] }
    patterns.set(key, found)
    const { principal, host, operation, permissionType } = acl
    found.acls.push({ principal, host, operation, permissionType })
  }
  return [...patterns.values()].map(({ pattern, acls: found }) => {
    const { resourceType, resourceName, patternType } = pattern
    return { resourceType, resourceName, patternType, acls: found }
  })
}
