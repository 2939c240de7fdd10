// Share groups of one partition of `__consumer_offsets` at work: turns the machine's steps into
// decisions of the partition's runtime, and their effects into sessions and answers.
import { unreachable } from '../base/assert.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { sessionTimer } from './classic/step.ts'
import type { TopicsView } from './consumer/step.ts'
import type { GroupChange } from './group-records.ts'
import type { Decision } from './runtime.ts'
import type { GroupShard } from './shard.ts'
import { stepShareGroup } from './share/group.ts'
import type { FoundShareGroup } from './share/group.ts'
import type { ShareEffect, ShareEvent, ShareRules } from './share/step.ts'

/** When a session's end could not be stored it is taken again after this time. */
const retryMs = 1000

export interface ShareDecisionsPorts {
  readonly shard: GroupShard
  readonly clock: Clock
  readonly logger: Logger
  readonly topics: TopicsView
  readonly rules: (groupId: string) => ShareRules
  readonly setTimer: (groupId: string, timer: string, delayMs: number, event: ShareEvent) => void
  readonly cancelTimer: (groupId: string, timer: string) => void
  readonly onMemberRemoved: (groupId: string, memberId: string) => void
  /**
   * A member was fenced: what it holds is for others. One that leaves ends its share session itself,
   * with what it still has to say of its records.
   */
  readonly onMemberFenced: (groupId: string, memberId: string) => void
}

export class ShareDecisions {
  readonly #ports: ShareDecisionsPorts

  constructor(ports: ShareDecisionsPorts) {
    this.#ports = ports
  }

  /** After a replay members have a full session to be heard of again. */
  startTimers(): void {
    const { shard, rules } = this.#ports
    for (const { groupId, members } of shard.shareGroups()) {
      const { sessionTimeoutMs } = rules(groupId)
      for (const memberId of members.keys()) this.#keepSession(groupId, memberId, sessionTimeoutMs)
    }
  }

  decide(groupId: string, event: ShareEvent): Decision<GroupChange> {
    const { clock, logger, topics, rules } = this.#ports
    const input = { nowMs: clock.nowMs(), topics, rules: rules(groupId) }
    const step = stepShareGroup(this.#find(groupId), event, input)
    return {
      changes: step.changes,
      begin: () => {},
      finish: () => {
        for (const effect of step.effects) this.#perform(groupId, effect)
      },
      refuse: (error) => {
        logger.warn({ groupId, event: event.kind, error }, 'group change not stored')
        for (const effect of step.refused(error)) this.#perform(groupId, effect)
        if (event.kind === 'share-fence') this.#keepSession(groupId, event.memberId, retryMs)
      },
    }
  }

  #find(groupId: string): FoundShareGroup {
    const { shard } = this.#ports
    const group = shard.shareGroup(groupId)
    if (group !== undefined) return { kind: 'share', group }
    return { kind: shard.kindOf(groupId) === null ? 'none' : 'other', groupId }
  }

  #perform(groupId: string, effect: ShareEffect): void {
    const { shard, cancelTimer, onMemberRemoved, onMemberFenced } = this.#ports
    switch (effect.kind) {
      case 'answer-share':
        return effect.to.settle(effect.answer)
      case 'set-share-session':
        return this.#keepSession(groupId, effect.memberId, effect.delayMs)
      case 'share-member-gone': {
        const { memberId } = effect
        cancelTimer(groupId, sessionTimer(memberId))
        onMemberRemoved(groupId, memberId)
        if (effect.why === 'fenced') onMemberFenced(groupId, memberId)
        return
      }
      case 'share-topics-checked': {
        const group = shard.shareGroup(groupId)
        if (group !== undefined) group.checkedTopicsVersion = effect.version
        return
      }
      default:
        return unreachable(effect)
    }
  }

  #keepSession(groupId: string, memberId: string, delayMs: number): void {
    const event = { kind: 'share-fence', memberId } as const
    this.#ports.setTimer(groupId, sessionTimer(memberId), delayMs, event)
  }
}
