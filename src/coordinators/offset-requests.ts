// OffsetCommit, OffsetFetch and OffsetDelete on a partition's state: what is to be stored and what
// is answered. Pure; the coordinator stores, then answers.
import type { ErrorName } from '../../protocol/errors.ts'
import type { GroupChange } from './group-records.ts'
import type { GroupShard } from './shard.ts'
import {
  commitError,
  deleteOffsetsError,
  isSubscribedTo,
  transactionalCommitError,
} from './offsets/commit.ts'
import type { Committer } from './offsets/commit.ts'
import { consumerCommitCheck, consumerFetchError } from './offsets/consumer-commit.ts'
import type { PartitionCheck } from './offsets/consumer-commit.ts'
import { isGroupSubscribedTo } from './consumer/subscription.ts'
import {
  isStreamsGroupSubscribedTo,
  streamsCommitCheck,
  streamsFetchError,
} from './streams/offsets.ts'
import type { GroupState } from './classic/state.ts'
import { defined } from '../base/assert.ts'
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
  /** OffsetFetch 9+; null otherwise, and from those who are no members. */
  readonly memberId: string | null
  /** OffsetFetch 9+; -1 otherwise. */
  readonly memberEpoch: number
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

/** TxnOffsetCommit: offsets that count when the producer's transaction is committed. */
export interface TransactionalCommitRequest extends Committer {
  readonly groupId: string
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly offsets: readonly OffsetToCommit[]
}

interface CommitTerms {
  readonly apiVersion: number
  /** Wall clock. */
  readonly nowMs: number
  /** offset.metadata.max.bytes, counted in UTF-16 units as Kafka does. */
  readonly metadataMaxBytes: number
}

/** Commits what the committer may; an oversized metadata text is refused by itself. */
export function planCommit(
  shard: GroupShard,
  request: CommitRequest,
  terms: CommitTerms,
): { changes: GroupChange[]; answer: ErrorName[] } {
  const { apiVersion } = terms
  const check = commitCheck(shard, request, { apiVersion, transactional: false }, (group) =>
    commitError(group, request, apiVersion),
  )
  return planOffsets(request, check, terms)
}

/** As planCommit, for a transaction's offsets: those of no member are taken of any group. */
export function planTransactionalCommit(
  shard: GroupShard,
  request: TransactionalCommitRequest,
  terms: Omit<CommitTerms, 'apiVersion'>,
): { changes: GroupChange[]; answer: ErrorName[] } {
  const check = commitCheck(shard, request, { apiVersion: 0, transactional: true }, (group) =>
    transactionalCommitError(group, request),
  )
  return planOffsets({ ...request, retentionTimeMs: -1 }, check, terms)
}

/** Which partitions may be committed, as the group's kind has it. */
function commitCheck(
  shard: GroupShard,
  request: Committer & { readonly groupId: string },
  terms: { readonly apiVersion: number; readonly transactional: boolean },
  classicError: (group: GroupState | undefined) => ErrorName | null,
): PartitionCheck {
  const { groupId } = request
  const consumerGroup = shard.consumerGroup(groupId)
  if (consumerGroup !== undefined) return consumerCommitCheck(consumerGroup, request, terms)
  const streamsGroup = shard.streamsGroup(groupId)
  if (streamsGroup === undefined) {
    const error = shareProblem(shard, groupId) ?? classicError(shard.group(groupId))
    return () => error
  }
  const check = streamsCommitCheck(streamsGroup, request, terms)
  return (_topicId, partition, topic) => check(topic, partition)
}

/** A share group has no committed offsets. */
function shareProblem(shard: GroupShard, groupId: string): ErrorName | null {
  return shard.shareGroup(groupId) === undefined ? null : 'GROUP_ID_NOT_FOUND'
}

function planOffsets(
  request: Pick<CommitRequest, 'groupId' | 'offsets' | 'retentionTimeMs'>,
  check: PartitionCheck,
  terms: Omit<CommitTerms, 'apiVersion'>,
): { changes: GroupChange[]; answer: ErrorName[] } {
  const { groupId, offsets } = request
  const changes: GroupChange[] = []
  const answer: ErrorName[] = []
  for (const given of offsets) {
    const { topic, topicId, partition, metadata } = given
    const tooLarge = metadata !== null && metadata.length > terms.metadataMaxBytes
    const refused =
      check(topicId, partition, topic) ?? (tooLarge ? 'OFFSET_METADATA_TOO_LARGE' : null)
    answer.push(refused ?? 'NONE')
    if (refused !== null) continue
    const value = committedOffset(given, request.retentionTimeMs, terms.nowMs)
    changes.push({ kind: 'offset', key: { groupId, topic, partition }, value })
  }
  return { changes, answer }
}

/** Why the member may not read; null when it may. Classic groups do not mind. */
export function fetchError(
  shard: GroupShard,
  { groupId, memberId, memberEpoch }: FetchOffsetsRequest,
): ErrorName | null {
  const group = shard.consumerGroup(groupId)
  if (group !== undefined) return consumerFetchError(group, memberId, memberEpoch)
  const streamsGroup = shard.streamsGroup(groupId)
  if (streamsGroup === undefined) return shareProblem(shard, groupId)
  return streamsFetchError(streamsGroup, memberId, memberEpoch)
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
  const consumerGroup = shard.consumerGroup(groupId)
  const streamsGroup = shard.streamsGroup(groupId)
  const isModern = consumerGroup !== undefined || streamsGroup !== undefined
  const error = isModern ? null : deleteOffsetsError(group)
  if (error !== null) return { changes: [], answer: { error, partitions: [] } }
  const isSubscribed = (topic: string): boolean => {
    if (consumerGroup !== undefined) return isGroupSubscribedTo(consumerGroup, topic)
    if (streamsGroup !== undefined) return isStreamsGroupSubscribedTo(streamsGroup, topic)
    return isSubscribedTo(defined(group, 'the group was found to exist'), topic)
  }
  const changes: GroupChange[] = []
  const partitions: ErrorName[] = []
  for (const { topic, partition } of request.partitions) {
    if (isSubscribed(topic)) {
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
