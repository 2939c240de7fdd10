// The vocabulary of the consumer group machine: what can happen to a group (events), what a step
// decides (records, effects), and the draft that a step writes its decision into. The state has no
// part in a decision: it follows from the records, by replay.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert, defined } from '../../base/assert.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { Ticket } from '../classic/state.ts'
import type { Effect, HeartbeatEvent, JoinEvent, LeaveEvent, SyncEvent } from '../classic/step.ts'
import type { ConsumerChange } from './changes.ts'
import { ownsTheSame } from './state.ts'
import type { ConsumerMember, ReadonlyGroup, ResolvedRegex } from './state.ts'

/** The topics that there are. */
export interface TopicsView {
  /** Grows with every change of the cluster's metadata. */
  readonly version: number
  /** `version` when a topic was last created. */
  readonly lastCreation: number
  byName(name: string): TopicInfo | undefined
  byId(id: string): TopicInfo | undefined
  names(): Iterable<string>
}

export interface TopicInfo {
  readonly id: string
  readonly name: string
  readonly partitionCount: number
}

export const serverAssignors = ['uniform', 'range'] as const
export type ServerAssignor = (typeof serverAssignors)[number]

/** What the machine must know of the configuration; a group's own settings are in it. */
export interface ConsumerRules {
  /** consumer.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** consumer.heartbeat.interval.ms: what members are told. */
  readonly heartbeatIntervalMs: number
  /** consumer.assignment.interval.ms: time between two target assignments. */
  readonly assignmentIntervalMs: number
  /** group.consumer.max.size */
  readonly maxSize: number
  /** group.max.size: of the classic group that a downgrade makes. */
  readonly classicMaxSize: number
  /** group.consumer.assignors; the first is the default. */
  readonly assignors: readonly ServerAssignor[]
  /** group.consumer.regex.refresh.interval.ms */
  readonly regexRefreshMs: number
  /** group.consumer.migration.policy */
  readonly migration: {
    readonly upgrade: boolean
    readonly downgrade: boolean
  }
}

/** Whether the asking client may see a topic: a regular expression stands for no others. */
export type MayDescribe = (topic: string) => boolean

/** ConsumerGroupHeartbeat, checked as far as that needs no group. */
export interface ConsumerHeartbeatEvent {
  readonly kind: 'consumer-heartbeat'
  readonly ticket: Ticket<ConsumerHeartbeatAnswer>
  /** '' asks for an id (version 0). */
  readonly memberId: string
  /** The id that it gets then. */
  readonly newMemberId: string
  /** 0 joins, -1 leaves, -2 leaves for a while. */
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  /** -1: as before. */
  readonly rebalanceTimeoutMs: number
  /** Null: as before. */
  readonly topicNames: readonly string[] | null
  readonly topicRegex: string | null
  readonly serverAssignor: string | null
  /** Null: the member does not say. */
  readonly owned: TopicPartitions | null
  readonly clientId: string
  readonly clientHost: string
  readonly mayDescribe: MayDescribe
}

export type ConsumerEvent =
  | ConsumerHeartbeatEvent
  /** A member's time is over. With an epoch: only if it has not left that epoch since. */
  | {
      readonly kind: 'fence'
      readonly memberId: string
      readonly ifEpoch: number | null
      readonly timer: ConsumerTimer
    }
  /** Look up what the group's regular expressions stand for. */
  | { readonly kind: 'resolve-regexes'; readonly mayDescribe: MayDescribe }

/** What the classic protocol may ask of a group of the new one. */
export type ClassicRequest = JoinEvent | SyncEvent | HeartbeatEvent | LeaveEvent

export interface ConsumerHeartbeatAnswer {
  readonly error: ErrorName
  readonly message: string | null
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** Null: as before. */
  readonly assignment: TopicPartitions | null
}

/** One-shot timers of a member. */
export type ConsumerTimer =
  `session:${string}` | `rebalance:${string}` | `rejoin:${string}` | `resync:${string}`

export const timersOfMember = ['session', 'rebalance', 'rejoin', 'resync'] as const

export type ConsumerEffect =
  | {
      readonly kind: 'answer-consumer'
      readonly to: Ticket<ConsumerHeartbeatAnswer>
      readonly answer: ConsumerHeartbeatAnswer
    }
  | Exclude<Effect, { kind: 'cancel-timer' }>
  | {
      readonly kind: 'set-consumer-timer'
      readonly timer: ConsumerTimer
      readonly delayMs: number
      readonly event: ConsumerEvent
      /** Lets a timer that runs already go on. */
      readonly ifAbsent: boolean
    }
  | { readonly kind: 'cancel-timer'; readonly timer: string }
  /** Not stored: what the members subscribe to was compared with this version of the topics. */
  | { readonly kind: 'topics-checked'; readonly version: number }

/** What every part of a step may look at. */
export interface StepInput {
  readonly nowMs: number
  readonly topics: TopicsView
  readonly rules: ConsumerRules
}

/**
 * A group under decision. The maps are the group as the records written so far will make it;
 * `group` is as the event found it, its `owners` above all: what a member gives up in this step is
 * free in the next.
 */
export class ConsumerDraft {
  readonly group: ReadonlyGroup
  readonly input: StepInput
  readonly changes: ConsumerChange[] = []
  readonly effects: ConsumerEffect[] = []
  groupEpoch: number
  metadataHash: number
  /** Set: the regular expressions are to be looked up as soon as this step is stored. */
  resolveFor: MayDescribe | null = null
  #members: Map<string, ConsumerMember> | null = null
  #target: Map<string, TopicPartitions> | null = null
  #regexes: Map<string, ResolvedRegex> | null = null

