// What a commit or a reading of offsets is allowed to do in a consumer group (KIP-848). Pure.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { ConsumerMember, ReadonlyGroup } from '../consumer/state.ts'
import type { Committer } from './commit.ts'

/** Null: this partition may be committed. */
export type PartitionCheck = (topicId: string, partition: number, topic: string) => ErrorName | null

const allowAll: PartitionCheck = () => null

/** From this version of OffsetCommit on there are member epochs. */
const memberEpochVersion = 9

/** Which partitions `committer` may commit for the group. */
export function consumerCommitCheck(
  group: ReadonlyGroup,
  committer: Pick<Committer, 'memberId' | 'generation' | 'groupInstanceId'>,
  terms: { readonly apiVersion: number; readonly transactional: boolean },
): PartitionCheck {
  const { memberId, generation } = committer
  // An administrator, or a consumer without group management.
  if (generation < 0 && group.members.size === 0) return allowAll
  const isNobody = generation === -1 && memberId === '' && committer.groupInstanceId === null
  if (terms.transactional && isNobody) return allowAll
  const member = group.members.get(memberId)
  if (member === undefined) return () => 'UNKNOWN_MEMBER_ID'
  const isOldRequest = !terms.transactional && terms.apiVersion < memberEpochVersion
  if (isOldRequest && member.classic === null) return () => 'UNSUPPORTED_VERSION'
  if (generation === member.memberEpoch) return allowAll
  const stale = staleError(member)
  if (generation > member.memberEpoch) return () => stale
  assert(member.memberId === memberId, 'members stand under their ids')
  // An epoch of before will do for what the member holds since then (KIP-1251).
  return (topicId, partition) => {
    const since =
      member.assigned.get(topicId)?.get(partition) ??
      member.pendingRevocation.get(topicId)?.get(partition)
    return since === undefined || generation < since ? stale : null
  }
}

/** Why the offsets may not be read; null when they may. */
export function consumerFetchError(
  group: ReadonlyGroup,
  memberId: string | null,
  memberEpoch: number,
): ErrorName | null {
  if (memberId === null && memberEpoch < 0) return null
  const member = group.members.get(memberId ?? '')
  if (member === undefined) return 'UNKNOWN_MEMBER_ID'
  return memberEpoch === member.memberEpoch ? null : staleError(member)
}

/** Whether the group itself may be deleted (DeleteGroups). */
export function deleteModernGroupError({
  members,
}: {
  readonly members: ReadonlyMap<string, unknown>
}): ErrorName | null {
  return members.size === 0 ? null : 'NON_EMPTY_GROUP'
}

function staleError({ classic }: ConsumerMember): ErrorName {
  return classic === null ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION'
}
