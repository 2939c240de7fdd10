/**
 * Metadata (3), v0-13: brokers and topics, by name or id, with auto-creation.
 * v0 no topics = all · v1 null = all, racks, controller · v2 cluster id · v4
 * allowAutoTopicCreation ·
 * v5 offline replicas · v7 leader epochs · v8 authorized operations (KIP-430) · v9 flexible ·
 * v10 topic ids (KIP-516) · v12 topics by id · v13 top-level error code (KIP-1102).
 * Differs from Kafka: an auto-created topic is there with its leader in the same answer, where
 * Kafka answers UNKNOWN_TOPIC_OR_PARTITION first; topics come in the request's order.
 */
import type {
  MetadataRequest,
  MetadataRequestTopic,
  MetadataResponseInput,
  MetadataResponsePartitionInput,
  MetadataResponseTopicInput,
} from '../../protocol/codecs/metadata.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { PartitionImage, TopicImage } from '../catalog/image.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { createMissingTopics } from '../catalog/topic-creation.ts'
import { isInternalTopic, topicNameProblem } from '../catalog/topic-names.ts'
import {
  authorizedOperations,
  clusterResource,
  operationsNotAsked,
} from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { orRefusal } from './or-refusal.ts'

const topicsByIdFrom = 12
const noLeader = -1

type Call = { broker: BrokerServices; request: MetadataRequest; context: RequestContext }
type TopicAnswer = MetadataResponseTopicInput

export const handleMetadata: Handler<MetadataRequest, MetadataResponseInput> = (
  broker,
  request,
  context,
) => {
  const call = { broker, request, context }
  const problem = requestProblem(request, context)
  if (problem !== null) return failed(request, problem)
  if (asksForAll(request, context)) return answer(call, allTopics(call))
  const references = request.topics ?? []
  const ids = references.filter((reference) => reference.topicId !== zeroTopicId)
  // One id makes it a request by id: names beside it are not looked at, as in Kafka.
  if (ids.length > 0) return answer(call, topicsById(call, ids))
  return chain(topicsByName(call, references), (topics) => answer(call, topics))
}

function asksForAll({ topics }: MetadataRequest, { apiVersion }: RequestContext): boolean {
  return topics === null || (apiVersion === 0 && topics.length === 0)
}

function requestProblem({ topics }: MetadataRequest, context: RequestContext): ErrorName | null {
  const references = topics ?? []
  if (context.apiVersion < topicsByIdFrom) {
    const isIllegal = references.some(
      ({ name, topicId }) => name === null || topicId !== zeroTopicId,
    )
    return isIllegal ? 'INVALID_REQUEST' : null
  }
  const hasIds = references.some(({ topicId }) => topicId !== zeroTopicId)
  // Neither name nor id: Kafka stumbles and says so.
  const isEmpty = !hasIds && references.some(({ name }) => name === null)
  return isEmpty ? 'UNKNOWN_SERVER_ERROR' : null
}

function failed(request: MetadataRequest, error: ErrorName): MetadataResponseInput {
  const topics = (request.topics ?? []).map(({ name }) => ({
    errorCode: errorCode(error),
    name: name ?? '',
    partitions: [],
  }))
  return { brokers: [], topics, errorCode: errorCode(error) }
}

function answer(call: Call, topics: readonly TopicAnswer[]): MetadataResponseInput {
  const { broker, request, context } = call
  const { host, port } = context.connection.advertised
  const { nodeId, brokerRack } = broker.config
  return {
    brokers: [{ nodeId, host, port, rack: brokerRack }],
    clusterId: broker.catalog.clusterId,
    controllerId: nodeId,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? clusterOperations(broker, context)
      : operationsNotAsked,
  }
}

function clusterOperations(broker: BrokerServices, context: RequestContext): number {
  if (!broker.authorize(context, 'describe', 'cluster', clusterResource)) return 0
  return authorizedOperations(broker, context, 'cluster', clusterResource)
}

/** Topics that the client may not see are left out. */
function allTopics(call: Call): TopicAnswer[] {
  const { broker, context } = call
  const topics: TopicAnswer[] = []
  for (const topic of broker.catalog.topics()) {
    const isVisible = broker.authorize(context, 'describe', 'topic', topic.name, 'probe')
    if (isVisible) topics.push(found(call, topic))
  }
  return topics
}

