/**
 * TxnOffsetCommit (28), v0-6: a group's position, in force when the producer's transaction is
 * committed. v2 leader epoch (KIP-320) · v3 flexible, generation and member (KIP-447) · v4
 * TRANSACTION_ABORTABLE · v5 adds the group to the transaction itself (KIP-890) · v6 topic ids.
 * Differs from Kafka: not at all.
 */
import type {
  TxnOffsetCommitRequest,
  TxnOffsetCommitRequestTopic,
  TxnOffsetCommitResponseInput,
} from '../../protocol/codecs/txn-offset-commit.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { defined } from '../base/assert.ts'
import { toTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { OffsetToCommit } from '../coordinators/offset-requests.ts'
import { verifyAppends } from '../coordinators/append-verification.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

const abortableVersion = 4
const addsVersion = 5
const loadingVersion = 2
const topicIdVersion = 6

/** The errors of a topic's partitions; null where the coordinator's answer is awaited. */
interface CheckedTopic {
  readonly topic: TxnOffsetCommitRequestTopic
  readonly errors: readonly (ErrorName | null)[]
}

export const handleTxnOffsetCommit: Handler<
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponseInput
> = (broker, request, context) => {
  const { transactionalId, groupId, topics } = request
  const refuseAll = (error: ErrorName) => {
    const refused = topics.map((topic) => ({ topic, errors: topic.partitions.map(() => error) }))
    return response(refused, [], context)
  }
  if (!broker.authorize(context, 'write', 'transactional-id', transactionalId)) {
    return refuseAll('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  }
  if (!broker.authorize(context, 'read', 'group', groupId)) {
    return refuseAll('GROUP_AUTHORIZATION_FAILED')
  }
  const offsets: OffsetToCommit[] = []
  const checked = topics.map((topic) => checkTopic(broker, context, topic, offsets))
  if (offsets.length === 0) return response(checked, [], context)
  const { producerId, producerEpoch, memberId, groupInstanceId } = request
  const generation = request.generationIdOrMemberEpoch
  const producer = { transactionalId, producerId, producerEpoch }
  const commit = { ...producer, groupId, memberId, groupInstanceId, generation, offsets }
  const terms = {
    adds: context.apiVersion >= addsVersion,
    knowsAbortable: context.apiVersion >= abortableVersion,
    verifies: broker.config.transactionPartitionVerificationEnable,
  }
  const committed = broker.groups.offsets.commitInTransaction(commit, (store) =>
    chain(
      verifyAppends(broker.transactions, producer, [store], terms),
      (refused) => refused.get(store) ?? 'NONE',
    ),
  )
  return chain(committed, (errors) => response(checked, errors, context))
}

/** Adds what may be committed to `offsets`, in order. */
function checkTopic(
  broker: BrokerServices,
  context: RequestContext,
  topic: TxnOffsetCommitRequestTopic,
  offsets: OffsetToCommit[],
): CheckedTopic {
  const byId = context.apiVersion >= topicIdVersion
  const image = byId
    ? broker.catalog.topicById(toTopicId(topic.topicId))
    : broker.catalog.topic(topic.name)
  const mayRead = broker.authorize(context, 'read', 'topic', image?.name ?? topic.name)
  const errors = topic.partitions.map((given): ErrorName | null => {
    if (byId && image === undefined) return 'UNKNOWN_TOPIC_ID'
    if (!mayRead) return 'TOPIC_AUTHORIZATION_FAILED'
    if (image?.partitions[given.partitionIndex] === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
    offsets.push({
      topic: image.name,
      topicId: image.id,
      partition: given.partitionIndex,
      offset: given.committedOffset,
      leaderEpoch: given.committedLeaderEpoch,
      metadata: given.committedMetadata,
      commitTimestampMs: -1,
    })
    return null
  })
  return { topic, errors }
}

function response(
  checked: readonly CheckedTopic[],
  committed: readonly ErrorName[],
  context: RequestContext,
): TxnOffsetCommitResponseInput {
  let next = 0
  const topics = checked.map(({ topic, errors }) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map(({ partitionIndex }, index) => {
      const error = errors[index] ?? defined(committed[next++], 'every offset is answered')
      return { partitionIndex, errorCode: errorCode(asKnown(error, context)) }
    }),
  }))
  return { throttleTimeMs: 0, topics }
}

/** Old producers end at an error that says that the coordinator is loading (KAFKA-7296). */
function asKnown(error: ErrorName, { apiVersion }: RequestContext): ErrorName {
  if (apiVersion >= loadingVersion || error !== 'COORDINATOR_LOAD_IN_PROGRESS') return error
  return 'COORDINATOR_NOT_AVAILABLE'
}
