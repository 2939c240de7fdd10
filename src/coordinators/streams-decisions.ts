// Streams groups of one partition of `__consumer_offsets` at work: turns the machine's steps into
// decisions of the partition's runtime, and their effects into timers and answers.
import { assert, unreachable } from '../base/assert.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { TopicsView } from './consumer/step.ts'
import type { GroupChange } from './group-records.ts'
import type { Decision } from './runtime.ts'
import type { GroupShard } from './shard.ts'
import { stepStreamsGroup } from './streams/group.ts'
import type { FoundStreamsGroup, StreamsStep } from './streams/group.ts'
import type { StreamsGroup } from './streams/state.ts'
import type {
  StreamsEffect,
  StreamsEvent,
  StreamsRules,
  StreamsTimer,
  Unstored,
} from './streams/step.ts'

/** When a timer's decision could not be stored it is taken again after this time. */
const retryMs = 1000

export interface StreamsDecisionsPorts {
  readonly shard: GroupShard
  readonly clock: Clock
  readonly logger: Logger
  readonly topics: TopicsView
  readonly rules: (groupId: string) => StreamsRules
  readonly setTimer: (
    groupId: string,
    timer: StreamsTimer,
    delayMs: number,
    event: StreamsEvent,
  ) => void
  readonly cancelTimer: (groupId: string, timer: StreamsTimer) => void
  readonly onMemberRemoved: (groupId: string, memberId: string) => void
}

export class StreamsDecisions {
  readonly #ports: StreamsDecisionsPorts

  constructor(ports: StreamsDecisionsPorts) {
    this.#ports = ports
  }

  /** After a replay members have a full session to be heard of again. */
  startTimers(): void {
    const { shard, rules, setTimer } = this.#ports
    for (const { groupId, members } of shard.streamsGroups()) {
      const { sessionTimeoutMs } = rules(groupId)
      for (const { memberId, phase, memberEpoch, rebalanceTimeoutMs } of members.values()) {
        const fence = { kind: 'streams-fence', memberId } as const
        const session = `session:${memberId}` as const
        setTimer(groupId, session, sessionTimeoutMs, { ...fence, ifEpoch: null, timer: session })
        if (phase !== 'unrevoked') continue
        const timer = `rebalance:${memberId}` as const
        setTimer(groupId, timer, rebalanceTimeoutMs, { ...fence, ifEpoch: memberEpoch, timer })
      }
    }
  }

  decide(groupId: string, event: Parameters<typeof stepStreamsGroup>[1]): Decision<GroupChange> {
    const { clock, logger, topics, rules, setTimer } = this.#ports
    const input = { nowMs: clock.nowMs(), topics, rules: rules(groupId) }
    const step = stepStreamsGroup(this.#find(groupId), event, input)
    return {
      changes: changesOf(groupId, step),
      begin: () => {},
      finish: () => {
        for (const effect of step.effects) this.#perform(groupId, effect)
      },
      refuse: (error) => {
        logger.warn({ groupId, event: event.kind, error }, 'group change not stored')
        for (const effect of step.refused(error)) this.#perform(groupId, effect)
        if ('timer' in event) setTimer(groupId, event.timer, retryMs, event)
      },
    }
  }

  /** An empty classic group makes room for a streams group; groups of other kinds do not. */
  #find(groupId: string): FoundStreamsGroup {
    const { shard } = this.#ports
    const group = shard.streamsGroup(groupId)
    if (group !== undefined) return { kind: 'streams', group }
    const classic = shard.group(groupId)
    if (classic !== undefined) {
      const isEmpty = classic.kind === 'empty' && classic.pendingJoin.size === 0
      return isEmpty ? { kind: 'none', groupId, dropsClassic: true } : { kind: 'other', groupId }
    }
    if (shard.kindOf(groupId) !== null) return { kind: 'other', groupId }
    return { kind: 'none', groupId, dropsClassic: false }
  }

  #perform(groupId: string, effect: StreamsEffect): void {
    const { shard, setTimer, cancelTimer, onMemberRemoved } = this.#ports
    switch (effect.kind) {
      case 'answer-streams':
        return effect.to.settle(effect.answer)
      case 'set-streams-timer':
        return setTimer(groupId, effect.timer, effect.delayMs, effect.event)
      case 'cancel-streams-timer':
        return cancelTimer(groupId, effect.timer)
      case 'streams-member-removed':
        return onMemberRemoved(groupId, effect.memberId)
      case 'streams-unstored': {
        const group = shard.streamsGroup(groupId)
        if (group !== undefined) keep(group, effect.value)
        return
      }
      default:
        return unreachable(effect)
    }
  }
}

function keep(group: StreamsGroup, { reported, ...value }: Unstored): void {
  assert((value.endpointEpoch ?? 0) >= 0, 'epochs begin at 0')
  Object.assign(group, value)
  if (reported !== undefined && group.members.has(reported.memberId)) {
    group.reported.set(reported.memberId, reported.value)
  }
}

/** In the order in which they are replayed: what was, then what changes. */
function changesOf(groupId: string, step: StreamsStep): readonly GroupChange[] {
  if (!step.dropsClassic) return step.changes
  return [{ kind: 'classic-group', groupId, value: null }, ...step.changes]
}
