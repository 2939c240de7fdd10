/**
 * AlterShareGroupOffsets (91), v0: sets where a share group without members begins (KIP-932).
 * Differs from Kafka: not at all.
 */
import type {
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponseInput,
} from '../../protocol/codecs/alter-share-group-offsets.ts'
import { zeroTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { AlteredTopic } from '../coordinators/share-groups.ts'
import type { Handler } from './context.ts'
import { servesShareGroups } from './share-groups.ts'

type TopicInput = AlterShareGroupOffsetsResponseInput['responses'][number]

export const handleAlterShareGroupOffsets: Handler<
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponseInput
> = (broker, { groupId, topics }, context) => {
  if (!servesShareGroups(broker)) return refused('UNSUPPORTED_VERSION')
  if (!broker.authorize(context, 'read', 'group', groupId)) {
    return refused('GROUP_AUTHORIZATION_FAILED')
  }
  const responses: TopicInput[] = []
  const allowed = topics.filter(({ topicName, partitions }) => {
    const mayRead = broker.authorize(context, 'read', 'topic', topicName)
    const topic = broker.catalog.topic(topicName)
    if (mayRead && topic !== undefined) return true
    const error = mayRead ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'TOPIC_AUTHORIZATION_FAILED'
    responses.push({
      topicName,
      topicId: topic?.id ?? zeroTopicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...failure(error) })),
    })
    return false
  })
  const wanted = allowed.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex: partition, startOffset }) => {
      return { partition, startOffset }
    }),
  }))
  return chain(broker.groups.share.alterOffsets(groupId, wanted), (answer) => {
    if (answer.error !== 'NONE') return refused(answer.error, answer.message)
    responses.push(...answer.topics.map(topicInput))
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, responses }
  })
}

function topicInput({ topicName, topicId, partitions }: AlteredTopic): TopicInput {
  return {
    topicName,
    topicId: topicId ?? zeroTopicId,
    partitions: partitions.map(({ partition, error, message }) => ({
      partitionIndex: partition,
      errorCode: errorCode(error),
      errorMessage: message,
    })),
  }
}

function failure(error: ErrorName, message: string | null = errorText(error)) {
  return { errorCode: errorCode(error), errorMessage: message }
}

function refused(error: ErrorName, message?: string | null): AlterShareGroupOffsetsResponseInput {
  return { throttleTimeMs: 0, ...failure(error, message), responses: [] }
}
