// The table of SPEC.md, held against the machine: every state meets every event, and the type of
// the table refuses a hole. What the events do in detail is told in ../group-coordinator.test.ts.
import { describe, expect, test } from 'vitest'
import { stepGroup } from '../../../../src/coordinators/classic/group.ts'
import { replayGroup } from '../../../../src/coordinators/classic/replay.ts'
import { deadGroup, emptyGroup } from '../../../../src/coordinators/classic/state.ts'
import type {
  GroupKind,
  GroupState,
  SyncAnswer,
} from '../../../../src/coordinators/classic/state.ts'
import type {
  Effect,
  GroupEvent,
  GroupStep,
  JoinEvent,
} from '../../../../src/coordinators/classic/step.ts'
import { Ticket } from '../../../../src/coordinators/ticket.ts'

const rules = { initialRebalanceDelayMs: 3000, maxSize: 100 }

/**
 * Steps as the runtime does: the record is replayed, an event that is to be taken again is. Nobody
 * changes the state that a step is given: it stays in force where the record is refused.
 */
function take(state: GroupState, event: GroupEvent, nowMs = 1): GroupStep {
  const step = stepGroup(Object.freeze(state), event, nowMs, rules)
  if (step.record === null) return step
  const stored = { ...step, state: replayGroup(state.groupId, step.record, step.state) }
  if (!step.again) return stored
  const next = take(stored.state, event, nowMs)
  return { ...next, effects: [...stored.effects, ...next.effects], record: step.record }
}

function joinEvent(memberId: string, more: Partial<JoinEvent> = {}): JoinEvent {
  return {
    kind: 'join',
    ticket: new Ticket(),
    memberId,
    newMemberId: 'new',
    groupInstanceId: null,
    clientId: 'c',
    clientHost: '/h',
    rebalanceTimeoutMs: 60_000,
    sessionTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('m') }],
    requireKnownMemberId: false,
    supportsSkipAssignment: false,
    ...more,
  }
}

function syncEvent(memberId: string, generation: number, all: readonly string[] = []): GroupEvent {
  const assignments = new Map(all.map((id) => [id, Buffer.from(`for ${id}`)]))
  const ticket = new Ticket<SyncAnswer>()
  const protocol = { protocolType: null, protocolName: null }
  const member = { memberId, groupInstanceId: null, generation }
  return { kind: 'sync', ticket, ...member, ...protocol, assignments }
}

/** A group of two members, a (the leader) and b, in each of the states. */
function groupIn(kind: GroupKind): GroupState {
  if (kind === 'dead') return deadGroup('g')
  if (kind === 'empty') return emptyGroup('g', 1)
  let state = take(emptyGroup('g', 1), joinEvent('', { newMemberId: 'a' })).state
  state = take(state, joinEvent('', { newMemberId: 'b' })).state
  const delayOver = { kind: 'initial-delay-over', delayMs: 1, remainingMs: 0 } as const
  state = take(state, delayOver).state
  if (kind === 'completing-rebalance') return state
  state = take(state, syncEvent('a', 1, ['a', 'b'])).state
  if (kind === 'stable') return state
  return take(state, joinEvent('', { newMemberId: 'c' })).state
}

type Cell = GroupKind

/**
 * State × event → the state after it. `initial-delay-over` and `join-timeout` are stale timers
 * where no join phase runs; in the `completing-rebalance` of `groupIn` nobody has sent SyncGroup
 * yet.
 */
const transitions: Record<GroupKind, Record<GroupEvent['kind'], Cell>> = {
  dead: {
    join: 'preparing-rebalance',
    sync: 'dead',
    heartbeat: 'dead',
    leave: 'dead',
    committed: 'dead',
    disconnected: 'dead',
    'session-expired': 'dead',
    'initial-delay-over': 'dead',
    'join-timeout': 'dead',
    'sync-timeout': 'dead',
    rebalance: 'dead',
  },
  empty: {
    join: 'preparing-rebalance',
    sync: 'empty',
    heartbeat: 'empty',
    leave: 'empty',
    committed: 'empty',
    disconnected: 'empty',
    'session-expired': 'empty',
    'initial-delay-over': 'empty',
    'join-timeout': 'empty',
    'sync-timeout': 'empty',
    rebalance: 'empty',
  },
  'preparing-rebalance': {
    join: 'preparing-rebalance',
    sync: 'preparing-rebalance',
    heartbeat: 'preparing-rebalance',
    leave: 'preparing-rebalance',
    committed: 'preparing-rebalance',
    disconnected: 'preparing-rebalance',
    'session-expired': 'preparing-rebalance',
    'initial-delay-over': 'preparing-rebalance',
    'join-timeout': 'completing-rebalance',
    'sync-timeout': 'preparing-rebalance',
    rebalance: 'preparing-rebalance',
  },
  'completing-rebalance': {
    join: 'preparing-rebalance',
    sync: 'stable',
    heartbeat: 'completing-rebalance',
    leave: 'preparing-rebalance',
    committed: 'completing-rebalance',
    disconnected: 'preparing-rebalance',
    'session-expired': 'preparing-rebalance',
    'initial-delay-over': 'completing-rebalance',
    'join-timeout': 'completing-rebalance',
    'sync-timeout': 'empty',
    rebalance: 'completing-rebalance',
  },
  stable: {
    join: 'preparing-rebalance',
    sync: 'stable',
    heartbeat: 'stable',
    leave: 'preparing-rebalance',
    committed: 'stable',
    disconnected: 'preparing-rebalance',
    'session-expired': 'preparing-rebalance',
    'initial-delay-over': 'stable',
    'join-timeout': 'stable',
    'sync-timeout': 'preparing-rebalance',
    rebalance: 'preparing-rebalance',
  },
}

