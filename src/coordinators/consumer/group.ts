// The consumer group (KIP-848) as a pure machine: the group, an event and the time go in, records
// and effects come out. SPEC.md holds the table of member states and events.
import { KafkaError } from '../../../protocol/errors.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert, unreachable } from '../../base/assert.ts'
import { joinRefused, syncRefused } from '../classic/state.ts'
import type { GroupState } from '../classic/state.ts'
import type { GroupRecord, JoinEvent, LeaveEvent } from '../classic/step.ts'
import type { ConsumerChange } from './changes.ts'
import {
  classicJoined,
  heartbeatClassicMember,
  leavingMembers,
  settleClassicMember,
  syncClassicMember,
  takeClassicMember,
} from './classic-members.ts'
import { heartbeat, moveTowards } from './heartbeat.ts'
import { leave, overdueMember, removeMembers, throwNoConsumerGroup } from './leave.ts'
import {
  classicTimers,
  consumerTombstones,
  downgradedRecord,
  isDowngradedWithout,
  upgrade,
} from './migration.ts'
import type { Upgrade } from './migration.ts'
import { ConsumerGroup, leaveEpoch, leaveStaticEpoch } from './state.ts'
import type { ConsumerMember, ReadonlyGroup } from './state.ts'
import { ConsumerDraft, heartbeatRefused } from './step.ts'
import type {
  ClassicRequest,
  ConsumerEffect,
  ConsumerEvent,
  ConsumerHeartbeatEvent,
  StepInput,
} from './step.ts'
import { resolveRegexes } from './subscription.ts'

/** What the event finds under the group's name. */
export type Found =
  | { readonly kind: 'none'; readonly groupId: string }
  | { readonly kind: 'classic'; readonly group: GroupState }
  | { readonly kind: 'consumer'; readonly group: ReadonlyGroup }

/** A decision. Nothing of it happens before its records are stored. */
export interface ConsumerStep {
  /** A classic group stood here: its record goes first. */
  readonly dropsClassic: boolean
  readonly changes: readonly ConsumerChange[]
  /** The group is classic from now on: its record comes last. */
  readonly becomesClassic: GroupRecord | null
  readonly effects: readonly ConsumerEffect[]
  /** What happens instead when the records cannot be stored. */
  readonly refused: (error: ErrorName) => readonly ConsumerEffect[]
  /** Follows at once. `rebalance` is for the classic group. */
  readonly next: ConsumerEvent | { readonly kind: 'rebalance' } | null
}

/** A member whose connection closed, and no other was heard of in time. */
export interface Disconnected {
  readonly kind: 'disconnected'
  readonly memberId: string
}

/** Decides what `event` means for the group. */
export function stepConsumerGroup(
  found: Found,
  event: ConsumerEvent | ClassicRequest | Disconnected,
  input: StepInput,
): ConsumerStep {
  if (event.kind === 'consumer-heartbeat') return stepHeartbeat(found, event, input)
  if (found.kind !== 'consumer') return nothing
  const draft = new ConsumerDraft(found.group, input)
  switch (event.kind) {
    case 'fence': {
      const overdue = overdueMember(draft, event.memberId, event.ifEpoch)
      return overdue === null ? nothing : removal(draft, [overdue])
    }
    case 'disconnected': {
      const member = found.group.members.get(event.memberId)
      const stays = member === undefined || member.instanceId !== null
      return stays ? nothing : removal(draft, [member])
    }
    case 'resolve-regexes':
      resolveRegexes(draft, event.mayDescribe)
      return stepOf(draft)
    case 'join':
      return stepJoin(draft, event)
    case 'sync':
      return answered(draft, event, (error) => {
        const answer = error === null ? syncClassicMember(draft, event) : syncRefused(error.name)
        return { kind: 'answer-sync', to: event.ticket, answer }
      })
    case 'heartbeat':
      return answered(draft, event, (error) => {
        const answer = error === null ? heartbeatClassicMember(draft, event) : error.name
        return { kind: 'answer-heartbeat', to: event.ticket, answer }
      })
    case 'leave':
      return stepLeave(draft, event)
    default:
      return unreachable(event)
  }
}

