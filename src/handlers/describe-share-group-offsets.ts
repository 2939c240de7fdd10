/**
 * DescribeShareGroupOffsets (90), v0-1: where share groups begin in their partitions (KIP-932). v1 how
 * far they lag behind.
 * Differs from Kafka: not at all.
 */
import type {
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsRequestGroup,
  DescribeShareGroupOffsetsResponseGroupInput,
  DescribeShareGroupOffsetsResponseInput,
} from '../../protocol/codecs/describe-share-group-offsets.ts'
import { allOf } from '../base/all-of.ts'
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { StoredAnswer } from '../coordinators/share/stored-states.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { servesShareGroups } from './share-groups.ts'

type GroupInput = DescribeShareGroupOffsetsResponseGroupInput
type TopicInput = GroupInput['topics'][number]
type PartitionInput = TopicInput['partitions'][number]

export const handleDescribeShareGroupOffsets: Handler<
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponseInput
> = (broker, request, context) => {
  const groups = request.groups.map((group) => {
    if (!servesShareGroups(broker)) return refused(group.groupId, 'UNSUPPORTED_VERSION', null)
    if (!broker.authorize(context, 'describe', 'group', group.groupId)) {
      return refused(group.groupId, 'GROUP_AUTHORIZATION_FAILED', null)
    }
    return describe(broker, context, group)
  })
  return chain(allOf(groups), (answers) => ({ throttleTimeMs: 0, groups: answers }))
}

function describe(
  broker: BrokerServices,
  context: RequestContext,
  { groupId, topics }: DescribeShareGroupOffsetsRequestGroup,
): MaybePromise<GroupInput> {
  const maySee = (topic: string) => broker.authorize(context, 'describe', 'topic', topic)
  if (topics !== null) {
    const shown = topics.map(({ topicName, partitions }) => {
      if (maySee(topicName)) return describeTopic(broker, groupId, topicName, partitions)
      return hiddenTopic(topicName, partitions)
    })
    return chain(allOf(shown), (all) => groupInput(groupId, all))
  }
  return chain(broker.groups.share.initializedPartitions(groupId), (initialized) => {
    if (typeof initialized === 'string') return refused(groupId, initialized)
    const shown = Array.from(initialized, ([topicId, { partitions }]) => {
      const topic = broker.catalog.topicById(toTopicId(topicId))
      if (topic === undefined || !maySee(topic.name)) return []
      return [describeTopic(broker, groupId, topic.name, partitions)]
    }).flat()
    return chain(allOf(shown), (all) => groupInput(groupId, all))
  })
}

function describeTopic(
  broker: BrokerServices,
  groupId: string,
  topicName: string,
  partitions: readonly number[],
): MaybePromise<TopicInput> {
  const topic = broker.catalog.topic(topicName)
  if (topic === undefined) {
    const missing = partitions.map((partition) => ({ ...unknown, partitionIndex: partition }))
    return { topicName, topicId: zeroTopicId, partitions: missing }
  }
  const shown = partitions.map((partition) => {
    const stored = broker.shareStates.summary({ groupId, topicId: topic.id, partition })
    return chain(stored, (answer) => describePartition(broker, topicName, partition, answer))
  })
  return chain(allOf(shown), (all) => ({ topicName, topicId: topic.id, partitions: all }))
}

function describePartition(
  { storage }: BrokerServices,
  topic: string,
  partition: number,
  { state }: StoredAnswer,
): PartitionInput {
  if (state === null) return { ...unknown, partitionIndex: partition }
  const { startOffset, leaderEpoch, deliveryCompleteCount } = state
  const known = { ...unknown, partitionIndex: partition, startOffset, leaderEpoch }
  if (startOffset === -1 || deliveryCompleteCount === -1) return known
  const store = storage.partition(topic, partition)
  if (store === undefined) return { ...known, ...failure('UNKNOWN_TOPIC_OR_PARTITION') }
  return { ...known, lag: store.highWatermark - startOffset - deliveryCompleteCount }
}

function hiddenTopic(topicName: string, partitions: readonly number[]): TopicInput {
  const hidden = { ...unknown, ...failure('TOPIC_AUTHORIZATION_FAILED') }
  return {
    topicName,
    topicId: zeroTopicId,
    partitions: partitions.map((partition) => ({ ...hidden, partitionIndex: partition })),
  }
}

/** Nothing is known of the group's offset. */
const unknown: PartitionInput = {
  partitionIndex: 0,
  startOffset: -1,
  leaderEpoch: 0,
  lag: -1,
  errorCode: 0,
  errorMessage: null,
}

function failure(error: ErrorName) {
  return { errorCode: errorCode(error), errorMessage: errorText(error) }
}

function groupInput(groupId: string, topics: readonly TopicInput[]): GroupInput {
  return { groupId, topics, errorCode: 0, errorMessage: null }
}

function refused(
  groupId: string,
  error: ErrorName,
  errorMessage: string | null = errorText(error),
): GroupInput {
  return { groupId, topics: [], errorCode: errorCode(error), errorMessage }
}
