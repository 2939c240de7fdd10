// The vocabulary of the classic group machine: what can happen to a group (events), what a step
// decides (state, records, effects), and the draft that a step writes its decision into.
import { assert, defined } from '../../base/assert.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { hasAllMembersJoined, joinRefused, syncRefused } from './state.ts'
import type {
  GroupKind,
  GroupState,
  JoinAnswer,
  LeaveAnswer,
  Member,
  MemberProtocol,
  SyncAnswer,
  Ticket,
} from './state.ts'

/** What a group is told. Requests carry the ticket that their answer goes to. */
export type GroupEvent =
  | JoinEvent
  | SyncEvent
  | HeartbeatEvent
  | LeaveEvent
  /** A commit by this member was accepted: it is alive. */
  | { readonly kind: 'committed'; readonly memberId: string }
  /**
   * The member's connection closed, and no other was heard of in time
   * (ottla.group.disconnect.timeout.ms).
   */
  | { readonly kind: 'disconnected'; readonly memberId: string }
  | { readonly kind: 'session-expired'; readonly memberId: string }
  /** The first members had group.initial.rebalance.delay.ms to arrive. */
  | { readonly kind: 'initial-delay-over'; readonly delayMs: number; readonly remainingMs: number }
  /** The members had their rebalance time-out to join again. */
  | { readonly kind: 'join-timeout' }
  /** It was a consumer group until now, or is larger than it may be: its members are to join anew. */
  | { readonly kind: 'rebalance' }
  /** The members had the rebalance time-out to send SyncGroup. */
  | { readonly kind: 'sync-timeout'; readonly generation: number }

export interface JoinEvent {
  readonly kind: 'join'
  readonly ticket: Ticket<JoinAnswer>
  /** '' asks for a new id. */
  readonly memberId: string
  /**
   * The id that a new member gets; drawn by the caller, so that the step needs no randomness. Of
   * who has an id, that id.
   */
  readonly newMemberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  /** KIP-394 (JoinGroup 4+): a dynamic member first gets its id, then joins with it. */
  readonly requireKnownMemberId: boolean
  /** KIP-814 (JoinGroup 9+): the client understands skipAssignment. */
  readonly supportsSkipAssignment: boolean
}

export interface SyncEvent {
  readonly kind: 'sync'
  readonly ticket: Ticket<SyncAnswer>
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generation: number
  /** Null where the request version has none (below 5). */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** The leader's word; empty from the others. */
  readonly assignments: ReadonlyMap<string, Buffer>
}

export interface HeartbeatEvent {
  readonly kind: 'heartbeat'
  readonly ticket: Ticket<ErrorName>
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generation: number
}

export interface LeaveEvent {
  readonly kind: 'leave'
  readonly ticket: Ticket<LeaveAnswer>
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
  }[]
}

/** Keys of a group's timers: one per member and two for the group. */
export type TimerName = 'join' | 'sync' | `session:${string}`

export function sessionTimer(memberId: string): TimerName {
  return `session:${memberId}`
}

/** What the runtime does once the step's records are stored. */
export type Effect =
  | { readonly kind: 'answer-join'; readonly to: Ticket<JoinAnswer>; readonly answer: JoinAnswer }
  | { readonly kind: 'answer-sync'; readonly to: Ticket<SyncAnswer>; readonly answer: SyncAnswer }
  | {
      readonly kind: 'answer-heartbeat'
      readonly to: Ticket<ErrorName>
      readonly answer: ErrorName
    }
  | {
      readonly kind: 'answer-leave'
      readonly to: Ticket<LeaveAnswer>
      readonly answer: LeaveAnswer
    }
  | {
      readonly kind: 'set-timer'
      readonly timer: TimerName
      readonly delayMs: number
      readonly event: GroupEvent
    }
  | { readonly kind: 'cancel-timer'; readonly timer: TimerName }
  /** The member id means nothing to the group any more. */
  | { readonly kind: 'member-removed'; readonly memberId: string }

/**
 * A decision. It takes hold as a whole after its record is stored: first `state`, then the record
 * is replayed onto it, then the effects. If the record cannot be stored nothing of it happens,
 * except what `refused` says.
 */