const nothing: ConsumerStep = {
  dropsClassic: false,
  changes: [],
  becomesClassic: null,
  effects: [],
  refused: () => [],
  next: null,
}

function stepOf(draft: ConsumerDraft, more: Partial<ConsumerStep> = {}): ConsumerStep {
  const { changes, effects, resolveFor } = draft
  const next = resolveFor && ({ kind: 'resolve-regexes', mayDescribe: resolveFor } as const)
  return { ...nothing, changes, effects, next, ...more }
}

function stepHeartbeat(
  found: Found,
  event: ConsumerHeartbeatEvent,
  input: StepInput,
): ConsumerStep {
  const { ticket: to, memberEpoch } = event
  const refused = (error: ErrorName): readonly ConsumerEffect[] => [
    { kind: 'answer-consumer', to, answer: heartbeatRefused(error) },
  ]
  try {
    const leaves = memberEpoch === leaveEpoch || memberEpoch === leaveStaticEpoch
    const { group, changes: before, effects } = groupFor(found, memberEpoch === 0, input)
    const draft = new ConsumerDraft(group, input)
    if (leaves) {
      const answer = leave(draft, event)
      const done: ConsumerEffect = { kind: 'answer-consumer', to, answer }
      const downgrade = memberEpoch === leaveEpoch ? downgraded(draft) : null
      if (downgrade !== null)
        return { ...downgrade, effects: [...downgrade.effects, done], refused }
      draft.effects.push(done)
      return stepOf(draft, { refused })
    }
    const answer = heartbeat(draft, event)
    draft.effects.push({ kind: 'answer-consumer', to, answer })
    return stepOf(draft, {
      dropsClassic: found.kind === 'classic',
      changes: [...before, ...draft.changes],
      effects: [...effects, ...draft.effects],
      refused,
    })
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const answer = heartbeatRefused(error.errorName, error.detail)
    return { ...nothing, effects: [{ kind: 'answer-consumer', to, answer }] }
  }
}

/** @throws KafkaError GROUP_ID_NOT_FOUND where there is none, nor is one to be made. */
function groupFor(
  found: Found,
  joins: boolean,
  input: StepInput,
): Omit<Upgrade, 'group'> & { readonly group: ReadonlyGroup } {
  if (found.kind === 'consumer') return { group: found.group, changes: [], effects: [] }
  if (!joins) {
    const isClassic = found.kind === 'classic'
    throwNoConsumerGroup(isClassic ? found.group.groupId : found.groupId, isClassic)
  }
  if (found.kind === 'classic') return upgrade(found.group, input)
  return { group: new ConsumerGroup(found.groupId), changes: [], effects: [] }
}

/** Takes members out, who may have been the last of the new protocol. */
function removal(draft: ConsumerDraft, members: readonly ConsumerMember[]): ConsumerStep {
  removeMembers(draft, members)
  for (const { memberId } of members) assert(!draft.members.has(memberId), 'who leaves is out')
  return downgraded(draft) ?? stepOf(draft)
}

/**
 * The draft, in which members were removed, as the end of the consumer group; null where it goes
 * on. What the draft has written is not needed then: all records of the group go.
 */
function downgraded(draft: ConsumerDraft): ConsumerStep | null {
  const { group, input } = draft
  const leaving = new Set([...group.members.keys()].filter((id) => !draft.members.has(id)))
  if (!isDowngradedWithout(group, leaving, input.rules)) return null
  assert(draft.members.size > 0, 'a group without members is not worth going back for')
  draft.groupEpoch = group.groupEpoch
  return {
    ...nothing,
    changes: consumerTombstones(group),
    becomesClassic: downgradedRecord(draft),
    effects: [...draft.effects, ...classicTimers(draft)],
    next: { kind: 'rebalance' },
  }
}

