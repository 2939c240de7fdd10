/**
 * DeleteShareGroupOffsets (92), v0: makes a share group without members forget topics (KIP-932).
 * Differs from Kafka: not at all.
 */
import type {
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponseInput,
} from '../../protocol/codecs/delete-share-group-offsets.ts'
import { zeroTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'
import { servesShareGroups } from './share-groups.ts'

type TopicInput = DeleteShareGroupOffsetsResponseInput['responses'][number]

export const handleDeleteShareGroupOffsets: Handler<
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponseInput
> = (broker, { groupId, topics }, context) => {
  if (!servesShareGroups(broker)) return refused('UNSUPPORTED_VERSION')
  if (!broker.authorize(context, 'delete', 'group', groupId)) {
    return refused('GROUP_AUTHORIZATION_FAILED')
  }
  const responses: TopicInput[] = []
  const allowed: string[] = []
  for (const { topicName } of topics) {
    if (broker.authorize(context, 'read', 'topic', topicName)) allowed.push(topicName)
    else {
      const error = failure('TOPIC_AUTHORIZATION_FAILED')
      responses.push({ topicName, topicId: zeroTopicId, ...error })
    }
  }
  return chain(broker.groups.share.deleteOffsets(groupId, allowed), (answer) => {
    if (answer.error !== 'NONE') return refused(answer.error, answer.message)
    for (const { topicName, topicId, error, message } of answer.topics) {
      const id = topicId ?? zeroTopicId
      responses.push({ topicName, topicId: id, ...failure(error, message) })
    }
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, responses }
  })
}

function failure(error: ErrorName, message: string | null = errorText(error)) {
  return { errorCode: errorCode(error), errorMessage: message }
}

function refused(error: ErrorName, message?: string | null): DeleteShareGroupOffsetsResponseInput {
  return { throttleTimeMs: 0, ...failure(error, message), responses: [] }
}
