// What a commit, a deletion or a reading of offsets is allowed to do, given the group. Pure: the
// answers are values, the records are the caller's to store.
import type { ErrorName } from '../../../protocol/errors.ts'
import { consumerProtocolType } from '../classic/protocol-vote.ts'
import { memberError } from '../classic/state.ts'
import type { GroupState } from '../classic/state.ts'

/** Who commits, as the request says. */
export interface Committer {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** -1: nobody's member (a "simple" consumer, or an administrator). */
  readonly generation: number
}

/**
 * Whether `committer` may commit for the group; null when it may. `group` is undefined when there
 * is none: then only a commit without a generation makes one.
 */
export function commitError(
  group: GroupState | undefined,
  committer: Committer,
  apiVersion: number,
): ErrorName | null {
  const { memberId, groupInstanceId, generation } = committer
  if (group === undefined) {
    if (generation < 0) return null
    return apiVersion >= groupNotFoundVersion ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION'
  }
  if (group.kind === 'dead') return 'COORDINATOR_NOT_AVAILABLE'
  if (group.kind === 'empty' && generation < 0) return null
  if (generation < 0 && memberId === '' && groupInstanceId === null) {
    return group.kind === 'empty' ? null : 'UNKNOWN_MEMBER_ID'
  }
  const error = memberError(group, memberId, groupInstanceId)
  if (error !== null) return error
  if (generation !== group.generation) return 'ILLEGAL_GENERATION'
  // Assignments are being made: the member may just have lost the partition.
  return group.kind === 'completing-rebalance' ? 'REBALANCE_IN_PROGRESS' : null
}

/**
 * As commitError, for TxnOffsetCommit. Its older versions name no member: such commits are taken
 * whoever is in the group. A rebalance does not stop them: the producer is fenced by its epoch.
 */
export function transactionalCommitError(
  group: GroupState | undefined,
  committer: Committer,
): ErrorName | null {
  const { memberId, groupInstanceId, generation } = committer
  if (group === undefined) return generation < 0 ? null : 'ILLEGAL_GENERATION'
  if (group.kind === 'dead') return 'COORDINATOR_NOT_AVAILABLE'
  if (group.kind === 'empty' && generation < 0) return null
  if (generation < 0 && memberId === '' && groupInstanceId === null) return null
  const error = memberError(group, memberId, groupInstanceId)
  if (error !== null) return error
  return generation === group.generation ? null : 'ILLEGAL_GENERATION'
}

/** From this version of OffsetCommit on clients know GROUP_ID_NOT_FOUND (KIP-848). */
const groupNotFoundVersion = 9

/** Whether offsets of the group may be deleted at all (OffsetDelete). */
export function deleteOffsetsError(group: GroupState | undefined): ErrorName | null {
  if (group === undefined || group.kind === 'dead') return 'GROUP_ID_NOT_FOUND'
  if (group.kind === 'empty' || group.protocolType === consumerProtocolType) return null
  return 'NON_EMPTY_GROUP'
}

/** Whether the group itself may be deleted (DeleteGroups). */
export function deleteGroupError(group: GroupState | undefined): ErrorName | null {
  if (group === undefined || group.kind === 'dead') return 'GROUP_ID_NOT_FOUND'
  return group.kind === 'empty' ? null : 'NON_EMPTY_GROUP'
}

/** A consumer group whose subscriptions nobody can read counts as subscribed to everything. */
export function isSubscribedTo(group: GroupState, topic: string): boolean {
  if (group.subscribedTopics !== null) return group.subscribedTopics.has(topic)
  return group.protocolType === consumerProtocolType
}
