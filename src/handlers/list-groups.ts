/**
 * ListGroups (16), v0-5: all groups. v3 flexible · v4 state and its filter (KIP-518) · v5 type and
 * its filter (KIP-848). Differs from Kafka: not at all.
 */
import type {
  ListGroupsRequest,
  ListGroupsResponseInput,
} from '../../protocol/codecs/list-groups.ts'
import { errorCode } from '../../protocol/errors.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

export const handleListGroups: Handler<ListGroupsRequest, ListGroupsResponseInput> = (
  broker,
  request,
  context,
) => {
  const filter = { states: request.statesFilter, types: request.typesFilter }
  const { error, groups } = broker.groups.list(filter)
  const seesAll = broker.authorize(context, 'describe', 'cluster', clusterResource, 'probe')
  const visible = groups.filter(
    ({ groupId }) => seesAll || broker.authorize(context, 'describe', 'group', groupId, 'probe'),
  )
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(error),
    groups: visible.map(({ groupId, protocolType, state, type }) => {
      return { groupId, protocolType, groupState: state, groupType: type }
    }),
  }
}
