// One partition of `__consumer_offsets` at work: its state (shard), the runtime that stores and
// replays, and the timers of its groups. Turns the machine's steps into decisions of the runtime.
import type { ErrorName } from '../../protocol/errors.ts'
import { assert, defined, unreachable } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { PartitionStore } from '../storage/engine.ts'
import { stepConsumerGroup } from './consumer/group.ts'
import type { ConsumerStep, Found } from './consumer/group.ts'
import { consumerTombstones } from './consumer/migration.ts'
import type { ConsumerEffect, ConsumerEvent, ConsumerRules, TopicsView } from './consumer/step.ts'
import { stepGroup } from './classic/group.ts'
import type { ReadonlyGroup } from './consumer/state.ts'
import { deadGroup } from './classic/state.ts'
import type { GroupState, Ticket as PendingAnswer } from './classic/state.ts'
import { sessionTimer } from './classic/step.ts'
import type { Effect, GroupEvent, GroupRules, GroupStep } from './classic/step.ts'
import { isConsumerEvent, isShareEvent, isStreamsEvent, timerOf } from './group-events.ts'
import type { AnyGroupEvent } from './group-events.ts'
import { encodeChange } from './group-records.ts'
import type { GroupChange } from './group-records.ts'
import { loadShard } from './load.ts'
import { refusedByOtherKind } from './refused-events.ts'
import { CoordinatorRuntime } from './runtime.ts'
import type { Decision, TransactionEnd, TransactionalProducer } from './runtime.ts'
import { GroupShard } from './shard.ts'
import { ShareDecisions } from './share-decisions.ts'
import type { ShareRules } from './share/step.ts'
import { StreamsDecisions } from './streams-decisions.ts'
import { streamsTombstones } from './streams/group.ts'
import type { StreamsGroup } from './streams/state.ts'
import type { StreamsRules } from './streams/step.ts'
import { Ticket } from './ticket.ts'
import { Timers } from './timers.ts'

/** When a timer's decision could not be stored it is taken again after this time. */
const retryMs = 1000

