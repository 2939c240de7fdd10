/**
 * CreatePartitions (37), v0-3: adds partitions to topics.
 * v1 throttled before answering · v2 flexible · v3 may answer THROTTLING_QUOTA_EXCEEDED. Differs
 * from Kafka: not at all.
 */
import type {
  CreatePartitionsRequest,
  CreatePartitionsResponseInput,
  CreatePartitionsTopic,
} from '../../protocol/codecs/create-partitions.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { planCreatePartitions } from '../catalog/partition-control.ts'
import type { TopicOutcome } from '../catalog/partition-control.ts'
import { placementOf } from '../catalog/topic-creation.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'
import { changeQuota } from './throttle.ts'

/** Answers THROTTLING_QUOTA_EXCEEDED from here on (KIP-599). */
const throttledFrom = 3

export const handleCreatePartitions: Handler<
  CreatePartitionsRequest,
  CreatePartitionsResponseInput
> = (broker, request, context) => {
  const { catalog } = broker
  const quota = changeQuota(broker, context, throttledFrom)
  const mayAlter = ({ name }: CreatePartitionsTopic): boolean =>
    broker.authorize(context, 'alter', 'topic', name)
  const allowed = request.topics.filter(mayAlter)
  const forbidden = new Set(
    request.topics.filter((topic) => !allowed.includes(topic)).map(({ name }) => name),
  )
  const outcomes = orRefusal<readonly TopicOutcome[]>(
    () =>
      catalog.change((image) => {
        const plan = planCreatePartitions(
          image,
          allowed,
          placementOf(catalog, broker),
          quota.charge,
        )
        return { records: request.validateOnly ? [] : plan.records, answer: plan.outcomes }
      }),
    ({ errorName, detail }) =>
      allowed.map(({ name }) => ({ name, refusal: { error: errorName, message: detail } })),
  )
  return chain(outcomes, (all) => ({
    throttleTimeMs: quota.throttleTimeMs(),
    results: [...all, ...[...forbidden].map(forbid)].map(({ name, refusal }) => ({
      name,
      errorCode: refusal === null ? 0 : errorCode(refusal.error),
      errorMessage: refusal === null ? null : refusal.message,
    })),
  }))
}

function forbid(name: string): TopicOutcome {
  const error = 'TOPIC_AUTHORIZATION_FAILED'
  return { name, refusal: { error, message: errorText(error) } }
}
