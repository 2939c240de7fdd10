/**
 * DescribeTopicPartitions (75), v0: topics with their partitions in pages (KIP-966).
 * An answer holds at most responsePartitionLimit partitions and a cursor to go on from.
 * Differs from Kafka: not at all.
 */
import type {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponseInput,
  DescribeTopicPartitionsResponsePartitionInput,
  DescribeTopicPartitionsResponseTopicInput,
} from '../../protocol/codecs/describe-topic-partitions.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { zeroTopicId } from '../base/brands.ts'
import type { PartitionImage, TopicImage } from '../catalog/image.ts'
import { isInternalTopic, topicNameProblem } from '../catalog/topic-names.ts'
import { authorizedOperations } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

const noLeader = -1

type TopicAnswer = DescribeTopicPartitionsResponseTopicInput

export const handleDescribeTopicPartitions: Handler<
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponseInput
> = (broker, request, context) => {
  const fromTopic = request.cursor?.topicName ?? ''
  const isAll = request.topics.length === 0
  const asked = isAll ? [...broker.catalog.topics()] : request.topics
  const names = [...new Set(asked.map(({ name }) => name))].filter((name) => name >= fromTopic)
  names.sort()
  if (isCursorIllegal(request, names)) return refuse(request, 'INVALID_REQUEST')
  const purpose = isAll ? 'probe' : undefined
  const visible = names.filter((name) =>
    broker.authorize(context, 'describe', 'topic', name, purpose),
  )
  const mayBeSeen = new Set(visible)
  const page = readPage(broker, request, visible)
  const hidden = isAll ? [] : names.filter((name) => !mayBeSeen.has(name))
  return {
    throttleTimeMs: 0,
    topics: [
      ...page.topics.map((topic) => withOperations(broker, context, topic)),
      ...hidden.map((name) => missing(name, 'TOPIC_AUTHORIZATION_FAILED')),
    ],
    nextCursor: page.nextCursor,
  }
}

function isCursorIllegal(
  request: DescribeTopicPartitionsRequest,
  names: readonly string[],
): boolean {
  const { cursor, topics } = request
  if (cursor === null) return false
  return cursor.partitionIndex < 0 || (topics.length > 0 && !names.includes(cursor.topicName))
}

function refuse(
  request: DescribeTopicPartitionsRequest,
  error: ErrorName,
): DescribeTopicPartitionsResponseInput {
  return { throttleTimeMs: 0, topics: request.topics.map(({ name }) => missing(name, error)) }
}

interface Page {
  readonly topics: TopicAnswer[]
  readonly nextCursor: { topicName: string; partitionIndex: number } | null
}

/** Fills one page from the cursor on. */
function readPage(
  broker: BrokerServices,
  request: DescribeTopicPartitionsRequest,
  names: readonly string[],
): Page {
  const limit = Math.min(broker.config.maxRequestPartitionSizeLimit, request.responsePartitionLimit)
  let left = Math.max(limit, 1)
  const topics: TopicAnswer[] = []
  for (const name of names) {
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
    const topic = broker.catalog.topic(name)
    if (topic === undefined) {
      topics.push(missing(name, unknownName(name)))
      continue
    }
    const from = name === request.cursor?.topicName ? request.cursor.partitionIndex : 0
    const partitions = topic.partitions.slice(from, from + left)
    topics.push(found(broker, topic, partitions))
    left -= partitions.length
    const next = from + partitions.length
    if (next < topic.partitions.length) {
      return { topics, nextCursor: { topicName: name, partitionIndex: next } }
    }
  }
  return { topics, nextCursor: null }
}

function found(
  broker: BrokerServices,
  topic: TopicImage,
  partitions: readonly PartitionImage[],
): TopicAnswer {
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: partitions.map((partition) => describePartition(broker, topic, partition)),
  }
}

function describePartition(
  broker: BrokerServices,
  topic: TopicImage,
  image: PartitionImage,
): DescribeTopicPartitionsResponsePartitionInput {
  const isOffline = broker.storage.partition(topic.name, image.partition)?.online === false
  return {
    errorCode: 0,
    partitionIndex: image.partition,
    leaderId: isOffline ? noLeader : image.leader,
    leaderEpoch: image.leaderEpoch,
    replicaNodes: image.replicas,
    isrNodes: image.isr,
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    offlineReplicas: isOffline ? image.replicas : [],
  }
}

function withOperations(
  broker: BrokerServices,
  context: RequestContext,
  topic: TopicAnswer,
): TopicAnswer {
  const name = topic.name ?? ''
  return {
    ...topic,
    topicAuthorizedOperations: authorizedOperations(broker, context, 'topic', name),
  }
}

function missing(name: string, error: ErrorName): TopicAnswer {
  const isInternal = error !== 'TOPIC_AUTHORIZATION_FAILED' && isInternalTopic(name)
  return { errorCode: errorCode(error), name, topicId: zeroTopicId, isInternal, partitions: [] }
}

function unknownName(name: string): ErrorName {
  return topicNameProblem(name) === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'
}
