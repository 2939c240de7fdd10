/**
 * CreateTopics (19), v0-7: makes topics; all that can be made in one atomic commit.
 * v1 validateOnly, error messages · v2 throttleTimeMs · v4 -1 for the broker's defaults (KIP-464) ·
 * v5 flexible, answers partitions, replication and configs (KIP-525) · v7 topic ids.
 * Differs from Kafka: v0 and v1 are still served; -1 is understood in every version.
 */
import type {
  CreatableTopicConfigsInput,
  CreatableTopicResultInput,
  CreateTopicsRequest,
  CreateTopicsResponseInput,
} from '../../protocol/codecs/create-topics.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { planCreateTopics } from '../catalog/topic-control.ts'
import type { CreatedTopic, Outcome } from '../catalog/topic-control.ts'
import { placementOf } from '../catalog/topic-creation.ts'
import { describeTopicConfigs } from '../config/describe.ts'
import { clusterResource } from './authorized-operations.ts'
import { configStateOf } from './config-state.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { orRefusal } from './or-refusal.ts'
import { changeQuota } from './throttle.ts'

/** Answers THROTTLING_QUOTA_EXCEEDED from here on (KIP-599). */
const throttledFrom = 6

export const handleCreateTopics: Handler<CreateTopicsRequest, CreateTopicsResponseInput> = (
  broker,
  request,
  context,
) => {
  const { catalog } = broker
  const quota = changeQuota(broker, context, throttledFrom)
  const mayCreateAll = broker.authorize(context, 'create', 'cluster', clusterResource, 'probe')
  const mayCreate = (name: string): boolean =>
    mayCreateAll || broker.authorize(context, 'create', 'topic', name)
  const outcomes = orRefusal<readonly Outcome<CreatedTopic>[]>(
    () =>
      catalog.change((image) => {
        const plan = planCreateTopics(
          image,
          request.topics,
          placementOf(catalog, broker),
          mayCreate,
          quota.charge,
        )
        return { records: request.validateOnly ? [] : plan.records, answer: plan.outcomes }
      }),
    ({ errorName, detail }) =>
      request.topics.map(({ name }) => ({ name, refusal: { error: errorName, message: detail } })),
  )
  return chain(outcomes, (all) => ({
    throttleTimeMs: quota.throttleTimeMs(),
    topics: all.map((one) => describe(broker, context, one)),
  }))
}

function describe(
  broker: BrokerServices,
  context: RequestContext,
  outcome: Outcome<CreatedTopic>,
): CreatableTopicResultInput {
  const { name } = outcome
  if ('refusal' in outcome) {
    const { error, message } = outcome.refusal
    return { name, errorCode: errorCode(error), errorMessage: message, configs: [] }
  }
  const created = { name, topicId: outcome.topicId, errorCode: 0, errorMessage: null }
  if (!broker.authorize(context, 'describe-configs', 'topic', name, 'probe')) {
    const topicConfigErrorCode = errorCode('TOPIC_AUTHORIZATION_FAILED')
    return { ...created, topicConfigErrorCode, configs: [] }
  }
  return {
    ...created,
    numPartitions: outcome.partitionCount,
    replicationFactor: outcome.replicationFactor,
    configs: describeConfigs(broker, outcome.configs),
  }
}

function describeConfigs(
  broker: BrokerServices,
  overrides: ReadonlyMap<string, string>,
): CreatableTopicConfigsInput[] {
  return describeTopicConfigs(overrides, configStateOf(broker), null)
    .map(({ name, value, readOnly, configSource, isSensitive }) => ({
      name,
      value,
      readOnly,
      configSource,
      isSensitive,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
