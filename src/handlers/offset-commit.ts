/**
 * OffsetCommit (8), v0-10: a group's position in partitions. v1 generation and member, timestamps ·
 * v2-4 retentionTimeMs · v6 leader epoch (KIP-320) · v7 groupInstanceId (KIP-345) · v8 flexible ·
 * v9 member epochs (KIP-848) · v10 topic ids. Differs from Kafka: v0 and v1, which Kafka 4 dropped,
 * are served, and v0's offsets lie with all others (there is no ZooKeeper).
 */
import type {
  OffsetCommitRequest,
  OffsetCommitRequestTopic,
  OffsetCommitResponseInput,
} from '../../protocol/codecs/offset-commit.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { defined } from '../base/assert.ts'
import { toTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { TopicImage } from '../catalog/image.ts'
import type { OffsetToCommit } from '../coordinators/offset-requests.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

const topicIdVersion = 10

/** The errors of a topic's partitions; null where the coordinator's answer is awaited. */
interface CheckedTopic {
  readonly topic: OffsetCommitRequestTopic
  readonly errors: readonly (ErrorName | null)[]
}

export const handleOffsetCommit: Handler<OffsetCommitRequest, OffsetCommitResponseInput> = (
  broker,
  request,
  context,
) => {
  const { groupId, memberId, groupInstanceId, retentionTimeMs, topics } = request
  if (!broker.authorize(context, 'read', 'group', groupId)) {
    const refused = topics.map((topic) => refusedTopic(topic, 'GROUP_AUTHORIZATION_FAILED'))
    return response(refused, [])
  }
  const offsets: OffsetToCommit[] = []
  const checked = topics.map((topic) => checkTopic(broker, context, topic, offsets))
  if (offsets.length === 0) return response(checked, [])
  const generation = request.generationIdOrMemberEpoch
  const commit = { groupId, memberId, groupInstanceId, generation, retentionTimeMs, offsets }
  return chain(broker.groups.offsets.commit(commit, context), (errors) => response(checked, errors))
}

/** Adds what may be committed to `offsets`, in order. */
function checkTopic(
  broker: BrokerServices,
  context: RequestContext,
  topic: OffsetCommitRequestTopic,
  offsets: OffsetToCommit[],
): CheckedTopic {
  const byId = context.apiVersion >= topicIdVersion
  const image = byId
    ? broker.catalog.topicById(toTopicId(topic.topicId))
    : broker.catalog.topic(topic.name)
  const error = topicError(broker, context, topic, image)
  if (image === undefined || error !== null) {
    return refusedTopic(topic, error ?? 'UNKNOWN_TOPIC_OR_PARTITION')
  }
  const errors = topic.partitions.map((given): ErrorName | null => {
    if (image.partitions[given.partitionIndex] === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
    offsets.push({
      topic: image.name,
      topicId: image.id,
      partition: given.partitionIndex,
      offset: given.committedOffset,
      leaderEpoch: given.committedLeaderEpoch,
      metadata: given.committedMetadata,
      commitTimestampMs: given.commitTimestamp,
    })
    return null
  })
  return { topic, errors }
}

function refusedTopic(topic: OffsetCommitRequestTopic, error: ErrorName): CheckedTopic {
  return { topic, errors: topic.partitions.map(() => error) }
}

function topicError(
  broker: BrokerServices,
  context: RequestContext,
  topic: OffsetCommitRequestTopic,
  image: TopicImage | undefined,
): ErrorName | null {
  const byId = context.apiVersion >= topicIdVersion
  if (byId && image === undefined) return 'UNKNOWN_TOPIC_ID'
  const name = image?.name ?? topic.name
  if (!broker.authorize(context, 'read', 'topic', name)) return 'TOPIC_AUTHORIZATION_FAILED'
  return image === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : null
}

function response(
  checked: readonly CheckedTopic[],
  committed: readonly ErrorName[],
): OffsetCommitResponseInput {
  let next = 0
  const topics = checked.map(({ topic, errors }) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map(({ partitionIndex }, index) => {
      const error = errors[index] ?? defined(committed[next++], 'every offset is answered')
      return { partitionIndex, errorCode: errorCode(error) }
    }),
  }))
  return { throttleTimeMs: 0, topics }
}