export interface GroupStep {
  readonly state: GroupState
  readonly effects: readonly Effect[]
  /** The group as it is to be remembered; null: nothing to store. */
  readonly record: GroupRecord | null
  /** What happens instead when the record cannot be stored. */
  readonly refused: ((error: ErrorName) => GroupStep) | null
  /** The event is to be taken again, on what this step has made. */
  readonly again: boolean
}

/** The persisted part of a group (GroupMetadataValue), before it is bytes. */
export interface GroupRecord {
  readonly protocolType: string
  readonly generation: number
  readonly protocolName: string | null
  readonly leader: string | null
  /** Wall-clock ms; -1 unknown. */
  readonly stateTimestampMs: number
  readonly members: readonly MemberRecord[]
}

export interface MemberRecord {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly subscription: Buffer
  readonly assignment: Buffer
}

/** What the machine must know of the broker's configuration. */
export interface GroupRules {
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number
  /** group.max.size */
  readonly maxSize: number
}

/** The answer that ends a new member's long wait for its first generation (Kafka: 5 minutes). */
export const newMemberJoinTimeoutMs = 300_000

/**
 * A group under decision: a copy that the step may write to. Collections are copied at their first
 * change, so a heartbeat in a group of 500 copies nothing.
 */
export class GroupDraft {
  state: GroupState
  /** The group as the event found it. */
  readonly before: GroupState
  readonly nowMs: number
  readonly rules: GroupRules
  readonly effects: Effect[] = []
  record: GroupRecord | null = null
  #members: Map<string, Member> | undefined = undefined
  #staticMembers: Map<string, string> | undefined = undefined
  #pendingJoin: Set<string> | undefined = undefined
  #pendingSync: Set<string> | undefined = undefined

  constructor(state: GroupState, nowMs: number, rules: GroupRules) {
    this.state = state
    this.before = state
    this.nowMs = nowMs
    this.rules = rules
  }

  /** The state is copied once: an object literal of two spreads costs a microsecond each time. */
  change(changes: Partial<GroupState>): void {
    if (this.state === this.before) this.state = { ...this.state }
    Object.assign(this.state, changes)
  }

  enter(kind: GroupKind): void {
    this.change({
      kind,
      stateTimestampMs: this.nowMs,
      newMemberAdded: false,
      initialRebalance: false,
    })
  }

  member(memberId: string): Member {
    return defined(this.state.members.get(memberId), 'the member was looked up before')
  }

