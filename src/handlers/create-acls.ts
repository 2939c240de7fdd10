/**
 * CreateAcls (30), v0-3: adds access rules. None are kept yet, so the answer is Kafka's without an
 * authorizer.
 * v1 pattern types (KIP-290) · v2 flexible · v3 user resources.
 * Differs from Kafka: v0 is still served.
 */
import type {
  CreateAclsRequest,
  CreateAclsResponseInput,
} from '../../protocol/codecs/create-acls.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'
import { noAuthorizer } from './no-authorizer.ts'

export const handleCreateAcls: Handler<CreateAclsRequest, CreateAclsResponseInput> = (
  broker,
  request,
  context,
) => {
  const may = broker.authorize(context, 'alter', 'cluster', clusterResource)
  return { throttleTimeMs: 0, results: request.creations.map(() => noAuthorizer(may)) }
}
