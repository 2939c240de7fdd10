// The share group machine: its table of events, cell by cell (the type refuses a missing one), and
// random sequences against its invariants.
import { describe, expect, test } from 'vitest'
import { stepShareGroup } from '../../../../src/coordinators/share/group.ts'
import type { FoundShareGroup } from '../../../../src/coordinators/share/group.ts'
import { withInitialized } from '../../../../src/coordinators/share/partitions-metadata.ts'
import { replayShareChange } from '../../../../src/coordinators/share/replay.ts'
import { noSharePartitions, ShareGroup } from '../../../../src/coordinators/share/state.ts'
import type { ShareEvent, ShareHeartbeatAnswer } from '../../../../src/coordinators/share/step.ts'
import { Ticket } from '../../../../src/coordinators/ticket.ts'
import { SeededRandom } from '../../../support/group-world.ts'
import { TestTopics } from '../../../support/test-topics.ts'

const ordersId = TestTopics.idOf('orders')
const rules = {
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 5000,
  assignmentIntervalMs: 0,
  maxSize: 3,
}

/** A group on its own, with `orders` initialized. */
class World {
  readonly topics = new TestTopics()
  group: ShareGroup | null
  nowMs = 1000

  constructor(group: ShareGroup | null = null) {
    this.group = group
    if (group === null) return
    const partitions = new Map([[ordersId, { topicName: 'orders', partitions: [0, 1, 2] }]])
    group.partitions = withInitialized(noSharePartitions, partitions)
  }

  get found(): FoundShareGroup {
    const { group } = this
    return group === null ? { kind: 'none', groupId: 'g' } : { kind: 'share', group }
  }

  tell(event: ShareEvent, found = this.found) {
    const { nowMs, topics } = this
    const step = stepShareGroup(found, event, { nowMs, topics, rules })
    for (const change of step.changes) {
      this.group ??= new ShareGroup('g')
      if (!replayShareChange(this.group, change)) this.group = null
    }
    for (const effect of step.effects) {
      if (effect.kind === 'answer-share') effect.to.settle(effect.answer)
    }
    return step
  }

  heartbeat(
    memberId: string,
    memberEpoch: number,
    names: readonly string[] | null,
    found?: FoundShareGroup,
  ) {
    const ticket = new Ticket<ShareHeartbeatAnswer>()
    const who = { rackId: null, clientId: 'c', clientHost: '/h' }
    const topicNames = names
    this.tell({ kind: 'share-heartbeat', ticket, memberId, memberEpoch, topicNames, ...who }, found)
    const answer = ticket.result()
    if (answer instanceof Promise) throw new Error('not answered')
    return answer
  }
}

const events = {
  join: (world: World, found?: FoundShareGroup) => world.heartbeat('m', 0, ['orders'], found).error,
  stay: (world: World, found?: FoundShareGroup) => world.heartbeat('m', 2, null, found).error,
  leave: (world: World, found?: FoundShareGroup) => world.heartbeat('m', -1, null, found).error,
  fence: (world: World, found?: FoundShareGroup) => {
    world.tell({ kind: 'share-fence', memberId: 'm' }, found)
    return 'NONE'
  },
} as const

type GroupKind = 'none' | 'other' | 'empty' | 'stable'

/** [answer, members afterwards] */
const transitions: Record<GroupKind, Record<keyof typeof events, readonly [string, number]>> = {
  none: {
    join: ['NONE', 1],
    stay: ['GROUP_ID_NOT_FOUND', 0],
    leave: ['GROUP_ID_NOT_FOUND', 0],
    fence: ['NONE', 0],
  },
  other: {
    join: ['GROUP_ID_NOT_FOUND', 0],
    stay: ['GROUP_ID_NOT_FOUND', 0],
    leave: ['GROUP_ID_NOT_FOUND', 0],
    fence: ['NONE', 0],
  },
  empty: {
    join: ['NONE', 1],
    stay: ['UNKNOWN_MEMBER_ID', 0],
    leave: ['UNKNOWN_MEMBER_ID', 0],
    fence: ['NONE', 0],
  },
  stable: {
    join: ['NONE', 1],
    stay: ['NONE', 1],
    leave: ['NONE', 0],
    fence: ['NONE', 0],
  },
}