  /** Adds the member or replaces it by its changed self. */
  putMember(member: Member): void {
    const old = this.state.members.get(member.memberId)
    if (this.#members === undefined) {
      this.#members = new Map(this.state.members)
      this.change({ members: this.#members })
    }
    this.#members.set(member.memberId, member)
    const parked = Number(member.join !== null) - Number((old?.join ?? null) !== null)
    if (parked !== 0) this.change({ parkedJoins: this.state.parkedJoins + parked })
    const { groupInstanceId } = member
    if (groupInstanceId !== null) this.#putStaticMember(groupInstanceId, member.memberId)
    assert(this.state.parkedJoins >= 0, 'parked joins are counted')
  }

  /**
   * Takes the member out: its parked requests are answered, its timer ends, and another leads if it
   * led. Rebalancing is the caller's business.
   */
  removeMember(memberId: string): void {
    const member = this.member(memberId)
    if (member.join !== null) this.answerJoin(member.join, joinRefused('UNKNOWN_MEMBER_ID', ''))
    if (member.sync !== null) this.answerSync(member.sync, syncRefused('UNKNOWN_MEMBER_ID'))
    this.#takeMember(member)
    this.setPendingSync(memberId, false)
    this.effects.push({ kind: 'member-removed', memberId })
    this.cancelTimer(sessionTimer(memberId))
    if (this.state.leader !== memberId) return
    const [next = null] = this.state.members.keys()
    this.change({ leader: next })
  }

  /** KIP-345: the same member under a new id; what was parked under the old one is fenced. */
  replaceStaticMember(oldMemberId: string, newMemberId: string): Member {
    const old = this.member(oldMemberId)
    assert(old.groupInstanceId !== null, 'only static members are replaced')
    if (old.join !== null) this.answerJoin(old.join, joinRefused('FENCED_INSTANCE_ID', oldMemberId))
    if (old.sync !== null) this.answerSync(old.sync, syncRefused('FENCED_INSTANCE_ID'))
    const leads = this.state.leader === oldMemberId
    const owedSync = this.state.pendingSync.has(oldMemberId)
    this.#takeMember(old)
    this.setPendingSync(oldMemberId, false)
    this.effects.push({ kind: 'member-removed', memberId: oldMemberId })
    this.cancelTimer(sessionTimer(oldMemberId))
    const replacement = { ...old, memberId: newMemberId, join: null, sync: null }
    this.putMember(replacement)
    if (owedSync) this.setPendingSync(newMemberId, true)
    if (leads) this.change({ leader: newMemberId })
    return replacement
  }

  setPendingJoin(memberId: string, pending: boolean): void {
    if (this.state.pendingJoin.has(memberId) === pending) return
    if (this.#pendingJoin === undefined) {
      this.#pendingJoin = new Set(this.state.pendingJoin)
      this.change({ pendingJoin: this.#pendingJoin })
    }
    if (pending) this.#pendingJoin.add(memberId)
    else this.#pendingJoin.delete(memberId)
  }

  setPendingSync(memberId: string, pending: boolean): void {
    if (this.state.pendingSync.has(memberId) === pending) return
    if (this.#pendingSync === undefined) {
      this.#pendingSync = new Set(this.state.pendingSync)
      this.change({ pendingSync: this.#pendingSync })
    }
    if (pending) this.#pendingSync.add(memberId)
    else this.#pendingSync.delete(memberId)
  }

  clearPendingSync(): void {
    if (this.state.pendingSync.size === 0) return
    this.#pendingSync = new Set()
    this.change({ pendingSync: this.#pendingSync })
  }

  /** The member's session starts anew. */
  renewSession(memberId: string, timeoutMs: number): void {
    this.setTimer(sessionTimer(memberId), timeoutMs, { kind: 'session-expired', memberId })
  }

  setTimer(timer: TimerName, delayMs: number, event: GroupEvent): void {
    assert(Number.isFinite(delayMs), 'a timer has an end')
    this.effects.push({ kind: 'set-timer', timer, delayMs, event })
  }

  cancelTimer(timer: TimerName): void {
    this.effects.push({ kind: 'cancel-timer', timer })
  }

  answerJoin(to: Ticket<JoinAnswer>, answer: JoinAnswer): void {
    this.effects.push({ kind: 'answer-join', to, answer })
  }

  answerSync(to: Ticket<SyncAnswer>, answer: SyncAnswer): void {
    this.effects.push({ kind: 'answer-sync', to, answer })
  }

  answerHeartbeat(to: Ticket<ErrorName>, answer: ErrorName): void {
    this.effects.push({ kind: 'answer-heartbeat', to, answer })
  }

  answerLeave(to: Ticket<LeaveAnswer>, answer: LeaveAnswer): void {
    this.effects.push({ kind: 'answer-leave', to, answer })
  }

  get allMembersJoined(): boolean {
    return hasAllMembersJoined(this.state)
  }

  finish(options: { refused?: GroupStep['refused']; again?: boolean } = {}): GroupStep {
    const { state, effects, record } = this
    const { refused = null, again = false } = options
    assert(record !== null || refused === null, 'only a record can be refused')
    return { state, effects, record, refused, again }
  }

  #putStaticMember(groupInstanceId: string, memberId: string): void {
    if (this.state.staticMembers.get(groupInstanceId) === memberId) return
    this.#ownStaticMembers().set(groupInstanceId, memberId)
  }

  #takeMember(member: Member): void {
    if (this.#members === undefined) {
      this.#members = new Map(this.state.members)
      this.change({ members: this.#members })
    }
    this.#members.delete(member.memberId)
    if (member.join !== null) this.change({ parkedJoins: this.state.parkedJoins - 1 })
    if (member.groupInstanceId !== null) this.#ownStaticMembers().delete(member.groupInstanceId)
  }

  #ownStaticMembers(): Map<string, string> {
    if (this.#staticMembers === undefined) {
      this.#staticMembers = new Map(this.state.staticMembers)
      this.change({ staticMembers: this.#staticMembers })
    }
    return this.#staticMembers
  }
}
