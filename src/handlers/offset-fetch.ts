/**
 * OffsetFetch (9), v0-10: what groups have committed. v2 all topics at once, error of the group ·
 * v5 leader epoch (KIP-320) · v6 flexible · v7 requireStable (KIP-447) · v8 several groups
 * (KIP-709) · v9 member epochs (KIP-848) · v10 topic ids. Differs from Kafka: v0, which Kafka 4
 * dropped, is served from the same offsets.
 */
import type {
  OffsetFetchRequest,
  OffsetFetchRequestGroup,
  OffsetFetchResponseGroupInput,
  OffsetFetchResponseInput,
  OffsetFetchResponsePartitionInput,
} from '../../protocol/codecs/offset-fetch.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { FetchOffsetsAnswer } from '../coordinators/offset-requests.ts'
import { allOf } from '../base/all-of.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

const groupErrorVersion = 2
const severalGroupsVersion = 8
const topicIdVersion = 10

export const handleOffsetFetch: Handler<OffsetFetchRequest, OffsetFetchResponseInput> = (
  broker,
  request,
  context,
) => {
  if (context.apiVersion < severalGroupsVersion) return fetchOne(broker, request, context)
  const { requireStable } = request
  const groups = request.groups.map((group) => fetchGroup(broker, context, group, requireStable))
  return chain(allOf(groups), (answers) => ({ throttleTimeMs: 0, groups: answers }))
}

/** The versions that speak of one group. */
function fetchOne(
  broker: BrokerServices,
  request: OffsetFetchRequest,
  context: RequestContext,
): MaybePromise<OffsetFetchResponseInput> {
  const { groupId, requireStable } = request
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: zeroTopicId })) ?? null
  const group = { groupId, memberId: null, memberEpoch: -1, topics }
  return chain(fetchGroup(broker, context, group, requireStable), (answer) => {
    const code = answer.errorCode ?? 0
    const { apiVersion } = context
    // The first versions have no place for an error of the group: every partition has it.
    if (apiVersion < groupErrorVersion && code !== 0) {
      const failed = (topics ?? []).map(({ name, partitionIndexes }) => {
        const partitions = partitionIndexes.map((index) => noOffset(index, code))
        return { name, partitions }
      })
      return { topics: failed, errorCode: code }
    }
    const named = answer.topics.map(({ name = '', partitions }) => ({
      name,
      partitions: apiVersion === 0 ? partitions.map(asZooKeeperAnswered) : partitions,
    }))
    return { throttleTimeMs: 0, topics: named, errorCode: code }
  })
}

/** Offsets of ZooKeeper's time: where there was no commit, there was no partition. */
function asZooKeeperAnswered(
  partition: OffsetFetchResponsePartitionInput,
): OffsetFetchResponsePartitionInput {
  if (partition.committedOffset !== -1 || partition.errorCode !== 0) return partition
  return { ...partition, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION') }
}

function fetchGroup(
  broker: BrokerServices,
  context: RequestContext,
  group: OffsetFetchRequestGroup,
  requireStable: boolean,
): MaybePromise<OffsetFetchResponseGroupInput> {
  const { groupId } = group
  if (!broker.authorize(context, 'describe', 'group', groupId)) {
    return { groupId, topics: [], errorCode: errorCode('GROUP_AUTHORIZATION_FAILED') }
  }
  const { memberId, memberEpoch } = group
  const plan = group.topics === null ? null : planTopics(broker, context, group.topics)
  const request = { groupId, memberId, memberEpoch, requireStable, topics: plan?.wanted ?? null }
  return chain(broker.groups.offsets.fetch(request, context), (answer) => {
    const { error } = answer
    if (error !== 'NONE') return { groupId, topics: [], errorCode: errorCode(error) }
    const topics = plan === null ? allTopics(broker, context, answer) : plan.fill(answer)
    return { groupId, topics, errorCode: 0 }
  })
}

type TopicsInput = OffsetFetchResponseGroupInput['topics']

/**
 * What to ask the coordinator for, and how its answer fills the places of the topics that were
 * asked for.
 */
interface TopicsPlan {
  readonly wanted: { readonly topic: string; readonly partitions: readonly number[] }[]
  fill(answer: FetchOffsetsAnswer): TopicsInput
}

function planTopics(
  broker: BrokerServices,
  context: RequestContext,
  topics: NonNullable<OffsetFetchRequestGroup['topics']>,
): TopicsPlan {
  const byId = context.apiVersion >= topicIdVersion
  const wanted: { topic: string; partitions: readonly number[] }[] = []
  const places = topics.map(({ name: given, topicId, partitionIndexes }) => {
    const name = byId ? broker.catalog.topicById(toTopicId(topicId))?.name : given
    let error: ErrorName | null = null
    if (name === undefined) error = 'UNKNOWN_TOPIC_ID'
    else if (!broker.authorize(context, 'describe', 'topic', name)) {
      error = 'TOPIC_AUTHORIZATION_FAILED'
    } else wanted.push({ topic: name, partitions: partitionIndexes })
    return { name: given, topicId, partitionIndexes, error }
  })
  return {
    wanted,
    fill: (answer) => {
      const answered = answer.topics.values()
      return places.map(({ name, topicId, partitionIndexes, error }) => {
        if (error !== null) {
          const code = errorCode(error)
          const partitions = partitionIndexes.map((index) => noOffset(index, code))
          return { name, topicId, partitions }
        }
        const fetched = answered.next().value
        return { name, topicId, partitions: fetched?.partitions.map(partitionInput) ?? [] }
      })
    },
  }
}

/**
 * All that the group has; of topics that the client may see. With topic ids, of topics that exist.
 */
function allTopics(
  broker: BrokerServices,
  context: RequestContext,
  answer: FetchOffsetsAnswer,
): TopicsInput {
  const byId = context.apiVersion >= topicIdVersion
  return answer.topics.flatMap(({ topic: name, partitions }) => {
    if (!broker.authorize(context, 'describe', 'topic', name, 'probe')) return []
    const topicId = broker.catalog.topic(name)?.id
    if (byId && topicId === undefined) return []
    return [{ name, topicId, partitions: partitions.map(partitionInput) }]
  })
}

function partitionInput(
  fetched: FetchOffsetsAnswer['topics'][number]['partitions'][number],
): OffsetFetchResponsePartitionInput {
  return {
    partitionIndex: fetched.partition,
    committedOffset: fetched.offset,
    committedLeaderEpoch: fetched.leaderEpoch,
    metadata: fetched.metadata,
    errorCode: errorCode(fetched.error),
  }
}

function noOffset(partitionIndex: number, code: number): OffsetFetchResponsePartitionInput {
  return {
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode: code,
  }
}