export interface GroupPartitionPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: PartitionStore
  readonly rules: GroupRules
  /** With the settings of the group's own. */
  readonly consumerRules: (groupId: string) => ConsumerRules
  readonly shareRules: (groupId: string) => ShareRules
  readonly streamsRules: (groupId: string) => StreamsRules
  readonly topics: TopicsView
  readonly onMemberRemoved: (groupId: string, memberId: string) => void
  /** A member of a share group left or was fenced: what it holds is for others. */
  readonly onShareMemberFenced: (groupId: string, memberId: string) => void
  /** Told what made a classic group begin to rebalance. */
  readonly onRebalance: (reason: string) => void
  readonly crash: (cause: unknown) => void
  readonly afterTurn?: ((run: () => void) => void) | undefined
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
  readonly #timers: Timers<AnyGroupEvent>
  readonly #share: ShareDecisions
  readonly #streams: StreamsDecisions
  #isClosed = false

  constructor(ports: GroupPartitionPorts) {
    this.#ports = ports
    this.#runtime = new CoordinatorRuntime({
      clock: ports.clock,
      store: ports.store,
      encode: encodeChange,
      apply: (change, place) => this.shard.apply(change, place),
      applyMarker: (producerId, isCommit) => {
        this.shard.offsets.endTransaction(producerId, isCommit ? 'commit' : 'abort')
      },
      crash: ports.crash,
      afterTurn: ports.afterTurn,
    })
    this.#timers = new Timers(ports.clock, (groupId, event) => {
      try {
        this.step(groupId, event)
      } catch (error) {
        ports.crash(error)
      }
    })
    const { clock, logger, topics, onMemberRemoved, onShareMemberFenced: onMemberFenced } = ports
    const common = {
      ...{ shard: this.shard, clock, logger, topics, onMemberRemoved },
      setTimer: this.#setTimer.bind(this),
      cancelTimer: (groupId: string, timer: string) => {
        this.#timers.cancel(groupId, timer)
      },
    }
    this.#share = new ShareDecisions({ ...common, rules: ports.shareRules, onMemberFenced })
    this.#streams = new StreamsDecisions({ ...common, rules: ports.streamsRules })
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
    for (const group of [...this.shard.groups()]) {
      for (const { memberId, sessionTimeoutMs } of group.members.values()) {
        const event = { kind: 'session-expired', memberId } as const
        this.#setTimer(group.groupId, sessionTimer(memberId), sessionTimeoutMs, event)
      }
      // group.max.size was lowered: who joins first stays.
      const isTooLarge = group.members.size > this.#ports.rules.maxSize
      if (isTooLarge) this.step(group.groupId, { kind: 'rebalance' })
    }
    for (const group of this.shard.consumerGroups()) this.#startTimers(group)
    this.#share.startTimers()
    this.#streams.startTimers()
  }

  #startTimers({ groupId, members }: ReadonlyGroup): void {
    const { sessionTimeoutMs } = this.#ports.consumerRules(groupId)
    for (const { memberId, classic, phase, memberEpoch, rebalanceTimeoutMs } of members.values()) {
      const session = `session:${memberId}` as const
      const delayMs = classic?.sessionTimeoutMs ?? sessionTimeoutMs
      const overdue = { kind: 'fence', memberId, ifEpoch: null, timer: session } as const
      this.#setTimer(groupId, session, delayMs, overdue)
      if (phase !== 'unrevoked' || classic !== null) continue
      const rebalance = `rebalance:${memberId}` as const
      const late = { kind: 'fence', memberId, ifEpoch: memberEpoch, timer: rebalance } as const
      this.#setTimer(groupId, rebalance, Math.max(0, rebalanceTimeoutMs), late)
    }
  }

  /** Tells the group of an event; the answers go to the event's ticket. */
  step(groupId: string, event: AnyGroupEvent): void {
    this.#runtime.run(() => this.#decideAny(groupId, event))
  }

  /**
   * Stores what `decide` wants changed, then answers; on refusal answers what `refused` makes of
   * the error. With `producer` the changes belong to its transaction.
   */
  write<Answer>(
    decide: (shard: GroupShard) => Change<Answer>,
    refused: (error: ErrorName) => Answer,
    producer?: TransactionalProducer,
  ): MaybePromise<Answer> {
    const ticket = new Ticket<Answer>()
    this.#runtime.run(() => {
      const { changes, answer } = decide(this.shard)
      const deleted = changes.filter((change) => change.kind === 'classic-group')
      return {
        changes,
        ...(producer === undefined ? {} : { producer }),
        begin: () => {
          for (const { groupId } of deleted) this.#forgetGroup(groupId)
        },
        finish: () => ticket.settle(answer),
        refuse: (error) => ticket.settle(refused(error)),
      }
    })
    return ticket.result()
  }

  /**
   * As write, for offsets that a member commits: in one batch with those of others who commit at the
   * same moment. The member is heard of.
   */
  commit<Answer>(
    committer: { readonly groupId: string; readonly memberId: string },
    decide: (shard: GroupShard) => Change<Answer>,
    refused: (error: ErrorName) => Answer,
  ): MaybePromise<Answer> {
    const ticket = new Ticket<Answer>()
    this.#runtime.gather(() => {
      const { changes, answer } = decide(this.shard)
      return {
        changes,
        begin: () => {},
        finish: () => {
          this.#renewSession(committer.groupId, committer.memberId)
          ticket.settle(answer)
        },
        refuse: (error) => ticket.settle(refused(error)),
      }
    })
    return ticket.result()
  }

  /** A classic group's member has committed. */
  #renewSession(groupId: string, memberId: string): void {
    const group = this.shard.group(groupId)
    if (memberId === '' || group === undefined) return
    const { clock, rules } = this.#ports
    const event = { kind: 'committed', memberId } as const
    const step = stepGroup(group, event, clock.nowMs(), rules)
    assert(step.state === group && step.record === null, 'who commits only stays alive')
    this.#perform(group, step, event)
  }

  /** Whether members of a consumer group are there to join. */
  isConsumerGroup(groupId: string): boolean {
    return (this.shard.consumerGroup(groupId)?.members.size ?? 0) > 0
  }

  /** Stores the end of a producer's transaction: its offsets count, or are forgotten. */
  endTransaction(producer: TransactionalProducer, marker: TransactionEnd): MaybePromise<ErrorName> {
    const ticket = new Ticket<ErrorName>()
    this.#runtime.run(() => ({
      changes: [],
      producer,
      marker,
      begin: () => undefined,
      finish: () => ticket.settle('NONE'),
      refuse: (error) => ticket.settle(error),
    }))
    return ticket.result()
  }

  /** Members who are gone when nobody hears of them: all but the static ones. */
  *dynamicMembers(): Iterable<{ readonly groupId: string; readonly memberId: string }> {
    for (const { groupId, members } of this.shard.groups()) {
      for (const { memberId, groupInstanceId } of members.values()) {
        if (groupInstanceId === null) yield { groupId, memberId }
      }
    }
    for (const { groupId, members } of this.shard.consumerGroups()) {
      for (const { memberId, instanceId } of members.values()) {
        if (instanceId === null) yield { groupId, memberId }
      }
    }
  }

  /** Whether the id is a member's or is outstanding. */
  knows(groupId: string, memberId: string): boolean {
    const group = this.shard.group(groupId)
    if (group === undefined) {
      const { shard } = this
      const modern =
        shard.consumerGroup(groupId) ?? shard.shareGroup(groupId) ?? shard.streamsGroup(groupId)
      return modern?.members.has(memberId) ?? false
    }
    return group.members.has(memberId) || group.pendingJoin.has(memberId)
  }

  /** Stops all timers; whoever waits is told to look for the coordinator again. */
  close(): void {
    this.#isClosed = true
    this.#runtime.flush()
    this.#timers.close()
    for (const group of this.shard.groups()) {
      for (const member of group.members.values()) {
        this.#ports.onMemberRemoved(group.groupId, member.memberId)
        member.join?.settle({ ...joinClosed, memberId: member.memberId })
        member.sync?.settle(syncClosed)
      }
    }
    const { shard } = this
    const modern = [...shard.consumerGroups(), ...shard.shareGroups(), ...shard.streamsGroups()]
    for (const { groupId, members } of modern) {
      for (const memberId of members.keys()) this.#ports.onMemberRemoved(groupId, memberId)
    }
  }

  /** The classic machine decides on what is a classic group's, the consumer machine on the rest. */
  #decideAny(groupId: string, event: AnyGroupEvent): Decision<GroupChange> {
    if (isShareEvent(event)) return this.#share.decide(groupId, event)
    if (isStreamsEvent(event)) return this.#streams.decide(groupId, event)
    if (this.shard.shareGroup(groupId) !== undefined) return this.#decideOnShare(groupId, event)
    const streamsGroup = this.shard.streamsGroup(groupId)
    if (streamsGroup !== undefined) return this.#decideOnStreams(streamsGroup, event)
    const consumerGroup = this.shard.consumerGroup(groupId)
    if (isConsumerEvent(event)) return this.#decideConsumer(groupId, event)
    if (consumerGroup === undefined) return this.#decide(groupId, event)
    switch (event.kind) {
      case 'join': {
        // Nobody is left to mind: the group is made anew as a classic one.
        const isOver = consumerGroup.members.size === 0
        if (!isOver) return this.#decideConsumer(groupId, event)
        return withBefore(consumerTombstones(consumerGroup), this.#decide(groupId, event))
      }
      case 'sync':
      case 'heartbeat':
      case 'leave':
      case 'disconnected':
        return this.#decideConsumer(groupId, event)
      // Timers of a classic group that is none any more; and commits, which renew no session here.
      default:
        return { changes: [], begin: () => {}, finish: () => {}, refuse: () => {} }
    }
  }

  #decideConsumer(
    groupId: string,
    event: Parameters<typeof stepConsumerGroup>[1],
  ): Decision<GroupChange> {
    const { clock, topics, consumerRules } = this.#ports
    const input = { nowMs: clock.nowMs(), topics, rules: consumerRules(groupId) }
    const epochBefore = this.shard.consumerGroup(groupId)?.groupEpoch
    const step = stepConsumerGroup(this.#find(groupId), event, input)
    return {
      changes: changesOf(groupId, step),
      begin: () => {},
      finish: () => {
        const epoch = this.shard.consumerGroup(groupId)?.groupEpoch
        if (epoch !== undefined && epoch !== epochBefore) this.#ports.onRebalance(event.kind)
        for (const effect of step.effects) this.#performConsumerEffect(groupId, effect)
        const { next } = step
        if (next !== null) this.#runtime.runNext(() => this.#decideAny(groupId, next))
      },
      refuse: (error) => {
        this.#ports.logger.warn({ groupId, event: event.kind, error }, 'group change not stored')
        for (const effect of step.refused(error)) this.#performConsumerEffect(groupId, effect)
        if (event.kind === 'fence') this.#setTimer(groupId, event.timer, retryMs, event)
      },
    }
  }

  #decideOnShare(groupId: string, event: GroupEvent | ConsumerEvent): Decision<GroupChange> {
    if (event.kind !== 'disconnected') return refusedByOtherKind(groupId, event)
    return this.#share.decide(groupId, { kind: 'share-fence', memberId: event.memberId })
  }

  /** One without members makes room for a classic group. */
  #decideOnStreams(group: StreamsGroup, event: GroupEvent | ConsumerEvent): Decision<GroupChange> {
    const { groupId } = group
    if (event.kind === 'disconnected') return this.#streams.decide(groupId, event)
    if (event.kind !== 'join' || group.members.size > 0) return refusedByOtherKind(groupId, event)
    return withBefore(streamsTombstones(group), this.#decide(groupId, event))
  }

  #find(groupId: string): Found {
    const group = this.shard.consumerGroup(groupId)
    if (group !== undefined) return { kind: 'consumer', group }
    const classic = this.shard.group(groupId)
    return classic === undefined ? { kind: 'none', groupId } : { kind: 'classic', group: classic }
  }

  #performConsumerEffect(groupId: string, effect: ConsumerEffect): void {
    switch (effect.kind) {
      case 'answer-consumer':
        return this.#answer(effect.to, effect.answer)
      case 'set-consumer-timer': {
        const { timer, delayMs, event, ifAbsent } = effect
        if (ifAbsent && this.#timers.has(groupId, timer)) return
        return this.#setTimer(groupId, timer, delayMs, event)
      }
      case 'cancel-timer':
        return this.#timers.cancel(groupId, effect.timer)
      case 'topics-checked': {
        const group = this.shard.consumerGroup(groupId)
        if (group !== undefined) group.checkedTopicsVersion = effect.version
        return
      }
      default:
        return this.#performEffect(groupId, effect)
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
        this.#perform(state, step, event)
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
      this.#perform(state, instead, event)
      return
    }
    const timer = timerOf(event)
    if (timer !== null) this.#setTimer(groupId, timer, retryMs, event)
  }

  #perform(before: GroupState, step: GroupStep, event: GroupEvent): void {
    const { groupId } = before
    for (const effect of step.effects) this.#performEffect(groupId, effect)
    const after = this.shard.group(groupId)
    if (after === undefined) return
    if (hasBegunRebalance(before, after)) this.#ports.onRebalance(event.kind)
    if (after.kind === before.kind) return
    const { kind: to, generation, members, protocolName } = after
    const { kind: from } = before
    const memberCount = members.size
    const fields = { groupId, generation, memberCount, protocolName, from, to }
    this.#ports.logger.debug(fields, 'group state changed')
  }

  #performEffect(groupId: string, effect: Effect): void {
    switch (effect.kind) {
      case 'answer-join':
        return this.#answer(effect.to, effect.answer)
      case 'answer-sync':
        return this.#answer(effect.to, effect.answer)
      case 'answer-heartbeat':
        return this.#answer(effect.to, effect.answer)
      case 'answer-leave':
        return this.#answer(effect.to, effect.answer)
      case 'set-timer':
        return this.#setTimer(groupId, effect.timer, effect.delayMs, effect.event)
      case 'cancel-timer':
        return this.#timers.cancel(groupId, effect.timer)
      case 'member-removed':
        return this.#ports.onMemberRemoved(groupId, effect.memberId)
      default:
        return unreachable(effect)
    }
  }

  /** What closing has answered is not answered again when a write ends behind it. */
  #answer<T>(to: PendingAnswer<T>, answer: T): void {
    if (this.#isClosed && to.settled) return
    to.settle(answer)
  }

  #setTimer(groupId: string, timer: string, delayMs: number, event: AnyGroupEvent): void {
    this.#timers.set(groupId, timer, Math.max(0, delayMs), event)
  }

  /** Ids that are outstanding end with the group. */
  #forgetGroup(groupId: string): void {
    const group = defined(this.shard.group(groupId), 'only an existing group is deleted')
    for (const memberId of group.pendingJoin) {
      this.#timers.cancel(groupId, sessionTimer(memberId))
      this.#ports.onMemberRemoved(groupId, memberId)
    }
  }
}

/** It may be over in the same step: alone in a group one waits for nobody. */
function hasBegunRebalance(before: GroupState, after: GroupState): boolean {
  if (before.kind === 'preparing-rebalance') return false
  return after.kind === 'preparing-rebalance' || after.generation !== before.generation
}

/** Where the group changes its kind: what was goes in the same batch. */
function withBefore(
  before: readonly GroupChange[],
  decision: Decision<GroupChange>,
): Decision<GroupChange> {
  if (decision.changes.length === 0) return decision
  return { ...decision, changes: [...before, ...decision.changes] }
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

/** In the order in which they are replayed: what was, what changes, what will be. */
function changesOf(groupId: string, step: ConsumerStep): readonly GroupChange[] {
  const changes: GroupChange[] = [...step.changes]
  const kind = 'classic-group'
  if (step.dropsClassic) changes.unshift({ kind, groupId, value: null })
  if (step.becomesClassic !== null) changes.push({ kind, groupId, value: step.becomesClassic })
  return changes
}