  constructor(group: ReadonlyGroup, input: StepInput) {
    this.group = group
    this.input = input
    this.groupEpoch = group.groupEpoch
    this.metadataHash = group.metadataHash
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members ?? this.group.members
  }

  get target(): ReadonlyMap<string, TopicPartitions> {
    return this.#target ?? this.group.target
  }

  get regexes(): ReadonlyMap<string, ResolvedRegex> {
    return this.#regexes ?? this.group.regexes
  }

  member(memberId: string): ConsumerMember {
    return defined(this.members.get(memberId), 'the member was looked up before')
  }

  /** Stores what the member says of itself. */
  putMetadata(member: ConsumerMember): void {
    this.#ownMembers().set(member.memberId, member)
    const { memberId, instanceId, rackId, clientId, clientHost } = member
    const { topicNames, topicRegex, rebalanceTimeoutMs, serverAssignor, classic } = member
    const identity = { instanceId, rackId, clientId, clientHost, classic }
    const value = { ...identity, topicNames, topicRegex, rebalanceTimeoutMs, serverAssignor }
    this.#write({ kind: 'consumer-member', groupId: this.group.groupId, memberId, value })
  }

  /** Stores what the member holds. */
  putHolding(member: ConsumerMember): void {
    this.#ownMembers().set(member.memberId, member)
    const { memberId, memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation } =
      member
    const value = { memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation }
    this.#write({ kind: 'consumer-current', groupId: this.group.groupId, memberId, value })
  }

  putTarget(memberId: string, value: TopicPartitions): void {
    assert(this.members.has(memberId), 'only members have a share')
    this.#target ??= new Map(this.group.target)
    this.#target.set(memberId, value)
    this.#write({ kind: 'consumer-target', groupId: this.group.groupId, memberId, value })
  }

  /** `timestampMs` 0: nobody was assigned anything, so that the next target need not wait. */
  putTargetEpoch(epoch: number, timestampMs: number = this.input.nowMs): void {
    assert(epoch === this.groupEpoch, 'a target is made for the newest epoch')
    const { groupId } = this.group
    const value = { epoch, timestampMs }
    this.#write({ kind: 'consumer-target-epoch', groupId, value })
  }

  bumpEpoch(metadataHash: number): void {
    assert(Number.isSafeInteger(metadataHash), 'a hash is kept exactly')
    const { groupId } = this.group
    this.groupEpoch += 1
    this.metadataHash = metadataHash
    const value = { epoch: this.groupEpoch, metadataHash }
    this.#write({ kind: 'consumer-epoch', groupId, value })
  }

  putRegex(regex: string, value: ResolvedRegex | null): void {
    this.#regexes ??= new Map(this.group.regexes)
    if (value === null) this.#regexes.delete(regex)
    else this.#regexes.set(regex, value)
    this.#write({ kind: 'consumer-regex', groupId: this.group.groupId, regex, value })
  }

  dropPartitionMetadata(): void {
    const { groupId } = this.group
    this.#write({ kind: 'consumer-partition-metadata', groupId, value: null })
  }

  /** Takes the member out. Its timers and its connection are the caller's business. */
  removeMember(memberId: string): void {
    assert(this.members.has(memberId), 'only a member is removed')
    const { groupId } = this.group
    this.#ownMembers().delete(memberId)
    this.#target ??= new Map(this.group.target)
    this.#target.delete(memberId)
    this.#write({ kind: 'consumer-current', groupId, memberId, value: null })
    this.#write({ kind: 'consumer-target', groupId, memberId, value: null })
    this.#write({ kind: 'consumer-member', groupId, memberId, value: null })
  }

  /** The member is gone for whoever keeps time or watches connections. */
  forgetMember(memberId: string): void {
    for (const name of timersOfMember) this.cancelTimer(`${name}:${memberId}`)
    this.effects.push({ kind: 'member-removed', memberId })
  }

  /** The member is out when the time is over, unless the timer is set anew or cancelled. */
  setTimer(
    name: (typeof timersOfMember)[number],
    memberId: string,
    delayMs: number,
    { ifEpoch = null, ifAbsent = false }: { ifEpoch?: number | null; ifAbsent?: boolean } = {},
  ): void {
    const timer: ConsumerTimer = `${name}:${memberId}`
    const event = { kind: 'fence', memberId, ifEpoch, timer } as const
    this.effects.push({ kind: 'set-consumer-timer', timer, delayMs, event, ifAbsent })
  }

  cancelTimer(timer: ConsumerTimer): void {
    this.effects.push({ kind: 'cancel-timer', timer })
  }

  #ownMembers(): Map<string, ConsumerMember> {
    this.#members ??= new Map(this.group.members)
    return this.#members
  }

  #write(change: ConsumerChange): void {
    this.changes.push(change)
  }
}

export function heartbeatRefused(
  error: ErrorName,
  message: string | null = null,
): ConsumerHeartbeatAnswer {
  const nothing = { memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null }
  return { error, message, ...nothing }
}

/** Whether the member holds and is asked to give back just what it did before. */
export function holdsTheSame(left: ConsumerMember, right: ConsumerMember): boolean {
  return (
    left.memberEpoch === right.memberEpoch &&
    left.previousMemberEpoch === right.previousMemberEpoch &&
    left.phase === right.phase &&
    ownsTheSame(left.assigned, right.assigned) &&
    ownsTheSame(left.pendingRevocation, right.pendingRevocation)
  )
}
