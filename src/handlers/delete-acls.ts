/**
 * DeleteAcls (31), v0-3: removes access rules. None are kept yet, so the answer is Kafka's without
 * an authorizer.
 * v1 pattern types (KIP-290) · v2 flexible · v3 user resources.
 * Differs from Kafka: v0 is still served.
 */
import type {
  DeleteAclsRequest,
  DeleteAclsResponseInput,
} from '../../protocol/codecs/delete-acls.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'
import { noAuthorizer } from './no-authorizer.ts'

export const handleDeleteAcls: Handler<DeleteAclsRequest, DeleteAclsResponseInput> = (
  broker,
  request,
  context,
) => {
  const may = broker.authorize(context, 'alter', 'cluster', clusterResource)
  const filterResults = request.filters.map(() => ({ ...noAuthorizer(may), matchingAcls: [] }))
  return { throttleTimeMs: 0, filterResults }
}
