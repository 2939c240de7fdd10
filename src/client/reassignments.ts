// Reassignments as an admin client sees them: which replicas a partition gets, and in which directories they lie.
import type { Cluster } from './cluster.ts'
import { ClientError, clientError, throwOnError } from './errors.ts'
import { byTopic, partitionKey, type TopicPartition } from './topics.ts'

export interface OngoingReassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/** The reassignments under way, by `partitionKey`: of these partitions, or of all. @throws ClientError */
export async function listReassignments(
  cluster: Cluster,
  partitions: readonly TopicPartition[] | null = null,
): Promise<ReadonlyMap<string, OngoingReassignment>> {
  const topics =
    partitions === null
      ? null
      : [...byTopic(partitions)].map(([name, items]) => ({
          name,
          partitionIndexes: items.map(({ partition }) => partition),
        }))
  const response = await cluster.controller('ListPartitionReassignments', {
    timeoutMs: cluster.config.requestTimeoutMs,
    topics,
  })
  throwOnError(response.errorCode, response.errorMessage)
  const found = response.topics.flatMap(({ name: topic, partitions: items }) =>
    items.map(({ partitionIndex: partition, replicas, addingReplicas, removingReplicas }) => ({
      topic,
      partition,
      replicas,
      adding: addingReplicas,
      removing: removingReplicas,
    })),
  )
  return new Map(found.map((item) => [partitionKey(item.topic, item.partition), item]))
}

/** What became of a partition. */
export interface ReassignmentResult extends TopicPartition {
  readonly error: ClientError | null
}

/** Starts a reassignment of each partition, or, where `replicas` is null, cancels it. @throws ClientError */
export async function alterReassignments(
  cluster: Cluster,
  wanted: readonly (TopicPartition & { readonly replicas: readonly number[] | null })[],
  options: { readonly allowReplicationFactorChange: boolean },
): Promise<readonly ReassignmentResult[]> {
  const response = await cluster.controller('AlterPartitionReassignments', {
    timeoutMs: cluster.config.requestTimeoutMs,
    allowReplicationFactorChange: options.allowReplicationFactorChange,
    topics: [...byTopic(wanted)].map(([name, items]) => ({
      name,
      partitions: items.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
    })),
  })
  throwOnError(response.errorCode, response.errorMessage)
  return response.responses.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode, errorMessage }) => ({
      topic,
      partition,
      error: errorCode === 0 ? null : clientError(errorCode, errorMessage),
    })),
  )
}

/** A partition on one broker. */
export interface Replica extends TopicPartition {
  readonly broker: number
}

/** Replicas by name, as maps need a key, and as Kafka prints them. */
export function replicaKey({ topic, partition, broker }: Replica): string {
  return `${topic}-${partition}-${broker}`
}

/** Where a replica lies, and where a copy is being made of it. */
export interface ReplicaDirectory {
  readonly current: string | null
  readonly future: string | null
}

/** Directories by `replicaKey`; a replica that its broker does not have is in none. @throws ClientError */
export async function describeReplicaDirectories(
  cluster: Cluster,
  replicas: readonly Replica[],
): Promise<ReadonlyMap<string, ReplicaDirectory>> {
  const places = new Map<string, { current: string | null; future: string | null }>(
    replicas.map((replica) => [replicaKey(replica), { current: null, future: null }]),
  )
  for (const broker of new Set(replicas.map((replica) => replica.broker))) {
    const own = replicas.filter((replica) => replica.broker === broker)
    const topics = [...byTopic(own)].map(([topic, items]) => ({
      topic,
      partitions: items.map(({ partition }) => partition),
    }))
    const response = await cluster.node(broker, 'DescribeLogDirs', { topics })
    throwOnError(response.errorCode)
    for (const directory of response.results) {
      for (const { name: topic, partitions } of directory.topics) {
        for (const { partitionIndex: partition, isFutureKey } of partitions) {
          const place = places.get(replicaKey({ topic, partition, broker }))
          if (place !== undefined) place[isFutureKey ? 'future' : 'current'] = directory.logDir
        }
      }
    }
  }
  return places
}

/** Has replicas moved to directories; what became of each. */
export async function alterReplicaDirectories(
  cluster: Cluster,
  moves: readonly (Replica & { readonly directory: string })[],
): Promise<readonly (Replica & { readonly error: ClientError | null })[]> {
  const results: (Replica & { readonly error: ClientError | null })[] = []
  for (const broker of new Set(moves.map((move) => move.broker))) {
    const own = moves.filter((move) => move.broker === broker)
    const paths = [...new Set(own.map(({ directory }) => directory))]
    const response = await cluster.node(broker, 'AlterReplicaLogDirs', {
      dirs: paths.map((path) => ({
        path,
        topics: [...byTopic(own.filter(({ directory }) => directory === path))].map(
          ([name, items]) => ({ name, partitions: items.map(({ partition }) => partition) }),
        ),
      })),
    })
    for (const { topicName: topic, partitions } of response.results) {
      for (const { partitionIndex: partition, errorCode } of partitions) {
        const error = errorCode === 0 ? null : clientError(errorCode)
        results.push({ topic, partition, broker, error })
      }
    }
  }
  return results
}
