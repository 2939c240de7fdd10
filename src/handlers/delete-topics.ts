/**
 * DeleteTopics (20), v0-6: deletes topics by name or id; all that can be deleted in one atomic
 * commit.
 * v1 throttleTimeMs · v3 may answer TOPIC_DELETION_DISABLED · v4 flexible · v5 error messages
 * (KIP-599) ·
 * v6 topics by id. Differs from Kafka: v0 is still served.
 */
import type {
  DeleteTopicsRequest,
  DeleteTopicsResponseInput,
} from '../../protocol/codecs/delete-topics.ts'
import { errorCode } from '../../protocol/errors.ts'
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { planDeleteTopics } from '../catalog/topic-deletion.ts'
import type { DeleteOutcome, TopicReference } from '../catalog/topic-deletion.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'
import { changeQuota } from './throttle.ts'

const deletionDisabledFrom = 3
const topicsByIdFrom = 6
/** Answers THROTTLING_QUOTA_EXCEEDED from here on (KIP-599). */
const throttledFrom = 5

export const handleDeleteTopics: Handler<DeleteTopicsRequest, DeleteTopicsResponseInput> = (
  broker,
  request,
  context,
) => {
  const references: readonly TopicReference[] =
    context.apiVersion >= topicsByIdFrom
      ? request.topics
      : request.topicNames.map((name) => ({ name, topicId: zeroTopicId }))
  if (!broker.config.deleteTopicEnable) {
    return answer(refuseAll(references, deletionDisabled(context.apiVersion)))
  }
  const quota = changeQuota(broker, context, throttledFrom)
  const mayDeleteAll = broker.authorize(context, 'delete', 'cluster', clusterResource, 'probe')
  const rights = {
    mayDescribe: (name: string) =>
      mayDeleteAll || broker.authorize(context, 'describe', 'topic', name),
    mayDelete: (name: string) => mayDeleteAll || broker.authorize(context, 'delete', 'topic', name),
  }
  const outcomes = orRefusal<readonly DeleteOutcome[]>(
    () =>
      broker.catalog.change((image) => {
        const plan = planDeleteTopics(image, references, rights, quota.charge)
        return { records: plan.records, answer: plan.outcomes }
      }),
    ({ errorName, detail }) => refuseAll(references, { error: errorName, message: detail }),
  )
  return chain(outcomes, (all) => ({ ...answer(all), throttleTimeMs: quota.throttleTimeMs() }))
}

function deletionDisabled(apiVersion: number): Refusal {
  const message = 'Topic deletion is disabled: delete.topic.enable is false.'
  const isKnown = apiVersion >= deletionDisabledFrom
  return { error: isKnown ? 'TOPIC_DELETION_DISABLED' : 'INVALID_REQUEST', message }
}

function refuseAll(references: readonly TopicReference[], refusal: Refusal): DeleteOutcome[] {
  return references.map(({ name, topicId }) => ({ name, topicId: toTopicId(topicId), refusal }))
}

function answer(outcomes: readonly DeleteOutcome[]): DeleteTopicsResponseInput {
  const responses = outcomes.map(({ name, topicId, refusal }) => ({
    name,
    topicId,
    errorCode: refusal === null ? 0 : errorCode(refusal.error),
    errorMessage: refusal === null ? null : refusal.message,
  }))
  return { responses }
}
