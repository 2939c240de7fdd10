// Kafka's sticky task assignor: tasks stay with who had them as far as every member then has about
// as many; what is left goes to the process with the least to do for its number of members. Tasks
// with state are spread first, then those without; standby tasks go to processes without the task.
import { assert, defined } from '../../base/assert.ts'
import { sealShare } from '../assignors/assignor.ts'
import type { Share } from '../assignors/assignor.ts'
import type { TaskOffset } from './state.ts'
import type { Tasks } from './tasks.ts'
import { compareText } from './topology.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly processId: string
  /** Its share of the target so far. */
  readonly current: Tasks
  /** Local state that it says it has. */
  readonly offsets: readonly TaskOffset[]
}

export interface AssignorInput {
  readonly members: readonly AssignorMember[]
  readonly subtopologies: readonly {
    readonly subtopologyId: string
    readonly taskCount: number
    readonly isStateful: boolean
  }[]
  /** streams.num.standby.replicas */
  readonly standbyCount: number
}

interface Task {
  readonly subtopologyId: string
  readonly partition: number
  readonly key: string
}

class Process {
  readonly members: Worker[] = []
  readonly taskKeys = new Set<string>()
  taskCount = 0
  statelessCount = 0

  /** Tasks for each of its members. */
  get load(): number {
    return this.taskCount / this.members.length
  }
}

interface Worker {
  readonly memberId: string
  readonly process: Process
  readonly active: Share
  readonly standby: Share
  taskCount: number
}

/** How many tasks a member gets before it counts as full; those who are full lift it for the rest. */
class Quota {
  #tasks: number
  #members: number

  constructor(tasks: number, members: number) {
    this.#tasks = tasks
    this.#members = members
  }

  get each(): number {
    return this.#members <= 0 ? 0 : Math.ceil(this.#tasks / this.#members)
  }

  count(taskCount: number): void {
    if (taskCount !== this.each) return
    assert(this.#members > 0, 'nobody is full twice')
    this.#members -= 1
    this.#tasks -= taskCount
  }
}

/** The members' shares of all tasks, by member id. */
export function assignSticky(input: AssignorInput): ReadonlyMap<string, Tasks> {
  const assignment = new Assignment(input)
  const [stateful, stateless] = tasksOf(input)
  assignment.assignActive(stateful, true)
  assignment.assignActive(stateless, false)
  if (input.standbyCount > 0) assignment.assignStandby(stateful, input.standbyCount)
  return assignment.shares()
}

function tasksOf({ subtopologies }: AssignorInput): [stateful: Task[], stateless: Task[]] {
  const stateful: Task[] = []
  const stateless: Task[] = []
  for (const { subtopologyId, taskCount, isStateful } of subtopologies) {
    for (let partition = 0; partition < taskCount; partition++) {
      const key = keyOf(subtopologyId, partition)
      ;(isStateful ? stateful : stateless).push({ subtopologyId, partition, key })
    }
  }
  return [stateful, stateless]
}

function keyOf(subtopologyId: string, partition: number): string {
  return `${subtopologyId}\n${partition}`
}

class Assignment {
  readonly #processes: readonly Process[]
  readonly #workers: readonly Worker[]
  readonly #lastActive = new Map<string, Worker>()
  /** Who has local state of a task, best first. */
  readonly #lastStandby = new Map<string, readonly Worker[]>()
  readonly #statefulQuota: Quota
  readonly #activeQuota: Quota
  readonly #totalQuota: Quota

