// Tasks of a Streams application as a group hands them out: a task is a subtopology and a partition
// number, and a member has it as active, standby or warm-up task.
import { noPartitions, sameTopicPartitions } from '../assignors/assignor.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import { ownsTheSame, withEpoch, withoutEpochs } from '../consumer/state.ts'
import type { OwnedPartitions } from '../consumer/state.ts'

export const taskRoles = ['active', 'standby', 'warmup'] as const
export type TaskRole = (typeof taskRoles)[number]

/** Subtopology id → partitions, ascending. */
export type TaskIds = TopicPartitions

/** What a member is to have, or says that it has. */
export type Tasks = Readonly<Record<TaskRole, TaskIds>>

/**
 * What a member has: subtopology id → partition → the epoch at which it was assigned. Kafka keeps
 * epochs of active tasks only; those of the others are 0.
 */
export type HeldTasks = Readonly<Record<TaskRole, OwnedPartitions>>

export const noTasks: Tasks = { active: noPartitions, standby: noPartitions, warmup: noPartitions }

export const holdsNoTasks: HeldTasks = { active: new Map(), standby: new Map(), warmup: new Map() }

/** The same for each role. */
export function eachRole<T>(make: (role: TaskRole) => T): Record<TaskRole, T> {
  return { active: make('active'), standby: make('standby'), warmup: make('warmup') }
}

export function sameTasks(left: Tasks, right: Tasks): boolean {
  return taskRoles.every((role) => sameTopicPartitions(left[role], right[role]))
}

/** Whether both hold the same tasks in the same roles, whatever the epochs. */
export function holdTheSame(left: HeldTasks, right: HeldTasks): boolean {
  return taskRoles.every((role) => ownsTheSame(left[role], right[role]))
}

export function isEmpty(tasks: HeldTasks | Tasks): boolean {
  return taskRoles.every((role) => tasks[role].size === 0)
}

/** Held tasks as they are told. */
export function tasksOf(held: HeldTasks): Tasks {
  return eachRole((role) => withoutEpochs(held[role]))
}

/** The epoch that a task of this role is stored with. */
export function storedEpoch(role: TaskRole, epoch: number): number {
  return role === 'active' ? epoch : 0
}

/** The tasks, all assigned at `epoch`. */
export function heldSince(tasks: Tasks, epoch: number): HeldTasks {
  return eachRole((role) => withEpoch(tasks[role], storedEpoch(role, epoch)))
}

/** Whether any of `asked` is in `owned`. */
export function ownsAny(owned: Tasks, asked: HeldTasks): boolean {
  return taskRoles.some((role) => {
    for (const [subtopologyId, partitions] of owned[role]) {
      const others = asked[role].get(subtopologyId)
      if (others !== undefined && partitions.some((one) => others.has(one))) return true
    }
    return false
  })
}

/** Whether all of `owned` is in `assigned`. */
export function ownsOnly(owned: Tasks, assigned: HeldTasks): boolean {
  return taskRoles.every((role) => {
    for (const [subtopologyId, partitions] of owned[role]) {
      const others = assigned[role].get(subtopologyId)
      if (others === undefined || partitions.some((one) => !others.has(one))) return false
    }
    return true
  })
}
