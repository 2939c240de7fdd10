// Topics as an admin client sees them: names, descriptions, changes.
import type { Cluster } from './cluster.ts'
import type { ResponseOf } from './connection.ts'
import { ClientError, clientError, throwOnError } from './errors.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface PartitionDescription {
  readonly partition: number
  /** -1: none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Null where the broker does not tell. */
  readonly eligibleLeaderReplicas: readonly number[] | null
  readonly lastKnownEligibleLeaderReplicas: readonly number[] | null
}

export interface TopicDescription {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  /** In order. */
  readonly partitions: readonly PartitionDescription[]
}

/** How many partitions one DescribeTopicPartitions answer may hold, unless the user says. */
export const responsePartitionLimit = 2000

/** All topics, sorted by name. */
export async function listTopics(
  cluster: Cluster,
): Promise<readonly { name: string; topicId: string; isInternal: boolean }[]> {
  const { topics } = await cluster.metadata(null)
  return topics
    .map(({ name, topicId, isInternal }) => ({ name: name ?? '', topicId, isInternal }))
    .sort((left, right) => compareText(left.name, right.name))
}

/** Order of Java's strings: by UTF-16 units. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** Descriptions in the order of `names`. @throws ClientError UNKNOWN_TOPIC_OR_PARTITION */
export async function describeTopics(
  cluster: Cluster,
  names: readonly string[],
  limit = responsePartitionLimit,
): Promise<readonly TopicDescription[]> {
  if (names.length === 0) return []
  const found = new Map<string, TopicDescription>()
  try {
    await describeByPages(cluster, names, limit, found)
  } catch (error) {
    if (!(error instanceof ClientError) || error.errorName !== 'UNSUPPORTED_VERSION') throw error
    for (const topic of await describeByMetadata(cluster, names)) found.set(topic.name, topic)
  }
  return names.flatMap((name) => found.get(name) ?? [])
}

async function describeByPages(
  cluster: Cluster,
  names: readonly string[],
  limit: number,
  into: Map<string, TopicDescription>,
): Promise<void> {
  let topics = [...names].sort(compareText)
  let cursor: ResponseOf<'DescribeTopicPartitions'>['nextCursor'] = null
  do {
    const response: ResponseOf<'DescribeTopicPartitions'> = await cluster.any(
      'DescribeTopicPartitions',
      { topics: topics.map((name) => ({ name })), responsePartitionLimit: limit, cursor },
    )
    for (const topic of response.topics) {
      const name = topic.name ?? ''
      throwOnError(topic.errorCode)
      const partitions = topic.partitions.map((partition) => ({
        partition: partition.partitionIndex,
        leader: partition.leaderId,
        leaderEpoch: partition.leaderEpoch,
        replicas: partition.replicaNodes,
        isr: partition.isrNodes,
        eligibleLeaderReplicas: partition.eligibleLeaderReplicas ?? [],
        lastKnownEligibleLeaderReplicas: partition.lastKnownElr ?? [],
      }))
      const before = into.get(name)?.partitions ?? []
      const { topicId, isInternal } = topic
      into.set(name, { name, topicId, isInternal, partitions: [...before, ...partitions] })
    }
    cursor = response.nextCursor
    const from = cursor?.topicName
    if (from !== undefined) topics = topics.filter((name) => name >= from)
  } while (cursor !== null)
}

async function describeByMetadata(
  cluster: Cluster,
  names: readonly string[],
): Promise<readonly TopicDescription[]> {
  const { topics } = await cluster.metadata(names)
  return topics.map(({ errorCode, name, topicId, isInternal, partitions }) => {
    throwOnError(errorCode)
    return {
      name: name ?? '',
      topicId,
      isInternal,
      partitions: partitions
        .map((partition) => ({
          partition: partition.partitionIndex,
          leader: partition.leaderId,
          leaderEpoch: partition.leaderEpoch,
          replicas: partition.replicaNodes,
          isr: partition.isrNodes,
          eligibleLeaderReplicas: null,
          lastKnownEligibleLeaderReplicas: null,
        }))
        .sort((left, right) => left.partition - right.partition),
    }
  })
}

export interface NewTopic {
  readonly name: string
  /** -1: the broker's default. */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  /** By partition; instead of the two counts. */
  readonly assignments: readonly (readonly number[])[]
  readonly configs: ReadonlyMap<string, string>
}

/** Creates a topic. @throws ClientError with the broker's message */
export async function createTopic(cluster: Cluster, topic: NewTopic): Promise<void> {
  const response = await cluster.controller('CreateTopics', {
    topics: [
      {
        name: topic.name,
        numPartitions: topic.assignments.length > 0 ? -1 : topic.partitions,
        replicationFactor: topic.assignments.length > 0 ? -1 : topic.replicationFactor,
        assignments: topic.assignments.map((brokerIds, partitionIndex) => ({
          partitionIndex,
          brokerIds,
        })),
        configs: [...topic.configs].map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: cluster.config.requestTimeoutMs,
  })
  for (const { errorCode, errorMessage } of response.topics) throwOnError(errorCode, errorMessage)
}

/** Deletes topics. @throws ClientError of the first that could not be */
export async function deleteTopics(cluster: Cluster, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const response = await cluster.controller('DeleteTopics', {
    topics: names.map((name) => ({ name, topicId: noTopicId })),
    topicNames: names,
    timeoutMs: cluster.config.requestTimeoutMs,
  })
  for (const { errorCode, errorMessage } of response.responses)
    throwOnError(errorCode, errorMessage)
}

/** "By name, not by id." */
export const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Raises topics to `count` partitions. @throws ClientError of the first that could not be */
export async function createPartitions(
  cluster: Cluster,
  topics: readonly {
    readonly name: string
    readonly count: number
    readonly assignments: readonly (readonly number[])[] | null
  }[],
): Promise<void> {
  const response = await cluster.controller('CreatePartitions', {
    topics: topics.map(({ name, count, assignments }) => ({
      name,
      count,
      assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
    })),
    timeoutMs: cluster.config.requestTimeoutMs,
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of response.results) throwOnError(errorCode, errorMessage)
}

/** Partitions by name, as maps need a key. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Groups partitions by topic, in the order in which topics first come. */
export function byTopic<Item extends TopicPartition>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const topics = new Map<string, Item[]>()
  for (const item of items) {
    const list = topics.get(item.topic)
    if (list === undefined) topics.set(item.topic, [item])
    else list.push(item)
  }
  return topics
}

/** The leader of every partition. @throws ClientError where a topic is unknown */
export async function leadersOf(
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const leaders = new Map<string, number>()
  if (topics.length === 0) return leaders
  const metadata = await cluster.metadata(topics)
  for (const topic of metadata.topics) {
    if (topic.errorCode !== 0) throw clientError(topic.errorCode)
    for (const { partitionIndex, leaderId } of topic.partitions) {
      leaders.set(partitionKey(topic.name ?? '', partitionIndex), leaderId)
    }
  }
  return leaders
}