  constructor(input: AssignorInput) {
    const { members, subtopologies, standbyCount } = input
    const processes = new Map<string, Process>()
    this.#workers = members.map(({ memberId, processId }) => {
      const process = processes.get(processId) ?? new Process()
      processes.set(processId, process)
      const empty = { active: new Map(), standby: new Map(), taskCount: 0 }
      const worker: Worker = { memberId, process, ...empty }
      process.members.push(worker)
      return worker
    })
    this.#processes = [...processes.values()]
    this.#rememberHolders(members)
    let stateful = 0
    let all = 0
    for (const { taskCount, isStateful } of subtopologies) {
      all += taskCount
      if (isStateful) stateful += taskCount
    }
    this.#statefulQuota = new Quota(stateful, members.length)
    this.#activeQuota = new Quota(all, members.length)
    this.#totalQuota = new Quota(all + stateful * standbyCount, members.length)
  }

  #rememberHolders(members: readonly AssignorMember[]): void {
    const candidates = new Map<string, { worker: Worker; held: boolean; offset: number }[]>()
    members.forEach(({ current, offsets }, index) => {
      const worker = defined(this.#workers[index], 'every member is a worker')
      const reported = new Map(
        offsets.map((one) => [keyOf(one.subtopologyId, one.partition), one.offset]),
      )
      const add = (key: string, held: boolean) => {
        const list = candidates.get(key) ?? []
        list.push({ worker, held, offset: reported.get(key) ?? 0 })
        candidates.set(key, list)
      }
      for (const key of keysIn(current.active)) this.#lastActive.set(key, worker)
      const held = new Set([...keysIn(current.standby), ...keysIn(current.warmup)])
      for (const key of held) add(key, true)
      for (const key of reported.keys()) if (!held.has(key)) add(key, false)
    })
    for (const [key, list] of candidates) {
      list.sort((a, b) => Number(b.held) - Number(a.held) || b.offset - a.offset)
      this.#lastStandby.set(
        key,
        list.map(({ worker }) => worker),
      )
    }
  }

  assignActive(tasks: readonly Task[], isStateful: boolean): void {
    const quota = isStateful ? this.#statefulQuota : this.#activeQuota
    let open = sortBy(tasks, (a, b) => a.partition - b.partition || bySubtopology(a, b))
    const stay = (find: (task: Task) => Worker | undefined) => {
      open = open.filter((task) => {
        const worker = find(task)
        if (worker === undefined || worker.taskCount >= quota.each) return true
        this.#giveActive(worker, task, isStateful)
        return false
      })
    }
    stay(({ key }) => this.#lastActive.get(key))
    stay(({ key }) => leastLoaded(this.#lastStandby.get(key) ?? []))
    const byId = sortBy(open, (a, b) => bySubtopology(a, b) || a.partition - b.partition)
    for (const task of byId) {
      const process = this.#idlest(() => true)
      const worker = idlestMember(defined(process, 'a group that is assigned has members'))
      this.#giveActive(worker, task, isStateful)
    }
  }

  #giveActive(worker: Worker, task: Task, isStateful: boolean): void {
    give(worker, worker.active, task)
    if (!isStateful) worker.process.statelessCount += 1
    else this.#statefulQuota.count(worker.taskCount)
    this.#activeQuota.count(worker.taskCount)
    this.#totalQuota.count(worker.taskCount)
  }

  assignStandby(tasks: readonly Task[], standbyCount: number): void {
    const left: { task: Task; count: number }[] = []
    const last = sortBy(tasks, (a, b) => b.partition - a.partition || bySubtopology(b, a))
    for (const task of last) {
      let count = standbyCount
      while (count > 0 && this.#stayAsStandby(task)) count -= 1
      if (count > 0) left.push({ task, count })
    }
    left.sort((a, b) => bySubtopology(b.task, a.task) || b.task.partition - a.task.partition)
    for (const { task, count } of left) {
      for (let given = 0; given < count; given++) {
        const process = this.#idlest(({ taskKeys }) => !taskKeys.has(task.key))
        // More replicas are asked for than there are processes.
        if (process === null) break
        this.#giveStandby(idlestMember(process), task)
      }
    }
  }

  /** Whoever had the task last, as active task or as standby, is a good place for it. */
  #stayAsStandby(task: Task): boolean {
    const lacksTask = ({ process }: Worker) => !process.taskKeys.has(task.key)
    const active = this.#lastActive.get(task.key)
    const standby = (this.#lastStandby.get(task.key) ?? []).filter(lacksTask)
    const before = active !== undefined && lacksTask(active) ? active : leastLoaded(standby)
    if (before === undefined || before.taskCount >= this.#totalQuota.each) return false
    this.#giveStandby(before, task)
    return true
  }

  #giveStandby(worker: Worker, task: Task): void {
    give(worker, worker.standby, task)
    this.#totalQuota.count(worker.taskCount)
  }

  #idlest(fits: (process: Process) => boolean): Process | null {
    let best: Process | null = null
    for (const process of this.#processes) {
      if (!fits(process)) continue
      if (best === null || isIdler(process, best)) best = process
    }
    return best
  }

  shares(): ReadonlyMap<string, Tasks> {
    return new Map(
      this.#workers.map(({ memberId, active, standby }) => [
        memberId,
        { active: sealShare(active), standby: sealShare(standby), warmup: new Map() },
      ]),
    )
  }
}

function give(worker: Worker, share: Share, { subtopologyId, partition, key }: Task): void {
  const { process } = worker
  assert(!process.taskKeys.has(key), 'a process has a task once')
  const partitions = share.get(subtopologyId) ?? new Set()
  share.set(subtopologyId, partitions.add(partition))
  worker.taskCount += 1
  process.taskCount += 1
  process.taskKeys.add(key)
}

function isIdler(left: Process, right: Process): boolean {
  if (left.load !== right.load) return left.load < right.load
  const [a, b] = [left, right].map(({ statelessCount, members }) => statelessCount / members.length)
  return defined(a, 'two are compared') < defined(b, 'two are compared')
}

function idlestMember({ members }: Process): Worker {
  const [first, ...others] = members
  let best = defined(first, 'a process has members')
  for (const worker of others) if (worker.taskCount < best.taskCount) best = worker
  return best
}

/** The first, unless a later one has less to do, and its process too. */
function leastLoaded(workers: readonly Worker[]): Worker | undefined {
  let best: Worker | undefined
  for (const worker of workers) {
    const isBetter =
      best === undefined ||
      (worker.process.load < best.process.load && worker.taskCount < best.taskCount)
    if (isBetter) best = worker
  }
  return best
}

function* keysIn(tasks: Tasks['active']): Iterable<string> {
  for (const [subtopologyId, partitions] of tasks) {
    for (const partition of partitions) yield keyOf(subtopologyId, partition)
  }
}

function bySubtopology(left: Task, right: Task): number {
  return compareText(left.subtopologyId, right.subtopologyId)
}

function sortBy<T>(items: readonly T[], compare: (left: T, right: T) => number): T[] {
  return [...items].sort(compare)
}
