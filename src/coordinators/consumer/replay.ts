// The only writer of consumer groups: puts what a record says onto the group, on start and live
// alike. A compacted log may lack any record that a later one has overtaken, so nothing here
// insists on what came before.
import { assert } from '../../base/assert.ts'
import type { ConsumerChange } from './changes.ts'
import { leaveEpoch, newMember, ownsNothing } from './state.ts'
import type { ConsumerGroup, ConsumerMember, OwnedPartitions } from './state.ts'

/** Replays one record. False: the group is gone. */
export function replayConsumerChange(group: ConsumerGroup, change: ConsumerChange): boolean {
  assert(change.groupId === group.groupId, 'a record speaks of its own group')
  switch (change.kind) {
    case 'consumer-member': {
      const { memberId, value } = change
      if (value === null) removeMember(group, memberId)
      else putMember(group, { ...(group.members.get(memberId) ?? newMember(memberId)), ...value })
      return true
    }
    case 'consumer-epoch':
      if (change.value === null) return false
      group.groupEpoch = change.value.epoch
      group.metadataHash = change.value.metadataHash
      return true
    case 'consumer-partition-metadata':
      group.hasPartitionMetadata = change.value !== null
      return true
    case 'consumer-target-epoch':
      group.targetEpoch = change.value?.epoch ?? -1
      group.targetTimestampMs = change.value?.timestampMs ?? 0
      return true
    case 'consumer-target':
      if (change.value === null) group.target.delete(change.memberId)
      else group.target.set(change.memberId, change.value)
      return true
    case 'consumer-current':
      replayCurrent(group, change)
      return true
    case 'consumer-regex':
      if (change.value === null) group.regexes.delete(change.regex)
      else group.regexes.set(change.regex, change.value)
      return true
  }
}

function replayCurrent(
  group: ConsumerGroup,
  { memberId, value }: Extract<ConsumerChange, { kind: 'consumer-current' }>,
): void {
  const member = group.members.get(memberId)
  if (value !== null) putMember(group, { ...(member ?? newMember(memberId)), ...value })
  else if (member !== undefined) putMember(group, { ...member, ...holdsNothing })
}

const holdsNothing = {
  memberEpoch: leaveEpoch,
  previousMemberEpoch: leaveEpoch,
  assigned: ownsNothing,
  pendingRevocation: ownsNothing,
} as const

function putMember(group: ConsumerGroup, member: ConsumerMember): void {
  const old = group.members.get(member.memberId)
  if (old !== undefined) {
    release(group, old)
    countRegex(group, old.topicRegex, -1)
  }
  group.members.set(member.memberId, member)
  countRegex(group, member.topicRegex, 1)
  hold(group, member.memberId, member.assigned)
  hold(group, member.memberId, member.pendingRevocation)
  if (member.instanceId !== null) group.staticMembers.set(member.instanceId, member.memberId)
}

function removeMember(group: ConsumerGroup, memberId: string): void {
  const old = group.members.get(memberId)
  if (old === undefined) return
  assert(old.memberId === memberId, 'members stand under their ids')
  release(group, old)
  countRegex(group, old.topicRegex, -1)
  group.members.delete(memberId)
  const { instanceId } = old
  if (instanceId !== null && group.staticMembers.get(instanceId) === memberId) {
    group.staticMembers.delete(instanceId)
  }
}

function hold(group: ConsumerGroup, memberId: string, owned: OwnedPartitions): void {
  for (const [topicId, partitions] of owned) {
    let owners = group.owners.get(topicId)
    if (owners === undefined) group.owners.set(topicId, (owners = new Map()))
    for (const partition of partitions.keys()) owners.set(partition, memberId)
  }
}

/** What another member holds by now stays with it. */
function release(group: ConsumerGroup, { memberId, ...member }: ConsumerMember): void {
  for (const owned of [member.assigned, member.pendingRevocation]) {
    for (const [topicId, partitions] of owned) {
      const owners = group.owners.get(topicId)
      if (owners === undefined) continue
      for (const partition of partitions.keys()) {
        if (owners.get(partition) === memberId) owners.delete(partition)
      }
      if (owners.size === 0) group.owners.delete(topicId)
    }
  }
}

function countRegex(group: ConsumerGroup, regex: string, by: 1 | -1): void {
  if (regex === '') return
  const count = (group.regexSubscribers.get(regex) ?? 0) + by
  assert(count >= 0, 'subscribers are counted')
  if (count === 0) group.regexSubscribers.delete(regex)
  else group.regexSubscribers.set(regex, count)
}
