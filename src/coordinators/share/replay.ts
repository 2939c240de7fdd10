// The only writer of share groups: puts what a record says onto the group, on start and live alike.
// A compacted log may lack any record that a later one has overtaken, so nothing here insists on
// what came before.
import { assert } from '../../base/assert.ts'
import type { ShareChange } from './changes.ts'
import { leaveEpoch, newShareMember, noSharePartitions } from './state.ts'
import type { ShareGroup } from './state.ts'

/** Replays one record. False: the group is gone. */
export function replayShareChange(group: ShareGroup, change: ShareChange): boolean {
  assert(change.groupId === group.groupId, 'a record speaks of its own group')
  switch (change.kind) {
    case 'share-member': {
      const { memberId, value } = change
      if (value === null) group.members.delete(memberId)
      else group.members.set(memberId, { ...memberOf(group, memberId), ...value })
      return true
    }
    case 'share-epoch':
      if (change.value === null) return false
      group.groupEpoch = change.value.epoch
      group.metadataHash = change.value.metadataHash
      return true
    case 'share-target-epoch':
      group.targetEpoch = change.value?.epoch ?? -1
      group.targetTimestampMs = change.value?.timestampMs ?? 0
      return true
    case 'share-target':
      if (change.value === null) group.target.delete(change.memberId)
      else group.target.set(change.memberId, change.value)
      return true
    case 'share-current':
      replayCurrent(group, change)
      return true
    case 'share-partitions':
      group.partitions = change.value ?? noSharePartitions
      return true
  }
}

function replayCurrent(
  group: ShareGroup,
  { memberId, value }: Extract<ShareChange, { kind: 'share-current' }>,
): void {
  if (value !== null) {
    group.members.set(memberId, { ...memberOf(group, memberId), ...value })
    return
  }
  const member = group.members.get(memberId)
  if (member === undefined) return
  const gone = { memberEpoch: leaveEpoch, previousMemberEpoch: leaveEpoch, assigned: new Map() }
  group.members.set(memberId, { ...member, ...gone })
}

function memberOf(group: ShareGroup, memberId: string) {
  return group.members.get(memberId) ?? newShareMember(memberId)
}
