// How a member gets from the tasks it holds to its share of the target: first it gives back what it
// must, then it takes what is free, and the rest when others have given it back. No two members of
// one process hold the same task, whatever the roles: they share the process's local state.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { MemberPhase } from '../consumer/state.ts'
import type { ReadonlyStreamsGroup, StreamsMember } from './state.ts'
import { eachRole, holdsNoTasks, isEmpty, ownsAny, storedEpoch, taskRoles } from './tasks.ts'
import type { HeldTasks, TaskRole, Tasks } from './tasks.ts'

export interface StreamsTarget {
  readonly epoch: number
  readonly share: Tasks
}

export interface ReconcileInput {
  readonly group: ReadonlyStreamsGroup
  readonly member: StreamsMember
  readonly target: StreamsTarget
  /** What the member says it holds; null: it did not say. */
  readonly owned: Tasks | null
}

/** The member's next step; the member itself where there is none to take yet. */
export function reconcile(input: ReconcileInput): StreamsMember {
  const { member, target, owned } = input
  switch (member.phase) {
    case 'stable':
      return member.memberEpoch === target.epoch ? member : moveOn(input)
    case 'unrevoked':
      return owned === null || ownsAny(owned, member.pendingRevocation) ? member : moveOn(input)
    case 'unreleased':
      return moveOn(input)
    case 'unknown':
      if (owned === null || !isEmpty(owned)) {
        throw new KafkaError(
          'FENCED_MEMBER_EPOCH',
          'The streams group member is in a unknown state. The member must abandon all its tasks and rejoin.',
        )
      }
      return moveOn({ ...input, member: { ...member, memberEpoch: target.epoch } })
  }
}

interface Sorted {
  /** Held and in the target, with what of the target is free: all that the member may have. */
  readonly assigned: HeldTasks
  /** Held and in the target. */
  readonly kept: HeldTasks
  /** Held and no longer in the target. */
  readonly surplus: HeldTasks
  /** Of the target, others hold some. */
  readonly awaitsOthers: boolean
}

function moveOn(input: ReconcileInput): StreamsMember {
  const { member, target, owned } = input
  assert(target.epoch <= input.group.groupEpoch + 1, 'a target is of this epoch or of one before')
  const { assigned, kept, surplus, awaitsOthers } = sortOut(input)
  if (!isEmpty(surplus) && (owned === null || ownsAny(owned, surplus))) {
    return advance(member, member.memberEpoch, 'unrevoked', kept, surplus)
  }
  const phase = awaitsOthers ? 'unreleased' : 'stable'
  return advance(member, target.epoch, phase, assigned, holdsNoTasks)
}

function sortOut(input: ReconcileInput): Sorted {
  const { member, target } = input
  const kept = eachRole(() => new Map<string, Map<number, number>>())
  const surplus = eachRole(() => new Map<string, Map<number, number>>())
  const assigned = eachRole(() => new Map<string, Map<number, number>>())
  let awaitsOthers = false
  for (const role of taskRoles) {
    const epoch = storedEpoch(role, target.epoch)
    for (const [subtopologyId, partitions] of member.assigned[role]) {
      const wanted = new Set(target.share[role].get(subtopologyId))
      for (const [partition, since] of partitions) {
        if (!wanted.has(partition)) put(surplus[role], subtopologyId, partition, since)
        else {
          put(kept[role], subtopologyId, partition, since)
          put(assigned[role], subtopologyId, partition, since)
        }
      }
    }
    for (const [subtopologyId, partitions] of target.share[role]) {
      for (const partition of partitions) {
        if (member.assigned[role].get(subtopologyId)?.has(partition) === true) continue
        if (isFree(input, role, subtopologyId, partition)) {
          put(assigned[role], subtopologyId, partition, epoch)
        } else awaitsOthers = true
      }
    }
  }
  return { assigned, kept, surplus, awaitsOthers }
}

function put(
  held: Map<string, Map<number, number>>,
  subtopologyId: string,
  partition: number,
  epoch: number,
): void {
  const partitions = held.get(subtopologyId) ?? new Map<number, number>()
  assert(!partitions.has(partition), 'a task is taken once')
  held.set(subtopologyId, partitions.set(partition, epoch))
}

/** Active: nobody has it so, and nobody of the process in another role. Else: nobody of the process. */
function isFree(
  { group, member }: ReconcileInput,
  wanted: TaskRole,
  subtopologyId: string,
  partition: number,
): boolean {
  return taskRoles.every((role) => {
    const holders = group.holders[role].get(subtopologyId)?.get(partition)
    if (holders === undefined) return true
    if (role === 'active' && wanted === 'active') return false
    for (const processId of holders.values()) if (processId === member.processId) return false
    return true
  })
}

function advance(
  member: StreamsMember,
  memberEpoch: number,
  phase: MemberPhase,
  assigned: HeldTasks,
  pendingRevocation: HeldTasks,
): StreamsMember {
  assert(memberEpoch >= member.memberEpoch, 'epochs only grow')
  // The epoch before is that of the last answer that may have been lost.
  const previousMemberEpoch = member.memberEpoch
  return { ...member, memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation }
}
