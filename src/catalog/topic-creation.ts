// Topics that are made because somebody needs them: auto-creation (auto.create.topics.enable) and
// the coordinators' internal topics. Made at once and in one commit, so that the answer has a
// leader.
import { toTopicId } from '../base/brands.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain } from '../base/maybe-promise.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { randomKafkaUuid } from '../io/random.ts'
import type { Random } from '../io/random.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Catalog } from './catalog.ts'
import type { TopicImage } from './image.ts'
import { internalTopicSpec } from './internal-topics.ts'
import { planCreateTopics } from './topic-control.ts'
import type { NewTopic, Placement } from './topic-control.ts'
import type { Refusal } from './refusal.ts'

/** What making topics needs besides the catalog. */
export interface CreationContext {
  readonly config: BrokerConfig
  readonly random: Random
}

/** Where the catalog's one node puts new partitions. */
export function placementOf(catalog: Catalog, context: CreationContext): Placement {
  return {
    nodeId: catalog.nodeId,
    directory: catalog.newReplicaDirectory,
    broker: context.config,
    newTopicId: () => toTopicId(randomKafkaUuid(context.random)),
  }
}

/** Makes those of `names` that are missing; answers why some could not be made, by name. */
export function createMissingTopics(
  catalog: Catalog,
  names: readonly string[],
  context: CreationContext,
): MaybePromise<ReadonlyMap<string, Refusal>> {
  return catalog.change((image) => {
    const missing = [...new Set(names)].filter((name) => image.topic(name) === undefined)
    const topics = missing.map((name) => automaticTopic(name, context.config))
    const plan = planCreateTopics(image, topics, placementOf(catalog, context))
    const refusals = new Map<string, Refusal>()
    for (const outcome of plan.outcomes) {
      if ('refusal' in outcome) refusals.set(outcome.name, outcome.refusal)
    }
    return { records: plan.records, answer: refusals }
  })
}

/**
 * The internal topic of this name, made when it is missing; undefined for names that are no
 * internal topic's.
 * @throws KafkaError when the topic cannot be made: the configuration forbids it, or the disk does.
 */
export function ensureInternalTopic(
  catalog: Catalog,
  name: string,
  context: CreationContext,
): MaybePromise<TopicImage | undefined> {
  const topic = catalog.topic(name)
  if (topic !== undefined || internalTopicSpec(name, context.config) === null) return topic
  return chain(createMissingTopics(catalog, [name], context), (refusals) => {
    const refusal = refusals.get(name)
    if (refusal !== undefined) throw new KafkaError(refusal.error, refusal.message ?? name)
    return catalog.topic(name)
  })
}

function automaticTopic(name: string, config: BrokerConfig): NewTopic {
  const spec = internalTopicSpec(name, config)
  const configs = [...(spec?.configs ?? [])].map(([key, value]) => ({ name: key, value }))
  const numPartitions = spec?.partitionCount ?? -1
  return { name, numPartitions, replicationFactor: -1, assignments: [], configs }
}
