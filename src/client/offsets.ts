// Offsets as an admin client sees them: of logs, and of groups.
import type { Cluster } from './cluster.ts'
import { clientError, throwOnError, type ClientError } from './errors.ts'
import { byTopic, leadersOf, partitionKey, type TopicPartition } from './topics.ts'

/** The special timestamps that ListOffsets knows. */
export const offsetTimes = {
  latest: -1,
  earliest: -2,
  'max-timestamp': -3,
  'earliest-local': -4,
  'latest-tiered': -5,
  'earliest-pending-upload': -6,
} as const

export interface OffsetQuestion extends TopicPartition {
  /** Milliseconds, or one of `offsetTimes`. */
  readonly timestamp: number
}

export interface OffsetAnswer extends TopicPartition {
  /** -1: there is none. */
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
  readonly error: ClientError | null
}

export type Isolation = 'read_uncommitted' | 'read_committed'

/** Offsets by `partitionKey`. Errors of single partitions are in the answers; retriable ones are tried again. */
export async function listOffsets(
  cluster: Cluster,
  questions: readonly OffsetQuestion[],
  isolation: Isolation = 'read_uncommitted',
): Promise<ReadonlyMap<string, OffsetAnswer>> {
  const answers = new Map<string, OffsetAnswer>()
  await cluster.retrying(async () => {
    const open = questions.filter(({ topic, partition }) => {
      const known = answers.get(partitionKey(topic, partition))
      return known === undefined || known.error?.retriable === true
    })
    const leaders = await leadersOf(cluster, [...new Set(open.map(({ topic }) => topic))])
    const byLeader = new Map<number, OffsetQuestion[]>()
    for (const question of open) {
      const leader = leaders.get(partitionKey(question.topic, question.partition))
      if (leader === undefined) throw clientError(unknownTopicOrPartition)
      if (leader < 0) throw clientError(leaderNotAvailable)
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), question])
    }
    await Promise.all(
      [...byLeader].map(([leader, asked]) =>
        askLeader(cluster, { leader, asked, isolation }, answers),
      ),
    )
    for (const { error } of answers.values()) if (error?.retriable === true) throw error
  }, 'ListOffsets')
  return answers
}

const unknownTopicOrPartition = 3
const leaderNotAvailable = 5

async function askLeader(
  cluster: Cluster,
  question: {
    readonly leader: number
    readonly asked: readonly OffsetQuestion[]
    readonly isolation: Isolation
  },
  answers: Map<string, OffsetAnswer>,
): Promise<void> {
  const response = await cluster.node(question.leader, 'ListOffsets', {
    replicaId: -1,
    isolationLevel: question.isolation === 'read_committed' ? 1 : 0,
    topics: [...byTopic(question.asked)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, timestamp }) => ({
        partitionIndex: partition,
        timestamp,
        maxNumOffsets: 1,
      })),
    })),
    timeoutMs: cluster.config.requestTimeoutMs,
  })
  for (const { name, partitions } of response.topics) {
    for (const { partitionIndex, errorCode, offset, timestamp, leaderEpoch } of partitions) {
      answers.set(partitionKey(name, partitionIndex), {
        topic: name,
        partition: partitionIndex,
        offset,
        timestamp,
        leaderEpoch,
        error: errorCode === 0 ? null : clientError(errorCode),
      })
    }
  }
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: number
  /** -1: unknown. */
  readonly leaderEpoch: number
  readonly metadata: string | null
}

/** What a group has committed, for every partition or for these; partitions without an offset are left out. */
export async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null = null,
): Promise<readonly CommittedOffset[]> {
  const topics =
    partitions === null
      ? null
      : [...byTopic(partitions)].map(([name, items]) => ({
          name,
          partitionIndexes: items.map(({ partition }) => partition),
        }))
  const request = { groupId, topics, groups: [{ groupId, topics }], requireStable: true }
  const response = await cluster.coordinator('group', groupId, 'OffsetFetch', request, (answer) => {
    return answer.groups[0]?.errorCode ?? answer.errorCode
  })
  const group = response.groups[0] ?? response
  throwOnError(group.errorCode)
  return group.topics.flatMap(({ name, partitions: found }) =>
    found.flatMap((partition) => {
      throwOnError(partition.errorCode)
      if (partition.committedOffset < 0) return []
      return {
        topic: name,
        partition: partition.partitionIndex,
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.metadata,
      }
    }),
  )
}

/** Who commits: a member of a generation, or nobody (an admin client, for a group without members). */
export interface Committer {
  readonly generationId: number
  readonly memberId: string
}

/** An offset to commit. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number
  /** Of the record in front of it, where it is known. */
  readonly leaderEpoch?: number | null
}

/** Commits offsets. @throws ClientError of the first partition that is refused */
export async function commitOffsets(
  cluster: Cluster,
  groupId: string,
  offsets: readonly OffsetToCommit[],
  committer: Committer = { generationId: -1, memberId: '' },
): Promise<void> {
  if (offsets.length === 0) return
  const request = {
    groupId,
    generationIdOrMemberEpoch: committer.generationId,
    memberId: committer.memberId,
    topics: [...byTopic(offsets)].map(([name, items]) => ({
      name,
      partitions: items.map(({ partition, offset, leaderEpoch }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: '',
      })),
    })),
  }
  const response = await cluster.coordinator(
    'group',
    groupId,
    'OffsetCommit',
    request,
    (answer) => {
      return answer.topics[0]?.partitions[0]?.errorCode ?? 0
    },
  )
  for (const { partitions } of response.topics) {
    for (const { errorCode } of partitions) throwOnError(errorCode)
  }
}

export interface DeletedOffset extends TopicPartition {
  readonly error: ClientError | null
}

/** Deletes committed offsets: the error of the whole, and that of each partition. */
export async function deleteOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<{ readonly error: ClientError | null; readonly partitions: readonly DeletedOffset[] }> {
  const request = {
    groupId,
    topics: [...byTopic(partitions)].map(([name, items]) => ({
      name,
      partitions: items.map(({ partition }) => ({ partitionIndex: partition })),
    })),
  }
  const response = await cluster.coordinator(
    'group',
    groupId,
    'OffsetDelete',
    request,
    (answer) => {
      return answer.errorCode
    },
  )
  const error = response.errorCode === 0 ? null : clientError(response.errorCode)
  return {
    error,
    partitions: partitions.map(({ topic, partition }) => {
      const found = response.topics
        .find(({ name }) => name === topic)
        ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
      const own = found === undefined || found.errorCode === 0 ? null : clientError(found.errorCode)
      return { topic, partition, error: error ?? own }
    }),
  }
}
