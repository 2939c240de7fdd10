// How far a plan of kafka-reassign-partitions is: partitions, and moves between directories.
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import {
  alterReplicaDirectories,
  describeReplicaDirectories,
  replicaKey,
  type OngoingReassignment,
  type Replica,
  type ReplicaDirectory,
} from '../../client/reassignments.ts'
import { compareText, describeTopics } from '../../client/topics.ts'
import {
  comparePartitions,
  keyOf,
  type PlannedMove,
  type PlannedPartition,
} from './reassignment-plan.ts'
import type { ToolHost } from './tool.ts'

/** The replicas of all partitions of these topics. @throws ClientError that names a topic there is not */
export async function topicReplicas(
  cluster: Cluster,
  topics: readonly string[],
): Promise<readonly PlannedPartition[]> {
  const found: PlannedPartition[] = []
  for (const topic of topics) {
    const [description] = await describeTopics(cluster, [topic]).catch((error: unknown) => {
      if (!isUnknown(error)) throw error
      throw new ClientError('UNKNOWN_TOPIC_OR_PARTITION', `Topic ${topic} not found.`)
    })
    for (const { partition, replicas } of description?.partitions ?? []) {
      found.push({ topic, partition, replicas })
    }
  }
  return found
}

function isUnknown(error: unknown): boolean {
  return error instanceof ClientError && error.errorName === 'UNKNOWN_TOPIC_OR_PARTITION'
}

/** The replicas of the planned partitions as they are. @throws ClientError that names what there is not */
export async function currentReplicas(
  cluster: Cluster,
  plan: readonly PlannedPartition[],
): Promise<readonly PlannedPartition[]> {
  const wanted = new Set(plan.map(keyOf))
  const all = await topicReplicas(cluster, [...new Set(plan.map(({ topic }) => topic))])
  const found = all.filter((item) => wanted.has(keyOf(item)))
  for (const item of found) wanted.delete(keyOf(item))
  if (wanted.size > 0) {
    throw new ClientError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `Unable to find partition: ${[...wanted].join(', ')}`,
    )
  }
  return found
}

/** A partition's replicas, one by one. */
export function replicasOf({ topic, partition, replicas }: PlannedPartition): readonly Replica[] {
  return replicas.filter((id) => id >= 0).map((broker) => ({ topic, partition, broker }))
}

/** What a partition has beside what was planned for it. */
export interface PartitionState extends PlannedPartition {
  readonly current: readonly number[]
  readonly isDone: boolean
}

/** Where each planned partition stands, in order. A partition that there is not has no replicas. */
export async function partitionStates(
  cluster: Cluster,
  plan: readonly PlannedPartition[],
  ongoing: ReadonlyMap<string, OngoingReassignment>,
): Promise<readonly PartitionState[]> {
  const topics = [...new Set(plan.map(({ topic }) => topic))]
  const replicas = new Map<string, readonly number[]>()
  for (const topic of topics) {
    const found = await topicReplicas(cluster, [topic]).catch((error: unknown) => {
      if (isUnknown(error)) return []
      throw error
    })
    for (const item of found) replicas.set(keyOf(item), item.replicas)
  }
  return [...plan].sort(comparePartitions).map((item) => {
    const moving = ongoing.get(keyOf(item))
    const current = moving?.replicas ?? replicas.get(keyOf(item)) ?? []
    return { ...item, current, isDone: moving === undefined }
  })
}

/** A line of --verify. */
export function stateText(state: PartitionState): string {
  const { current, replicas, isDone } = state
  if (!isDone) return `Reassignment of partition ${keyOf(state)} is still in progress.`
  if (current.join() === replicas.join()) {
    return `Reassignment of partition ${keyOf(state)} is completed.`
  }
  return `There is no active reassignment of partition ${keyOf(state)}, but replica set is ${current.join(',')} rather than ${replicas.join(',')}.`
}

/** Where a replica lies beside where it was to move. */
export type MoveState = PlannedMove & ReplicaDirectory

/** Where each planned move stands, by broker, topic and partition. */
export async function moveStates(
  cluster: Cluster,
  moves: readonly PlannedMove[],
): Promise<readonly MoveState[]> {
  const directories = await describeReplicaDirectories(cluster, moves)
  return [...moves]
    .sort(compareReplicas)
    .map((move) => ({ current: null, future: null, ...directories.get(replicaKey(move)), ...move }))
}

function compareReplicas(left: Replica, right: Replica): number {
  return (
    left.broker - right.broker ||
    compareText(left.topic, right.topic) ||
    left.partition - right.partition
  )
}

/** A line of --verify. */
export function moveText(state: MoveState): string {
  const { broker, directory, current, future } = state
  const partition = `Partition ${keyOf(state)}`
  if (current === null) {
    return `${partition} is not found in any live log dir on broker ${broker}. There is likely an offline log directory on the broker.`
  }
  if (future === null) {
    return current === directory
      ? `Reassignment of replica ${replicaKey(state)} completed successfully.`
      : `${partition} on broker ${broker} is not being moved from log dir ${current} to ${directory}.`
  }
  return future === directory
    ? `Reassignment of replica ${replicaKey(state)} is still in progress.`
    : `${partition} on broker ${broker} is being moved to log dir ${future} instead of ${directory}.`
}

const retryMs = 100

/**
 * Starts moves and says so; a replica that its broker does not have yet is asked for again. Resolves with those that
 * did not begin in time. @throws Error for a move that is refused
 */
export async function moveDirectories(
  host: ToolHost,
  cluster: Cluster,
  moves: readonly PlannedMove[],
  timeoutMs: number,
): Promise<readonly PlannedMove[]> {
  const { clock } = host
  const deadlineMs = clock.monotonicMs() + timeoutMs
  let pending = [...moves].sort(compareReplicas)
  while (pending.length > 0) {
    const results = await alterReplicaDirectories(cluster, pending)
    const started = new Set<string>()
    for (const result of results) {
      if (result.error === null) started.add(replicaKey(result))
      else if (result.error.errorName !== 'REPLICA_NOT_AVAILABLE') {
        throw new Error(`Failed to alter dir for ${replicaKey(result)}`, { cause: result.error })
      }
    }
    for (const move of pending.filter((item) => started.has(replicaKey(item)))) {
      await host.out(
        `Successfully started moving log directory to ${move.directory} for replica ${keyOf(move)} with broker ${move.broker} \n`,
      )
    }
    pending = pending.filter((item) => !started.has(replicaKey(item)))
    if (pending.length === 0 || clock.monotonicMs() >= deadlineMs) break
    await cluster.sleep(retryMs)
  }
  return pending
}
