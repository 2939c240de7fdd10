// Which committed offsets are over (KIP-211): those of a group without members, some time after it
// lost its last, and those of topics that a stable consumer group does not read any more.
import { consumerProtocolType } from '../classic/protocol-vote.ts'
import type { GroupState } from '../classic/state.ts'
import { isSubscribedTo } from './commit.ts'
import type { CommittedOffset, GroupOffsets, OffsetKey } from './offsets.ts'

export interface ExpiryInput {
  readonly group: GroupState
  readonly offsets: GroupOffsets
  readonly hasPending: (key: OffsetKey) => boolean
  /** offsets.retention.minutes, in ms. */
  readonly retentionMs: number
  /** Wall clock. */
  readonly nowMs: number
}

export interface Expiry {
  readonly expired: readonly OffsetKey[]
  /** No offset is left after them: an empty group may go as well. */
  readonly allExpired: boolean
}

/** The offsets of one group that are over. */
export function expiredOffsets(input: ExpiryInput): Expiry {
  const { group, offsets } = input
  const ages = ageing(group)
  if (ages === 'never') return { expired: [], allExpired: offsets.size === 0 }
  const expired: OffsetKey[] = []
  let kept = 0
  for (const [topic, partitions] of offsets) {
    const subscribed = isSubscribedTo(group, topic)
    for (const [partition, committed] of partitions) {
      const key = { groupId: group.groupId, topic, partition }
      const over = !subscribed && isOver(committed, ages, input) && !input.hasPending(key)
      if (over) expired.push(key)
      else kept += 1
    }
  }
  return { expired, allExpired: kept === 0 }
}

/**
 * From when on offsets of the group age: since the group is empty, since they were committed, or
 * not at all.
 */
type Ageing = 'since-empty' | 'since-commit' | 'never'

function ageing(group: GroupState): Ageing {
  if (group.protocolType === null) return 'since-commit'
  if (group.kind === 'empty') return group.stateTimestampMs === -1 ? 'since-commit' : 'since-empty'
  const knowsTopics = group.protocolType === consumerProtocolType && group.subscribedTopics !== null
  return group.kind === 'stable' && knowsTopics ? 'since-commit' : 'never'
}

function isOver(committed: CommittedOffset, ages: Ageing, input: ExpiryInput): boolean {
  const { group } = input
  const since = ages === 'since-empty' ? group.stateTimestampMs : committed.commitTimestampMs
  return isOverSince(committed, since, input)
}

/** Whether an offset that ages from `sinceMs` on is over; its own end of life goes first. */
export function isOverSince(
  { expireTimestampMs }: CommittedOffset,
  sinceMs: number,
  { nowMs, retentionMs }: { readonly nowMs: number; readonly retentionMs: number },
): boolean {
  if (expireTimestampMs !== -1) return nowMs >= expireTimestampMs
  return nowMs - sinceMs >= retentionMs
}