function stepJoin(draft: ConsumerDraft, event: JoinEvent): ConsumerStep {
  const { ticket: to, newMemberId, groupInstanceId } = event
  const replacedId = draft.group.staticMembers.get(groupInstanceId ?? '')
  const refused = (error: ErrorName): readonly ConsumerEffect[] => [
    { kind: 'answer-join', to, answer: joinRefused(error, event.memberId) },
  ]
  try {
    const joined = takeClassicMember(draft, event)
    if (joined === null) {
      const answer = joinRefused('MEMBER_ID_REQUIRED', newMemberId)
      return { ...nothing, effects: [{ kind: 'answer-join', to, answer }] }
    }
    if (replacedId !== undefined && isReplacementDowngrade(draft, replacedId)) {
      const downgrade = downgradeByReplacement(draft, joined)
      const done: ConsumerEffect = { kind: 'answer-join', to, answer: downgrade.answer }
      return { ...downgrade.step, effects: [...downgrade.step.effects, done], refused }
    }
    const answer = settleClassicMember(draft, event, joined)
    draft.effects.push({ kind: 'answer-join', to, answer })
    return stepOf(draft, { refused })
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { ...nothing, effects: refused(error.errorName) }
  }
}

/** The static member that was the last of the new protocol comes back with the classic one. */
function isReplacementDowngrade({ group, input }: ConsumerDraft, replacedId: string): boolean {
  if (group.members.get(replacedId)?.classic !== null) return false
  const { rules } = input
  for (const { memberId, classic } of group.members.values()) {
    if (memberId !== replacedId && classic === null) return false
  }
  return rules.migration.downgrade && group.members.size <= rules.classicMaxSize
}

function downgradeByReplacement(
  draft: ConsumerDraft,
  joined: NonNullable<ReturnType<typeof takeClassicMember>>,
) {
  const { group } = draft
  const { memberId } = joined.member
  const stale = group.targetEpoch < draft.groupEpoch
  let { member } = joined
  if (!stale) {
    const share = draft.target.get(memberId) ?? new Map()
    const target = { epoch: group.targetEpoch, share }
    const { subscriptionChanged, owned } = joined
    member = moveTowards(draft, member, { target, subscriptionChanged, owned })
  }
  assert(draft.members.size === group.members.size, 'one stands in for the other')
  draft.groupEpoch = group.groupEpoch
  const step: ConsumerStep = {
    ...nothing,
    changes: consumerTombstones(group),
    becomesClassic: downgradedRecord(draft),
    effects: [...draft.effects, ...classicTimers(draft)],
    next: stale ? { kind: 'rebalance' } : null,
  }
  return { step, answer: classicJoined(member) }
}

function stepLeave(draft: ConsumerDraft, event: LeaveEvent): ConsumerStep {
  const { ticket: to } = event
  const { told, leaving } = leavingMembers(draft, event)
  const step = removal(draft, leaving)
  const done: ConsumerEffect = {
    kind: 'answer-leave',
    to,
    answer: { error: 'NONE', members: told },
  }
  const refused = (error: ErrorName): readonly ConsumerEffect[] => [
    { kind: 'answer-leave', to, answer: { error, members: [] } },
  ]
  return { ...step, effects: [...step.effects, done], refused }
}

/** For requests that store nothing: their timers run also where they are refused. */
function answered(
  draft: ConsumerDraft,
  event: ClassicRequest,
  answer: (error: { readonly name: ErrorName } | null) => ConsumerEffect,
): ConsumerStep {
  try {
    draft.effects.push(answer(null))
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    draft.effects.push(answer({ name: error.errorName }))
  }
  assert(draft.changes.length === 0, `${event.kind} stores nothing`)
  return stepOf(draft)
}
