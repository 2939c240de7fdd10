// One partition of `__consumer_offsets` at work: its state (shard), the runtime that stores and
// replays, and the timers of its groups. Turns the machine's steps into decisions of the runtime.
import type { ErrorName } from '../../protocol/errors.ts'
import { defined, unreachable } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { PartitionStore } from '../storage/engine.ts'
import { stepGroup } from './classic/group.ts'
import { deadGroup } from './classic/state.ts'
import type { GroupState } from './classic/state.ts'
import { sessionTimer } from './classic/step.ts'
import type { Effect, GroupEvent, GroupRules, GroupStep } from './classic/step.ts'
import { encodeChange } from './group-records.ts'
import type { GroupChange } from './group-records.ts'
import { loadShard } from './load.ts'
import { CoordinatorRuntime } from './runtime.ts'
import type { Decision } from './runtime.ts'
import { GroupShard } from './shard.ts'
import { Ticket } from './ticket.ts'
import { Timers } from './timers.ts'

/** When a timer's decision could not be stored it is taken again after this time. */
const retryMs = 1000

export interface GroupPartitionPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: PartitionStore
  readonly rules: GroupRules
  readonly onMemberRemoved: (groupId: string, memberId: string) => void
  readonly crash: (cause: unknown) => void
}

/** What an operation on offsets or whole groups wants stored, and what it answers then. */
export interface Change<Answer> {
  readonly changes: readonly GroupChange[]
  readonly answer: Answer
}

export class GroupPartition {
  readonly shard = new GroupShard()
  readonly #ports: GroupPartitionPorts
  readonly #runtime: CoordinatorRuntime<GroupChange>
  readonly #timers: Timers<{ readonly groupId: string; readonly event: GroupEvent }>

