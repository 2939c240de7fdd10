// The only writer of what streams groups store: puts what a record says onto the group, on start and
// live alike. A compacted log may lack any record that a later one has overtaken, so nothing here
// insists on what came before.
import { assert } from '../../base/assert.ts'
import { leaveEpoch } from '../consumer/state.ts'
import type { StreamsChange } from './changes.ts'
import { newStreamsMember, notValidated } from './state.ts'
import type { StreamsGroup, StreamsMember } from './state.ts'
import { holdsNoTasks, taskRoles } from './tasks.ts'

/** Replays one record. False: the group is gone. */
export function replayStreamsChange(group: StreamsGroup, change: StreamsChange): boolean {
  assert(change.groupId === group.groupId, 'a record speaks of its own group')
  switch (change.kind) {
    case 'streams-epoch':
      if (change.value === null) return false
      group.groupEpoch = change.value.epoch
      group.metadataHash = change.value.metadataHash
      group.validatedTopologyEpoch = change.value.validatedTopologyEpoch
      group.assignmentConfigs = change.value.assignmentConfigs
      return true
    case 'streams-topology':
      group.topology = change.value
      group.configured = null
      if (change.value === null) group.validatedTopologyEpoch = notValidated
      return true
    case 'streams-member':
      replayMember(group, change)
      return true
    case 'streams-target-epoch':
      group.targetEpoch = change.value?.epoch ?? -1
      group.targetTimestampMs = change.value?.timestampMs ?? 0
      return true
    case 'streams-target':
      if (change.value === null) group.target.delete(change.memberId)
      else group.target.set(change.memberId, change.value)
      return true
    case 'streams-current':
      replayCurrent(group, change)
      return true
  }
}

type Of<Kind extends StreamsChange['kind']> = Extract<StreamsChange, { kind: Kind }>

function replayMember(group: StreamsGroup, { memberId, value }: Of<'streams-member'>): void {
  if (value === null) removeMember(group, memberId)
  else {
    putMember(group, { ...(group.members.get(memberId) ?? newStreamsMember(memberId)), ...value })
  }
}

function replayCurrent(group: StreamsGroup, { memberId, value }: Of<'streams-current'>): void {
  const member = group.members.get(memberId)
  if (value !== null) putMember(group, { ...(member ?? newStreamsMember(memberId)), ...value })
  else if (member !== undefined) putMember(group, { ...member, ...holdsNothing })
}

const holdsNothing = {
  memberEpoch: leaveEpoch,
  previousMemberEpoch: leaveEpoch,
  assigned: holdsNoTasks,
  pendingRevocation: holdsNoTasks,
} as const

function putMember(group: StreamsGroup, member: StreamsMember): void {
  const old = group.members.get(member.memberId)
  if (old !== undefined) release(group, old)
  group.members.set(member.memberId, member)
  hold(group, member)
  if (member.instanceId !== null) group.staticMembers.set(member.instanceId, member.memberId)
}

function removeMember(group: StreamsGroup, memberId: string): void {
  const old = group.members.get(memberId)
  if (old === undefined) return
  assert(old.memberId === memberId, 'members stand under their ids')
  release(group, old)
  group.members.delete(memberId)
  group.reported.delete(memberId)
  const { instanceId } = old
  if (instanceId !== null && group.staticMembers.get(instanceId) === memberId) {
    group.staticMembers.delete(instanceId)
  }
  if (group.members.size === 0) group.shutdownBy = null
}

function hold(group: StreamsGroup, { memberId, processId, ...member }: StreamsMember): void {
  for (const role of taskRoles) {
    const holders = group.holders[role]
    for (const held of [member.assigned[role], member.pendingRevocation[role]]) {
      for (const [subtopologyId, partitions] of held) {
        let tasks = holders.get(subtopologyId)
        if (tasks === undefined) holders.set(subtopologyId, (tasks = new Map()))
        for (const partition of partitions.keys()) {
          let members = tasks.get(partition)
          if (members === undefined) tasks.set(partition, (members = new Map()))
          assert(role !== 'active' || !members.has(memberId), 'a task is held once')
          members.set(memberId, processId)
        }
      }
    }
  }
}

function release(group: StreamsGroup, { memberId, ...member }: StreamsMember): void {
  for (const role of taskRoles) {
    const holders = group.holders[role]
    for (const held of [member.assigned[role], member.pendingRevocation[role]]) {
      for (const [subtopologyId, partitions] of held) {
        const tasks = holders.get(subtopologyId)
        if (tasks === undefined) continue
        for (const partition of partitions.keys()) {
          const members = tasks.get(partition)
          members?.delete(memberId)
          if (members?.size === 0) tasks.delete(partition)
        }
        if (tasks.size === 0) holders.delete(subtopologyId)
      }
    }
  }
}
