/**
 * CreateAcls (30), v0-3: adds access rules; all that can be added in one atomic commit.
 * v1 pattern types (KIP-290) · v2 flexible · v3 user resources.
 * Differs from Kafka: v0 is still served.
 */
import type {
  AclCreation,
  CreateAclsRequest,
  CreateAclsResponseInput,
} from '../../protocol/codecs/create-acls.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { anyId, patternTypeIds } from '../catalog/acl.ts'
import type { Acl } from '../catalog/acl.ts'
import { planCreateAcls } from '../catalog/acl-control.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { randomKafkaUuid } from '../io/random.ts'
import { aclRefusal, hasUnknownId } from './acl-refusal.ts'
import { closeConnection } from './context.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'

export const handleCreateAcls: Handler<CreateAclsRequest, CreateAclsResponseInput> = (
  broker,
  request,
  context,
) => {
  const { creations } = request
  if (creations.some((creation) => hasUnknownId(idsOf(creation)))) return closeConnection
  const refusal = aclRefusal(broker, context, 'alter')
  if (refusal !== null) return answer(creations.map(() => refusal))
  if (creations.some(saysAny)) {
    // Kafka stumbles over such a rule, and says so of all of them.
    return answer(creations.map(() => ({ error: 'UNKNOWN_SERVER_ERROR', message: null })))
  }
  const wanted = creations.map(aclOf)
  const newId = () => randomKafkaUuid(broker.random)
  const results = orRefusal<readonly (Refusal | null)[]>(
    () => broker.catalog.change((image) => planCreateAcls(image.acls, wanted, newId)),
    ({ errorName, detail }) => creations.map(() => ({ error: errorName, message: detail })),
  )
  return chain(results, answer)
}

function idsOf(creation: AclCreation): number[] {
  const { resourceType, resourcePatternType, operation, permissionType } = creation
  return [resourceType, resourcePatternType, operation, permissionType]
}

function saysAny(creation: AclCreation): boolean {
  return idsOf(creation).includes(anyId) || creation.resourcePatternType === patternTypeIds.match
}

function aclOf({ resourcePatternType, ...rest }: AclCreation): Acl {
  return { ...rest, patternType: resourcePatternType }
}

function answer(results: readonly (Refusal | null)[]): CreateAclsResponseInput {
  return {
    throttleTimeMs: 0,
    results: results.map((refusal) => ({
      errorCode: refusal === null ? 0 : errorCode(refusal.error),
      errorMessage: refusal === null ? '' : refusal.message,
    })),
  }
}
