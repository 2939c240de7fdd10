// OffsetCommit, OffsetFetch and OffsetDelete on a partition's state: what is to be stored and what
// is answered. Pure; the coordinator stores, then answers.
import type { ErrorName } from '../../protocol/errors.ts'
import type { GroupChange } from './group-records.ts'
import type { GroupShard } from './shard.ts'
import { commitError, deleteOffsetsError, isSubscribedTo } from './offsets/commit.ts'
import type { Committer } from './offsets/commit.ts'
import type { CommittedOffset, GroupOffsets } from './offsets/offsets.ts'

export interface CommitRequest extends Committer {
  /** May be empty: Kafka keeps offsets for the group of that name too. */
  readonly groupId: string
  /** OffsetCommit 2-4: how long the offsets are kept; -1: offsets.retention.minutes. */
  readonly retentionTimeMs: number
  /** Of partitions that exist. */
  readonly offsets: readonly OffsetToCommit[]
}

export interface OffsetToCommit {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string | null
  /** OffsetCommit 1: the client's wall-clock ms; -1: now. */
  readonly commitTimestampMs: number
}

export interface FetchOffsetsRequest {
  readonly groupId: string
  /** OffsetFetch 9+; '' otherwise. */
  readonly memberId: string
  /** Null: all topics of the group. */
  readonly topics:
    readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null
  /** KIP-447: not the offsets that an open transaction may change. */
  readonly requireStable: boolean
}

export interface FetchOffsetsAnswer {
  readonly error: ErrorName
  readonly topics: readonly FetchedTopic[]
}

export interface FetchedTopic {
  readonly topic: string
  readonly partitions: readonly FetchedOffset[]
}

export interface FetchedOffset {
  readonly partition: number
  /** -1: none. */
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  readonly error: ErrorName
}

export interface DeleteOffsetsRequest {
  readonly groupId: string
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}

export interface DeleteOffsetsAnswer {
  /** Of the group as a whole; then `partitions` is empty. */
  readonly error: ErrorName
  /** In the request's order. */
  readonly partitions: readonly ErrorName[]
}

interface CommitTerms {
  readonly apiVersion: number
  /** Wall clock. */
  readonly nowMs: number
  /** offset.metadata.max.bytes, counted in UTF-16 units as Kafka does. */
  readonly metadataMaxBytes: number
}

/** Who may commit commits all; only an oversized metadata text is refused by itself. */
export function planCommit(
  shard: GroupShard,
  request: CommitRequest,
  terms: CommitTerms,
): { changes: GroupChange[]; answer: ErrorName[] } {
  const { groupId, offsets } = request
  const error = commitError(shard.group(groupId), request, terms.apiVersion)
  if (error !== null) return { changes: [], answer: offsets.map(() => error) }
  const changes: GroupChange[] = []
  const answer: ErrorName[] = []
  for (const given of offsets) {
    const tooLarge = given.metadata !== null && given.metadata.length > terms.metadataMaxBytes
    answer.push(tooLarge ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE')
    if (tooLarge) continue
    const { topic, partition } = given
    const value = committedOffset(given, request.retentionTimeMs, terms.nowMs)
    changes.push({ kind: 'offset', key: { groupId, topic, partition }, value })
  }
  return { changes, answer }
}

function committedOffset(
  given: OffsetToCommit,
  retentionTimeMs: number,
  nowMs: number,
): CommittedOffset {
  return {
    offset: given.offset,
    leaderEpoch: given.leaderEpoch < 0 ? -1 : given.leaderEpoch,
    metadata: given.metadata ?? '',
    commitTimestampMs: given.commitTimestampMs === -1 ? nowMs : given.commitTimestampMs,
    expireTimestampMs: retentionTimeMs === -1 ? -1 : nowMs + retentionTimeMs,
    topicId: given.topicId,
  }
}

/** What the group has committed; partitions without a commit say so with offset -1. */
export function readOffsets(shard: GroupShard, request: FetchOffsetsRequest): FetchedTopic[] {
  const { groupId } = request
  const committed = shard.offsets.ofGroup(groupId)
  const topics = request.topics ?? allPartitions(committed)
  return topics.map(({ topic, partitions }) => {
    const ofTopic = committed.get(topic)
    return {
      topic,
      partitions: partitions.map((partition) => {
        const unstable =
          request.requireStable && shard.offsets.hasPending({ groupId, topic, partition })
        if (unstable) return { ...noOffset, partition, error: 'UNSTABLE_OFFSET_COMMIT' }
        const value = ofTopic?.get(partition)
        if (value === undefined) return { ...noOffset, partition }
        const { offset, leaderEpoch, metadata } = value
        return { partition, offset, leaderEpoch, metadata, error: 'NONE' }
      }),
    }
  })
}

const noOffset = { offset: -1, leaderEpoch: -1, metadata: '', error: 'NONE' } as const

function allPartitions(committed: GroupOffsets): { topic: string; partitions: number[] }[] {
  return Array.from(committed, ([topic, partitions]) => {
    return { topic, partitions: [...partitions.keys()] }
  })
}

/** Deletes what the group has committed, except for topics that it reads. */
export function planDeletion(
  shard: GroupShard,
  request: DeleteOffsetsRequest,
): { changes: GroupChange[]; answer: DeleteOffsetsAnswer } {
  const { groupId } = request
  const group = shard.group(groupId)
  const error = deleteOffsetsError(group)
  if (error !== null || group === undefined) {
    return { changes: [], answer: { error: error ?? 'GROUP_ID_NOT_FOUND', partitions: [] } }
  }
  const changes: GroupChange[] = []
  const partitions: ErrorName[] = []
  for (const { topic, partition } of request.partitions) {
    if (isSubscribedTo(group, topic)) {
      partitions.push('GROUP_SUBSCRIBED_TO_TOPIC')
      continue
    }
    partitions.push('NONE')
    const key = { groupId, topic, partition }
    const exists = shard.offsets.get(key) !== undefined || shard.offsets.hasPending(key)
    if (exists) changes.push({ kind: 'offset', key, value: null })
  }
  return { changes, answer: { error: 'NONE', partitions } }
}
