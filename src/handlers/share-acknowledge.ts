/**
 * ShareAcknowledge (79), v1-2: accepts, releases, rejects or holds on to records that were handed out
 * to a member of a share group (KIP-932). v2 renewal of locks (KIP-1222). Differs from Kafka: not at
 * all.
 */
import { chain } from '../base/maybe-promise.ts'
import type {
  ShareAcknowledgeRequest,
  ShareAcknowledgeResponseInput,
} from '../../protocol/codecs/share-acknowledge.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { takeAcknowledgements } from './share-acknowledgements.ts'
import type { AcknowledgedPartition } from './share-acknowledgements.ts'
import { isMemberIdValid, servesShareGroups } from './share-groups.ts'
import { finalShareEpoch, initialShareEpoch } from './share-session.ts'

export const handleShareAcknowledge: Handler<
  ShareAcknowledgeRequest,
  ShareAcknowledgeResponseInput
> = (broker, request, context) => {
  const { groupId, memberId, topics, isRenewAck: isRenewal } = request
  const problem = admit(broker, request, context)
  if (problem !== null || groupId === null || memberId === null) {
    return refused(problem ?? 'INVALID_REQUEST')
  }
  const given = { groupId, memberId, topics, isRenewal }
  return chain(takeAcknowledgements(broker, context, given), (partitions) => {
    if (request.shareSessionEpoch === finalShareEpoch) broker.shareSessions.end(groupId, memberId)
    return answer(broker, context, groupId, partitions)
  })
}

/** Checks the request, and takes the member's session on; null when it is let in. */
function admit(
  broker: BrokerServices,
  { groupId, memberId, shareSessionEpoch: epoch }: ShareAcknowledgeRequest,
  context: RequestContext,
): ErrorName | null {
  if (!servesShareGroups(broker)) return 'UNSUPPORTED_VERSION'
  if (groupId === null) return 'INVALID_REQUEST'
  if (!broker.authorize(context, 'read', 'group', groupId)) return 'GROUP_AUTHORIZATION_FAILED'
  if (!isMemberIdValid(memberId)) return 'INVALID_REQUEST'
  if (epoch === initialShareEpoch) return 'INVALID_SHARE_SESSION_EPOCH'
  if (epoch === finalShareEpoch) {
    const isThere = broker.shareSessions.get(groupId, memberId) !== undefined
    return isThere ? null : 'SHARE_SESSION_NOT_FOUND'
  }
  const session = broker.shareSessions.resume(groupId, memberId, epoch)
  return typeof session === 'string' ? session : null
}

function answer(
  broker: BrokerServices,
  { connection }: RequestContext,
  groupId: string,
  partitions: readonly AcknowledgedPartition[],
): ShareAcknowledgeResponseInput {
  const { nodeId, brokerRack: rack } = broker.config
  const topics = new Map<string, AcknowledgedPartition[]>()
  for (const partition of partitions) {
    const ofTopic = topics.get(partition.topicId)
    if (ofTopic === undefined) topics.set(partition.topicId, [partition])
    else ofTopic.push(partition)
  }
  const isMoved = ({ error }: AcknowledgedPartition) => error === 'NOT_LEADER_OR_FOLLOWER'
  const { host, port } = connection.advertised
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    acquisitionLockTimeoutMs: broker.shares.rules(groupId).lockDurationMs,
    responses: Array.from(topics, ([topicId, ofTopic]) => ({
      topicId,
      partitions: ofTopic.map((partition) => ({
        partitionIndex: partition.partition,
        errorCode: errorCode(partition.error),
        errorMessage: partition.message,
        currentLeader: { leaderId: isMoved(partition) ? nodeId : 0, leaderEpoch: 0 },
      })),
    })),
    nodeEndpoints: partitions.some(isMoved) ? [{ nodeId, host, port, rack }] : [],
  }
}

function refused(error: ErrorName): ShareAcknowledgeResponseInput {
  const message = { errorCode: errorCode(error), errorMessage: errorText(error) }
  return { throttleTimeMs: 0, ...message, responses: [], nodeEndpoints: [] }
}
