// What is removed without a consumer asking: groups that an administrator deletes, offsets of
// deleted topics, offsets that are over. Pure: tombstones are the caller's to store.
import type { ErrorName } from '../../protocol/errors.ts'
import type { GroupChange } from './group-records.ts'
import type { GroupShard } from './shard.ts'
import { consumerTombstones } from './consumer/migration.ts'
import { isGroupSubscribedTo } from './consumer/subscription.ts'
import { deleteGroupError } from './offsets/commit.ts'
import { deleteModernGroupError } from './offsets/consumer-commit.ts'
import { expiredOffsets, isOverSince } from './offsets/expiry.ts'
import type { OffsetKey } from './offsets/offsets.ts'
import type { ReadonlyShareGroup } from './share/state.ts'
import { shareTombstones } from './share/step.ts'
import { streamsTombstones } from './streams/group.ts'
import { isStreamsGroupSubscribedTo } from './streams/offsets.ts'

/** A group without members goes, with all its offsets. */
export function deleteGroup(
  shard: GroupShard,
  groupId: string,
): { changes: GroupChange[]; answer: ErrorName } {
  const shareGroup = shard.shareGroup(groupId)
  if (shareGroup !== undefined) return deleteShareGroup(shareGroup)
  const streamsGroup = shard.streamsGroup(groupId)
  const consumerGroup = shard.consumerGroup(groupId)
  const modern = consumerGroup ?? streamsGroup
  const error =
    modern === undefined ? deleteGroupError(shard.group(groupId)) : deleteModernGroupError(modern)
  if (error !== null) return { changes: [], answer: error }
  const changes = shard.offsets.keysOfGroup(groupId).map(tombstone)
  if (consumerGroup !== undefined) changes.push(...consumerTombstones(consumerGroup))
  else if (streamsGroup !== undefined) changes.push(...streamsTombstones(streamsGroup))
  else changes.push({ kind: 'classic-group', groupId, value: null })
  return { changes, answer: 'NONE' }
}

/** A share group without members goes; the state of its partitions went before it. */
function deleteShareGroup(group: ReadonlyShareGroup) {
  const isEmpty = group.members.size === 0
  const answer: ErrorName = isEmpty ? 'NONE' : 'NON_EMPTY_GROUP'
  return { changes: isEmpty ? shareTombstones(group) : [], answer }
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
  const { offsets } = shard
  const consumerGroup = shard.consumerGroup(groupId)
  if (consumerGroup !== undefined) {
    const isSubscribed = (topic: string) => isGroupSubscribedTo(consumerGroup, topic)
    const { changes, isOver } = expireModernGroup(shard, consumerGroup, isSubscribed, due)
    return isOver ? [...changes, ...consumerTombstones(consumerGroup)] : changes
  }
  const streamsGroup = shard.streamsGroup(groupId)
  if (streamsGroup !== undefined) {
    const isSubscribed = (topic: string) => isStreamsGroupSubscribedTo(streamsGroup, topic)
    const { changes, isOver } = expireModernGroup(shard, streamsGroup, isSubscribed, due)
    return isOver ? [...changes, ...streamsTombstones(streamsGroup)] : changes
  }
  const group = shard.group(groupId)
  if (group === undefined) return []
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

/** Topics that no member subscribes to: their offsets age from the commit on. */
function expireModernGroup(
  { offsets }: GroupShard,
  {
    groupId,
    members,
  }: { readonly groupId: string; readonly members: ReadonlyMap<string, unknown> },
  isSubscribed: (topic: string) => boolean,
  due: { readonly nowMs: number; readonly retentionMs: number },
): { changes: GroupChange[]; isOver: boolean } {
  const changes: GroupChange[] = []
  let kept = 0
  for (const [topic, partitions] of offsets.ofGroup(groupId)) {
    const subscribed = isSubscribed(topic)
    for (const [partition, committed] of partitions) {
      const key = { groupId, topic, partition }
      const over = !subscribed && isOverSince(committed, committed.commitTimestampMs, due)
      if (over && !offsets.hasPending(key)) changes.push(tombstone(key))
      else kept += 1
    }
  }
  const isOver = kept === 0 && members.size === 0 && !offsets.hasOpenTransaction(groupId)
  return { changes, isOver }
}

function tombstone(key: OffsetKey): GroupChange {
  return { kind: 'offset', key, value: null }
}