function eventOf(kind: GroupEvent['kind'], generation: number): GroupEvent {
  const leaver = [{ memberId: 'a', groupInstanceId: null }]
  switch (kind) {
    case 'join':
      return joinEvent('')
    case 'sync':
      return syncEvent('a', generation, ['a', 'b'])
    case 'heartbeat':
      return { kind, ticket: new Ticket(), memberId: 'a', groupInstanceId: null, generation }
    case 'leave':
      return { kind, ticket: new Ticket(), members: leaver }
    case 'committed':
    case 'disconnected':
    case 'session-expired':
      return { kind, memberId: 'a' }
    case 'initial-delay-over':
      return { kind, delayMs: 1, remainingMs: 0 }
    case 'join-timeout':
    case 'rebalance':
      return { kind }
    case 'sync-timeout':
      return { kind, generation }
  }
}

function kinds<T extends string>(table: Record<T, unknown>): T[] {
  return Object.keys(table) as T[]
}

describe('states × events', () => {
  for (const state of kinds(transitions)) {
    for (const kind of kinds(transitions[state])) {
      const expected = transitions[state][kind]
      test(`${kind} in ${state} leads to ${expected}`, () => {
        const before = groupIn(state)
        expect(before.kind).toBe(state)
        const step = take(before, eventOf(kind, before.generation))
        expect(step.state.kind).toBe(expected)
        checkInvariants(before, step.state)
      })
    }
  }
})

/** The numbered invariants of SPEC.md that a single step can break. */
function checkInvariants(before: GroupState, after: GroupState): void {
  // 1 generations only grow
  expect(after.generation).toBeGreaterThanOrEqual(before.generation)
  const members = [...after.members.values()]
  // 2 the parked joins are counted
  expect(after.parkedJoins).toBe(members.filter(({ join }) => join !== null).length)
  // 3 a leader is a member; only a group without members has none
  if (after.leader === null) expect(members).toEqual([])
  else expect(after.members.has(after.leader)).toBe(true)
  // 4 static members are members under their current id
  for (const [instanceId, memberId] of after.staticMembers) {
    expect(after.members.get(memberId)?.groupInstanceId).toBe(instanceId)
  }
  // 5 nobody is both a member and outstanding
  for (const memberId of after.pendingJoin) expect(after.members.has(memberId)).toBe(false)
  // 6 who owes a SyncGroup is a member
  for (const memberId of after.pendingSync) expect(after.members.has(memberId)).toBe(true)
  // 7 empty and dead groups have no members, the others have
  if (after.kind === 'empty' || after.kind === 'dead') expect(members).toEqual([])
  // 8 parked requests only where the phase lets them wait
  if (after.kind !== 'preparing-rebalance') expect(after.parkedJoins).toBe(0)
  if (after.kind !== 'completing-rebalance') {
    expect(members.every(({ sync }) => sync === null)).toBe(true)
  }
}

describe('a step is pure', () => {
  test('the state that went in is untouched', () => {
    const before = groupIn('stable')
    const copy = { ...before, members: new Map(before.members) }
    take(before, eventOf('leave', before.generation))
    expect(before).toEqual(copy)
  })

  test('a heartbeat copies nothing', () => {
    const before = groupIn('stable')
    const step = take(before, eventOf('heartbeat', before.generation))
    expect(step.state).toBe(before)
  })
})

describe('effects', () => {
  const names = (effects: readonly Effect[]) => effects.map(({ kind }) => kind)

  test('the leader’s assignment is one record, and every waiting SyncGroup is answered after it', () => {
    const waiting = take(groupIn('completing-rebalance'), syncEvent('b', 1)).state
    const step = stepGroup(waiting, syncEvent('a', 1, ['a', 'b']), 5, rules)
    expect(step.record?.members.map((each) => each.assignment.toString())).toEqual([
      'for a',
      'for b',
    ])
    expect(names(step.effects).filter((name) => name === 'answer-sync')).toHaveLength(2)
  })

  test('a refused assignment fails every waiting SyncGroup and starts a rebalance', () => {
    const waiting = take(groupIn('completing-rebalance'), syncEvent('b', 1)).state
    const step = stepGroup(waiting, syncEvent('a', 1, ['a', 'b']), 5, rules)
    const refused = step.refused?.('NOT_COORDINATOR')
    expect(refused?.state.kind).toBe('preparing-rebalance')
    const errors = refused?.effects.flatMap((effect) =>
      effect.kind === 'answer-sync' ? [effect.answer.error] : [],
    )
    expect(errors).toEqual(['NOT_COORDINATOR', 'NOT_COORDINATOR'])
  })

  test('the last member’s leaving is stored as an empty group of the next generation', () => {
    let state = groupIn('stable')
    state = take(state, { kind: 'disconnected', memberId: 'b' }).state
    const step = take(state, { kind: 'disconnected', memberId: 'a' })
    expect(step.record).toMatchObject({ generation: 2, members: [], leader: null })
    expect(step.state.kind).toBe('empty')
  })
})
