// What a commit or a reading of offsets is allowed to do in a streams group (KIP-1071). Pure.
import type { ErrorName } from '../../../protocol/errors.ts'
import type { ReadonlyStreamsGroup } from './state.ts'
import { readerOf } from './topology.ts'

/** Who commits, and how. */
export interface StreamsCommitter {
  readonly memberId: string
  readonly generation: number
  readonly groupInstanceId: string | null
}

/** From this version of OffsetCommit on there are member epochs. */
const memberEpochVersion = 9

/** Which partitions the committer may commit: by topic; null is yes. */
export function streamsCommitCheck(
  group: ReadonlyStreamsGroup,
  { memberId, generation, groupInstanceId }: StreamsCommitter,
  terms: { readonly apiVersion: number; readonly transactional: boolean },
): (topic: string, partition: number) => ErrorName | null {
  // An administrator, or a consumer without group management.
  if (generation < 0 && group.members.size === 0) return () => null
  const isNobody = generation === -1 && memberId === '' && groupInstanceId === null
  if (terms.transactional && isNobody) return () => null
  const member = group.members.get(memberId)
  if (member === undefined) return () => 'UNKNOWN_MEMBER_ID'
  if (!terms.transactional && terms.apiVersion < memberEpochVersion) {
    return () => 'UNSUPPORTED_VERSION'
  }
  if (generation === member.memberEpoch) return () => null
  if (generation > member.memberEpoch) return () => 'STALE_MEMBER_EPOCH'
  // An epoch of before will do for tasks that the member has since then (KIP-1251).
  return (topic, partition) => {
    const { subtopologyId = '' } = (group.topology && readerOf(group.topology, topic)) ?? {}
    const since =
      member.assigned.active.get(subtopologyId)?.get(partition) ??
      member.pendingRevocation.active.get(subtopologyId)?.get(partition)
    return since === undefined || generation < since ? 'STALE_MEMBER_EPOCH' : null
  }
}

/** Why the offsets may not be read; null when they may. */
export function streamsFetchError(
  group: ReadonlyStreamsGroup,
  memberId: string | null,
  memberEpoch: number,
): ErrorName | null {
  if (memberId === null && memberEpoch < 0) return null
  const member = group.members.get(memberId ?? '')
  if (member === undefined) return 'UNKNOWN_MEMBER_ID'
  return memberEpoch === member.memberEpoch ? null : 'STALE_MEMBER_EPOCH'
}

/** Whether the group's application reads the topic; one without members reads nothing. */
export function isStreamsGroupSubscribedTo(
  { members, topology }: ReadonlyStreamsGroup,
  topic: string,
): boolean {
  return members.size > 0 && topology !== null && readerOf(topology, topic) !== undefined
}
