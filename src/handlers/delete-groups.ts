/**
 * DeleteGroups (42), v0-3: removes groups without members, and their offsets. v2 flexible · v3
 * errorMessage. Differs from Kafka: not at all.
 */
import type {
  DeletableGroupResultInput,
  DeleteGroupsRequest,
  DeleteGroupsResponseInput,
} from '../../protocol/codecs/delete-groups.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { allOf } from '../base/all-of.ts'
import type { Handler } from './context.ts'

export const handleDeleteGroups: Handler<DeleteGroupsRequest, DeleteGroupsResponseInput> = (
  broker,
  request,
  context,
) => {
  const groupIds = [...new Set(request.groupsNames)]
  const results = groupIds.map((groupId) => {
    if (!broker.authorize(context, 'delete', 'group', groupId)) {
      return result(groupId, 'GROUP_AUTHORIZATION_FAILED')
    }
    return chain(broker.groups.deleteGroup(groupId), (error) => result(groupId, error))
  })
  return chain(allOf(results), (answers) => ({ throttleTimeMs: 0, results: answers }))
}

function result(groupId: string, error: ErrorName): DeletableGroupResultInput {
  const errorMessage = error === 'NONE' ? null : errorText(error)
  return { groupId, errorCode: errorCode(error), errorMessage }
}
