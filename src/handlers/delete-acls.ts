/**
 * DeleteAcls (31), v0-3: removes the access rules that filters mean; all in one atomic commit.
 * v1 pattern types (KIP-290) · v2 flexible · v3 user resources.
 * Differs from Kafka: v0 is still served.
 */
import type {
  DeleteAclsFilter,
  DeleteAclsFilterResultInput,
  DeleteAclsRequest,
  DeleteAclsResponseInput,
} from '../../protocol/codecs/delete-acls.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { planDeleteAcls } from '../catalog/acl-control.ts'
import type { AclDeletion } from '../catalog/acl-control.ts'
import { aclRefusal, hasUnknownId } from './acl-refusal.ts'
import { closeConnection } from './context.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'

export const handleDeleteAcls: Handler<DeleteAclsRequest, DeleteAclsResponseInput> = (
  broker,
  request,
  context,
) => {
  const { filters } = request
  if (filters.some((filter) => hasUnknownId(idsOf(filter)))) return closeConnection
  const refusal = aclRefusal(broker, context, 'alter')
  if (refusal !== null) return answer(filters.map(() => ({ refusal })))
  const deletions = orRefusal<readonly AclDeletion[]>(
    () => broker.catalog.change((image) => planDeleteAcls(image.acls, filters)),
    ({ errorName, detail }) =>
      filters.map(() => ({ refusal: { error: errorName, message: detail } })),
  )
  return chain(deletions, answer)
}

function idsOf(filter: DeleteAclsFilter): number[] {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = filter
  return [resourceTypeFilter, patternTypeFilter, operation, permissionType]
}

function answer(deletions: readonly AclDeletion[]): DeleteAclsResponseInput {
  return { throttleTimeMs: 0, filterResults: deletions.map(resultOf) }
}

function resultOf(deletion: AclDeletion): DeleteAclsFilterResultInput {
  if (deletion.refusal !== null) {
    const { error, message } = deletion.refusal
    return { errorCode: errorCode(error), errorMessage: message, matchingAcls: [] }
  }
  const matchingAcls = deletion.matching.map((acl) => ({
    errorCode: 0,
    errorMessage: null,
    ...acl,
  }))
  return { errorCode: 0, errorMessage: null, matchingAcls }
}