describe.each(Object.entries(transitions))('group %s', (kind, row) => {
  test.each(Object.entries(row))('%s: %j', (event, [error, memberCount]) => {
    const world = new World(kind === 'empty' || kind === 'stable' ? new ShareGroup('g') : null)
    if (kind === 'stable') world.heartbeat('m', 0, ['orders'])
    const found = kind === 'other' ? ({ kind: 'other', groupId: 'g' } as const) : undefined
    expect(events[event as keyof typeof events](world, found)).toBe(error)
    expect(world.group?.members.size ?? 0).toBe(memberCount)
  })
})

test('a full group takes no more, and says how many it takes', () => {
  const world = new World(new ShareGroup('g'))
  for (const id of ['a', 'b', 'c']) expect(world.heartbeat(id, 0, ['orders']).error).toBe('NONE')
  expect(world.heartbeat('d', 0, ['orders'])).toMatchObject({
    error: 'GROUP_MAX_SIZE_REACHED',
    message: 'The share group has reached its maximum capacity of 3 members.',
  })
  expect(world.heartbeat('a', 0, ['orders']).error).toBe('NONE')
})

test('only partitions that have a state are assigned', () => {
  const world = new World(new ShareGroup('g'))
  world.topics.create('new', 2)
  const { assignment } = world.heartbeat('a', 0, ['orders', 'new'])
  expect(assignment).toEqual(new Map([[ordersId, [0, 1, 2]]]))
})

test('an answer that was lost is given again, an older one is not', () => {
  const world = new World(new ShareGroup('g'))
  const first = world.heartbeat('a', 0, ['orders']).memberEpoch
  world.heartbeat('b', 0, ['orders'])
  const second = world.heartbeat('a', first, null)
  expect(second.memberEpoch).toBe(first + 1)
  expect(world.heartbeat('a', first, null).error).toBe('NONE')
  world.heartbeat('c', 0, ['orders'])
  world.heartbeat('a', first + 1, null)
  expect(world.heartbeat('a', first, null).error).toBe('FENCED_MEMBER_EPOCH')
})

test.each([1, 2, 3, 4, 5, 6])('random events keep the invariants (seed %i)', (seed) => {
  const random = new SeededRandom(seed)
  const world = new World(new ShareGroup('g'))
  world.topics.create('other', 2)
  let [groupEpoch, targetEpoch] = [0, 0]
  for (let round = 0; round < 200; round++) {
    const memberId = `m${random.below(4)}`
    const member = world.group?.members.get(memberId)
    const names = [['orders'], ['other'], ['orders', 'other']][random.below(3)] ?? null
    const choice = random.below(6)
    if (choice < 2 || member === undefined) world.heartbeat(memberId, 0, names ?? ['orders'])
    else if (choice < 4) world.heartbeat(memberId, member.memberEpoch, choice === 2 ? names : null)
    else if (choice === 4) world.heartbeat(memberId, -1, null)
    else world.tell({ kind: 'share-fence', memberId })
    const { group } = world
    if (group === null) throw new Error('the group is gone')
    expect(group.groupEpoch).toBeGreaterThanOrEqual(groupEpoch)
    expect(group.targetEpoch).toBeGreaterThanOrEqual(targetEpoch)
    expect(group.targetEpoch).toBeLessThanOrEqual(group.groupEpoch)
    ;[groupEpoch, targetEpoch] = [group.groupEpoch, group.targetEpoch]
    for (const { memberEpoch, assigned, topicNames } of group.members.values()) {
      expect(memberEpoch).toBeLessThanOrEqual(group.targetEpoch)
      for (const topicId of assigned.keys()) {
        expect(topicNames).toContain(world.topics.byId(topicId)?.name)
      }
    }
    expect([...group.target.keys()].every((id) => group.members.has(id))).toBe(true)
  }
})