function topicsById(call: Call, references: readonly MetadataRequestTopic[]): TopicAnswer[] {
  const { broker, context } = call
  const ids = new Set(references.map(({ topicId }) => toTopicId(topicId)))
  return [...ids].map((topicId) => {
    const topic = broker.catalog.topicById(topicId)
    if (topic === undefined) return missing('UNKNOWN_TOPIC_ID', { name: null, topicId })
    if (broker.authorize(context, 'describe', 'topic', topic.name)) return found(call, topic)
    return missing('TOPIC_AUTHORIZATION_FAILED', { name: null, topicId })
  })
}

function topicsByName(
  call: Call,
  references: readonly MetadataRequestTopic[],
): MaybePromise<TopicAnswer[]> {
  const names = [...new Set(references.flatMap(({ name }) => (name === null ? [] : [name])))]
  const wanted = names.filter((name) => mayCreate(call, name))
  if (wanted.length === 0) return names.map((name) => topicByName(call, name, undefined))
  const created = orRefusal(
    () => createMissingTopics(call.broker.catalog, wanted, call.broker),
    ({ errorName, detail }): ReadonlyMap<string, Refusal> =>
      new Map(wanted.map((name) => [name, { error: errorName, message: detail }])),
  )
  return chain(created, (refusals) =>
    names.map((name) => topicByName(call, name, refusals.get(name))),
  )
}

/** True for a missing topic that this request creates. */
function mayCreate({ broker, request, context }: Call, name: string): boolean {
  if (!request.allowAutoTopicCreation || !broker.config.autoCreateTopicsEnable) return false
  if (broker.catalog.topic(name) !== undefined) return false
  if (!broker.authorize(context, 'describe', 'topic', name)) return false
  return (
    broker.authorize(context, 'create', 'cluster', clusterResource, 'probe') ||
    broker.authorize(context, 'create', 'topic', name)
  )
}

function topicByName(call: Call, name: string, refusal: Refusal | undefined): TopicAnswer {
  const { broker, request, context } = call
  if (!broker.authorize(context, 'describe', 'topic', name)) {
    return missing('TOPIC_AUTHORIZATION_FAILED', { name, topicId: zeroTopicId })
  }
  const topic = broker.catalog.topic(name)
  if (topic !== undefined) return found(call, topic)
  const isForbidden =
    request.allowAutoTopicCreation && broker.config.autoCreateTopicsEnable && refusal === undefined
  const error = isForbidden ? 'TOPIC_AUTHORIZATION_FAILED' : (refusal?.error ?? unknownName(name))
  return { ...missing(error, { name, topicId: zeroTopicId }), ...operations(call, name) }
}

function unknownName(name: string): ErrorName {
  return topicNameProblem(name) === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'
}

function found(call: Call, topic: TopicImage): TopicAnswer {
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map((partition) => describePartition(call, topic, partition)),
    ...operations(call, topic.name),
  }
}

function operations(
  { broker, request, context }: Call,
  name: string,
): { topicAuthorizedOperations?: number } {
  if (!request.includeTopicAuthorizedOperations) return {}
  return { topicAuthorizedOperations: authorizedOperations(broker, context, 'topic', name) }
}

/** A partition whose disk failed has no leader, as Kafka's single node would say. */
function describePartition(
  { broker }: Call,
  topic: TopicImage,
  image: PartitionImage,
): MetadataResponsePartitionInput {
  const isOffline = broker.storage.partition(topic.name, image.partition)?.online === false
  const leaderId = isOffline ? noLeader : image.leader
  return {
    errorCode: leaderId === noLeader ? errorCode('LEADER_NOT_AVAILABLE') : 0,
    partitionIndex: image.partition,
    leaderId,
    leaderEpoch: image.leaderEpoch,
    replicaNodes: image.replicas,
    isrNodes: image.isr,
    offlineReplicas: isOffline ? image.replicas : [],
  }
}

function missing(
  error: ErrorName,
  { name, topicId }: { name: string | null; topicId: string },
): TopicAnswer {
  const isInternal = name !== null && isInternalTopic(name)
  return { errorCode: errorCode(error), name, topicId, isInternal, partitions: [] }
}