  constructor(ports: GroupPartitionPorts) {
    this.#ports = ports
    this.#runtime = new CoordinatorRuntime({
      clock: ports.clock,
      store: ports.store,
      encode: encodeChange,
      apply: (change, place) => this.shard.apply(change, { ...place, producerId: -1 }),
      crash: ports.crash,
    })
    this.#timers = new Timers(ports.clock, ({ groupId, event }) => {
      try {
        this.step(groupId, event)
      } catch (error) {
        ports.crash(error)
      }
    })
  }

  get store(): PartitionStore {
    return this.#ports.store
  }

  /**
   * Replays the partition from its start; then members have a full session to be heard of again.
   */
  async load(limitBytes: { readonly read: number; readonly inflated: number }): Promise<void> {
    const { store, logger } = this.#ports
    await loadShard({ shard: this.shard, store, logger, limitBytes })
    for (const group of this.shard.groups()) {
      for (const { memberId, sessionTimeoutMs } of group.members.values()) {
        const event = { kind: 'session-expired', memberId } as const
        this.#setTimer(group.groupId, sessionTimer(memberId), sessionTimeoutMs, event)
      }
    }
  }

  /** Tells the group of an event; the answers go to the event's ticket. */
  step(groupId: string, event: GroupEvent): void {
    this.#runtime.run(() => this.#decide(groupId, event))
  }

  /**
   * Stores what `decide` wants changed, then answers; on refusal answers what `refused` makes of
   * the error.
   */
  write<Answer>(
    decide: (shard: GroupShard) => Change<Answer>,
    refused: (error: ErrorName) => Answer,
  ): MaybePromise<Answer> {
    const ticket = new Ticket<Answer>()
    this.#runtime.run(() => {
      const { changes, answer } = decide(this.shard)
      const deleted = changes.filter((change) => change.kind === 'classic-group')
      return {
        changes,
        begin: () => {
          for (const { groupId } of deleted) this.#forgetGroup(groupId)
        },
        finish: () => ticket.settle(answer),
        refuse: (error) => ticket.settle(refused(error)),
      }
    })
    return ticket.result()
  }

  /** Whether the id is a member's or is outstanding. */
  knows(groupId: string, memberId: string): boolean {
    const group = this.shard.group(groupId)
    if (group === undefined) return false
    return group.members.has(memberId) || group.pendingJoin.has(memberId)
  }

  /** Stops all timers; whoever waits is told to look for the coordinator again. */
  close(): void {
    this.#timers.cancelAll()
    for (const group of this.shard.groups()) {
      for (const member of group.members.values()) {
        this.#ports.onMemberRemoved(group.groupId, member.memberId)
        member.join?.settle({ ...joinClosed, memberId: member.memberId })
        member.sync?.settle(syncClosed)
      }
    }
  }

  #decide(groupId: string, event: GroupEvent): Decision<GroupChange> {
    const { clock, rules } = this.#ports
    const state = this.shard.group(groupId) ?? deadGroup(groupId)
    const step = stepGroup(state, event, clock.nowMs(), rules)
    const { record } = step
    return {
      changes: record === null ? [] : [{ kind: 'classic-group', groupId, value: record }],
      begin: () => this.shard.put(step.state),
      finish: () => {
        this.#perform(state, step)
        if (step.again) this.#runtime.runNext(() => this.#decide(groupId, event))
      },
      refuse: (error) => this.#refuse(state, event, step, error),
    }
  }

  #refuse(state: GroupState, event: GroupEvent, step: GroupStep, error: ErrorName): void {
    const { groupId } = state
    this.#ports.logger.warn({ groupId, event: event.kind, error }, 'group change not stored')
    if (step.refused !== null) {
      const instead = step.refused(error)
      this.shard.put(instead.state)
      this.#perform(state, instead)
      return
    }
    const timer = timerOf(event)
    if (timer !== null) this.#setTimer(groupId, timer, retryMs, event)
  }

  #perform(before: GroupState, step: GroupStep): void {
    const { groupId } = before
    for (const effect of step.effects) this.#performEffect(groupId, effect)
    const after = this.shard.group(groupId)
    if (after === undefined || after.kind === before.kind) return
    const { kind, generation, members, protocolName } = after
    const fields = { groupId, generation, memberCount: members.size, protocolName }
    this.#ports.logger.debug({ ...fields, from: before.kind, to: kind }, 'group state changed')
  }

  #performEffect(groupId: string, effect: Effect): void {
    switch (effect.kind) {
      case 'answer-join':
        return effect.to.settle(effect.answer)
      case 'answer-sync':
        return effect.to.settle(effect.answer)
      case 'answer-heartbeat':
        return effect.to.settle(effect.answer)
      case 'answer-leave':
        return effect.to.settle(effect.answer)
      case 'set-timer':
        return this.#setTimer(groupId, effect.timer, effect.delayMs, effect.event)
      case 'cancel-timer':
        return this.#timers.cancel(timerKey(groupId, effect.timer))
      case 'member-removed':
        return this.#ports.onMemberRemoved(groupId, effect.memberId)
      default:
        return unreachable(effect)
    }
  }

  #setTimer(groupId: string, timer: string, delayMs: number, event: GroupEvent): void {
    this.#timers.set(timerKey(groupId, timer), Math.max(0, delayMs), { groupId, event })
  }

  /** Ids that are outstanding end with the group. */
  #forgetGroup(groupId: string): void {
    const group = defined(this.shard.group(groupId), 'only an existing group is deleted')
    for (const memberId of group.pendingJoin) {
      this.#timers.cancel(timerKey(groupId, sessionTimer(memberId)))
      this.#ports.onMemberRemoved(groupId, memberId)
    }
  }
}

const joinClosed = {
  error: 'NOT_COORDINATOR',
  generation: -1,
  protocolType: null,
  protocolName: null,
  leader: '',
  skipAssignment: false,
  members: [],
} as const

const syncClosed = {
  error: 'NOT_COORDINATOR',
  protocolType: null,
  protocolName: null,
  assignment: Buffer.alloc(0),
} as const

/** Group ids may hold anything, timer names no line feed. */
function timerKey(groupId: string, timer: string): string {
  return `${timer}\n${groupId}`
}

/** The timer that brought the event; null for events that no timer brings. */
function timerOf(event: GroupEvent): string | null {
  switch (event.kind) {
    case 'session-expired':
      return sessionTimer(event.memberId)
    case 'initial-delay-over':
    case 'join-timeout':
      return 'join'
    case 'sync-timeout':
      return 'sync'
    case 'join':
    case 'sync':
    case 'heartbeat':
    case 'leave':
    case 'committed':
    case 'disconnected':
      return null
  }
}
