// What is removed without a consumer asking: groups that an administrator deletes, offsets of
// deleted topics, offsets that are over. Pure: tombstones are the caller's to store.
import type { ErrorName } from '../../protocol/errors.ts'
import type { GroupChange } from './group-records.ts'
import type { GroupShard } from './shard.ts'
import { deleteGroupError } from './offsets/commit.ts'
import { expiredOffsets } from './offsets/expiry.ts'
import type { OffsetKey } from './offsets/offsets.ts'

/** A group without members goes, with all its offsets. */
export function deleteGroup(
  shard: GroupShard,
  groupId: string,
): { changes: GroupChange[]; answer: ErrorName } {
  const error = deleteGroupError(shard.group(groupId))
  if (error !== null) return { changes: [], answer: error }
  const changes = shard.offsets.keysOfGroup(groupId).map(tombstone)
  changes.push({ kind: 'classic-group', groupId, value: null })
  return { changes, answer: 'NONE' }
}

/** All offsets of the topic, whatever the group, those of open transactions too. */
export function tombstonesOfTopic(shard: GroupShard, topic: string): GroupChange[] {
  return shard.offsets.keysOfTopic(topic).map(tombstone)
}

/** The group's offsets that are over, and the group itself when it is empty and none is left. */
export function expireGroup(
  shard: GroupShard,
  groupId: string,
  due: { readonly nowMs: number; readonly retentionMs: number },
): GroupChange[] {
  const group = shard.group(groupId)
  if (group === undefined) return []
  const { offsets } = shard
  const { expired, allExpired } = expiredOffsets({
    group,
    offsets: offsets.ofGroup(groupId),
    hasPending: (key) => offsets.hasPending(key),
    ...due,
  })
  const changes = expired.map(tombstone)
  const isOver = allExpired && group.kind === 'empty' && !offsets.hasOpenTransaction(groupId)
  if (isOver && group.pendingJoin.size === 0) {
    changes.push({ kind: 'classic-group', groupId, value: null })
  }
  return changes
}

function tombstone(key: OffsetKey): GroupChange {
  return { kind: 'offset', key, value: null }
}
