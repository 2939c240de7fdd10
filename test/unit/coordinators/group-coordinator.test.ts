// Classic groups as clients live them: every path of JoinGroup, SyncGroup, Heartbeat and
// LeaveGroup, with their time-outs, on simulated time.
import { describe, expect, test, vi } from 'vitest'
import { KafkaError } from '../../../protocol/errors.ts'
import type { MaybePromise } from '../../../src/base/maybe-promise.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { GroupCoordinator } from '../../../src/coordinators/group-coordinator.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'
import { TestTopics } from '../../support/test-topics.ts'
import { MemoryPartitionStore } from '../../support/memory-partition-store.ts'
import {
  createShareStates,
  GroupWorld,
  now,
  SeededRandom,
  settle,
  TestConnection,
} from '../../support/group-world.ts'

const orders = { topic: 'orders', partition: 0 }

describe('JoinGroup', () => {
  test('a first member waits for the initial delay and then leads generation 1', async () => {
    const world = await GroupWorld.create({ 'group.initial.rebalance.delay.ms': '300' })
    const join = world.join('g')
    await world.advance(299)
    expect(join.answered).toBe(false)
    await world.advance(1)
    const answer = join.answer()
    expect(answer).toMatchObject({ error: 'NONE', generation: 1, protocolName: 'range' })
    expect(answer.leader).toBe(answer.memberId)
    expect(answer.memberId).toMatch(/^test-[0-9a-f-]{36}$/)
    expect(answer.members.map(({ metadata }) => metadata.toString())).toEqual(['m'])
  })

  test('members that keep coming extend the initial delay up to the rebalance time-out', async () => {
    const world = await GroupWorld.create({ 'group.initial.rebalance.delay.ms': '300' })
    const first = world.join('g', { rebalanceTimeoutMs: 800 })
    await world.advance(200)
    const second = world.join('g', { rebalanceTimeoutMs: 800 })
    await world.advance(150)
    expect(first.answered).toBe(false)
    await world.advance(250)
    expect(first.answer().members).toHaveLength(2)
    expect(second.answer().members).toHaveLength(0)
  })

  test('version 4 and later hand out an id first, and the join with it succeeds', async () => {
    const world = await GroupWorld.create()
    const first = world.join('g', { version: 9 }).answer()
    expect(first).toMatchObject({ error: 'MEMBER_ID_REQUIRED', generation: -1 })
    const second = world.join('g', { version: 9, memberId: first.memberId })
    await world.advance(1)
    expect(second.answer()).toMatchObject({ error: 'NONE', memberId: first.memberId })
  })

  test('an id is drawn for who has none, and for nobody else', async () => {
    const world = await GroupWorld.create()
    const { memberId } = world.join('g', { version: 9 }).answer()
    const drawn = vi.spyOn(world.random, 'bytes')
    world.join('g', { version: 9, memberId })
    expect(drawn).not.toHaveBeenCalled()
    world.join('g', { version: 9 })
    expect(drawn).toHaveBeenCalledOnce()
  })

  test('an id that was handed out and not used is forgotten after the session time-out', async () => {
    const world = await GroupWorld.create()
    const { memberId } = world.join('g', { version: 9 }).answer()
    await world.advance(10_000)
    expect(world.join('g', { version: 9, memberId }).answer().error).toBe('UNKNOWN_MEMBER_ID')
  })

  test('a rebalance waits for an id that was handed out', async () => {
    const world = await GroupWorld.create()
    const { memberIds } = await world.stableGroup('g')
    const { memberId } = world.join('g', { version: 9 }).answer()
    const rejoin = world.join('g', { memberId: memberIds[0] ?? '' })
    await settle()
    expect(rejoin.answered).toBe(false)
    const other = world.join('g', { version: 9, memberId })
    await settle()
    expect(rejoin.answer().members).toHaveLength(2)
    expect(other.answer().generation).toBe(2)
  })

  test.each([
    ['', {}, 'INVALID_GROUP_ID'],
    ['g', { sessionTimeoutMs: 5 }, 'INVALID_SESSION_TIMEOUT'],
    ['g', { sessionTimeoutMs: 1_800_001 }, 'INVALID_SESSION_TIMEOUT'],
    ['g', { memberId: 'ghost' }, 'UNKNOWN_MEMBER_ID'],
    ['g', { protocols: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['g', { protocolType: '' }, 'INCONSISTENT_GROUP_PROTOCOL'],
  ] as const)('group %j with %j is refused with %s', async (groupId, options, error) => {
    const world = await GroupWorld.create()
    const answer = world.join(groupId, options).answer()
    const memberId = 'memberId' in options ? options.memberId : ''
    expect(answer).toMatchObject({ error, memberId, generation: -1, leader: '', members: [] })
  })

  test('all members must have a protocol in common, and of one type', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g')
    const error = 'INCONSISTENT_GROUP_PROTOCOL'
    expect(world.join('g', { protocols: [['sticky', 'm']] }).answer().error).toBe(error)
    expect(world.join('g', { protocolType: 'connect' }).answer().error).toBe(error)
  })

  test('the protocol that all offer and most prefer is chosen', async () => {
    const world = await GroupWorld.create()
    const both = ['a', 'b'].map((name) => [name, `m${name}`] as const)
    const joins = [
      world.join('g', { protocols: both }),
      world.join('g', { protocols: [...both].reverse() }),
      world.join('g', { protocols: [...both, ['c', 'm']].reverse() as typeof both }),
    ]
    await world.advance(1)
    expect(joins.map((join) => join.answer().protocolName)).toEqual(['b', 'b', 'b'])
    const metadata = joins[0]?.answer().members.map((member) => member.metadata.toString())
    expect(metadata).toEqual(['mb', 'mb', 'mb'])
  })

  test('a full group refuses one more, without harm to the members', async () => {
    const world = await GroupWorld.create({ 'group.max.size': '2' })
    const { memberIds, generation } = await world.stableGroup('g', 2)
    expect(world.join('g').answer()).toMatchObject({
      error: 'GROUP_MAX_SIZE_REACHED',
      memberId: '',
    })
    expect(world.heartbeat('g', memberIds[0] ?? '', generation)).toBe('NONE')
  })

  test('a member that did not join in the rebalance time-out is out, and another leads', async () => {
    const world = await GroupWorld.create()
    const { memberIds, leaderId } = await world.stableGroup('g', 2, {
      sessionTimeoutMs: 60_000,
      rebalanceTimeoutMs: 8000,
    })
    const follower = memberIds.find((id) => id !== leaderId) ?? ''
    const newcomer = world.join('g', { rebalanceTimeoutMs: 8000 })
    const rejoin = world.join('g', { memberId: follower, rebalanceTimeoutMs: 8000 })
    await world.advance(7999)
    expect(rejoin.answered).toBe(false)
    await world.advance(1)
    expect(rejoin.answer()).toMatchObject({ error: 'NONE', generation: 2, leader: follower })
    expect(rejoin.answer().members).toHaveLength(2)
    expect(newcomer.answer().leader).toBe(follower)
    expect(world.heartbeat('g', leaderId, 2)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('a follower that joins a stable group again unchanged is told where things stand', async () => {
    const world = await GroupWorld.create()
    const { memberIds, leaderId, generation } = await world.stableGroup('g', 2)
    const follower = memberIds.find((id) => id !== leaderId) ?? ''
    const again = world.join('g', { memberId: follower }).answer()
    expect(again).toMatchObject({ error: 'NONE', generation, leader: leaderId, members: [] })
    expect(world.describe('g').state).toBe('Stable')
  })

  test('the leader that joins again starts a rebalance', async () => {
    const world = await GroupWorld.create()
    const { leaderId } = await world.stableGroup('g')
    const again = world.join('g', { memberId: leaderId })
    await settle()
    expect(again.answer().generation).toBe(2)
  })

  test('a member whose answer was lost gets it again while the group completes', async () => {
    const world = await GroupWorld.create()
    const first = world.join('g')
    await world.advance(1)
    const { memberId, generation } = first.answer()
    const again = world.join('g', { memberId }).answer()
    expect(again).toEqual(first.answer())
    expect(generation).toBe(1)
  })

  test('a repeated JoinGroup takes the place of the one before, which is answered', async () => {
    const world = await GroupWorld.create()
    const { memberIds } = await world.stableGroup('g', 2)
    const [a = '', b = ''] = memberIds
    const changed = { memberId: b, protocols: [['range', 'news']] as const }
    const first = world.join('g', changed)
    const second = world.join('g', changed)
    await settle()
    expect(first.answer().error).toBe('REBALANCE_IN_PROGRESS')
    expect(second.answered).toBe(false)
    world.join('g', { memberId: a })
    await settle()
    expect(second.answer()).toMatchObject({ error: 'NONE', generation: 2 })
  })
})

describe('static members (KIP-345)', () => {
  const options = { instanceId: 'i1', sessionTimeoutMs: 30_000, version: 7 } as const

  test('need no id first, and their id begins with the instance id', async () => {
    const world = await GroupWorld.create()
    const join = world.join('g', options)
    await world.advance(1)
    expect(join.answer().memberId).toMatch(/^i1-/)
  })

  test('a restarted member gets its assignment back without a rebalance, and fences its old self', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g', 1, options)
    const old = memberIds[0] ?? ''
    const recordsBefore = world.storeOf('g').recordCount
    const back = world.join('g', options).answer()
    expect(back).toMatchObject({ error: 'NONE', generation, leader: old, members: [] })
    expect(back.memberId).not.toBe(old)
    expect(world.storeOf('g').recordCount).toBe(recordsBefore + 1)
    const sync = world.sync('g', back.memberId, generation, {}, { instanceId: 'i1' }).answer()
    expect(sync.assignment.toString()).toBe('a0')
    expect(world.heartbeat('g', old, generation, { instanceId: 'i1' })).toBe('FENCED_INSTANCE_ID')
  })

  test('version 9 tells the returning leader to skip the assignment', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g', 1, options)
    const back = world.join('g', { ...options, version: 9 }).answer()
    expect(back).toMatchObject({ skipAssignment: true, leader: back.memberId })
    expect(back.members).toHaveLength(1)
  })

  test('a returning member with another protocol starts a rebalance', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g', 1, {
      ...options,
      protocols: [
        ['a', ''],
        ['b', ''],
      ],
    })
    const back = world.join('g', { ...options, protocols: [['b', '']] })
    await settle()
    expect(back.answer()).toMatchObject({ generation: 2, protocolName: 'b' })
  })

  test('a restart that cannot be stored leaves the old member in place', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g', 1, options)
    world.storeOf('g').refuseWith = 'KAFKA_STORAGE_ERROR'
    const back = world.join('g', options).answer()
    expect(back).toMatchObject({ error: 'NOT_COORDINATOR', memberId: '', generation })
    const heartbeat = world.heartbeat('g', memberIds[0] ?? '', generation, { instanceId: 'i1' })
    expect(heartbeat).toBe('NONE')
  })

  test('stay through a rebalance that they miss', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g', 1, { ...options, rebalanceTimeoutMs: 1000 })
    const newcomer = world.join('g', { rebalanceTimeoutMs: 1000 })
    await world.advance(1000)
    const { memberId, members } = newcomer.answer()
    expect(members.map((each) => each.groupInstanceId)).toEqual(['i1', null])
    expect(newcomer.answer().leader).toBe(memberId)
  })

  test('an administrator removes them by their instance id', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g', 1, options)
    const members = [
      { memberId: '', groupInstanceId: 'i1' },
      { memberId: '', groupInstanceId: 'i2' },
    ]
    const answer = now(world.groups.classic.leave({ groupId: 'g', members }))
    expect(answer.members.map(({ error }) => error)).toEqual(['NONE', 'UNKNOWN_MEMBER_ID'])
    expect(world.describe('g').state).toBe('Empty')
  })
})

describe('SyncGroup', () => {
  test('followers wait for the leader, and each gets its own assignment', async () => {
    const world = await GroupWorld.create()
    const joins = [world.join('g'), world.join('g')]
    await world.advance(1)
    const [a, b] = joins.map((join) => join.answer().memberId) as [string, string]
    const follower = world.sync('g', b, 1)
    await settle()
    expect(follower.answered).toBe(false)
    const leader = world.sync('g', a, 1, { [a]: 'for a', [b]: 'for b' })
    await settle()
    expect(leader.answer().assignment.toString()).toBe('for a')
    expect(follower.answer()).toMatchObject({ error: 'NONE', protocolName: 'range' })
    expect(follower.answer().assignment.toString()).toBe('for b')
    expect(world.describe('g').state).toBe('Stable')
  })

  test('a member that the leader forgot gets an empty assignment', async () => {
    const world = await GroupWorld.create()
    const join = world.join('g')
    await world.advance(1)
    const sync = world.sync('g', join.answer().memberId, 1, {})
    expect(sync.answer()).toMatchObject({ error: 'NONE' })
    expect(sync.answer().assignment).toHaveLength(0)
  })

  test('is refused in the order of Kafka’s checks', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    const [a = ''] = memberIds
    const error = (...args: Parameters<GroupWorld['sync']>) => world.sync(...args).answer().error
    expect(error('', a, 1)).toBe('INVALID_GROUP_ID')
    expect(error('none', a, 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(error('g', 'ghost', 9)).toBe('UNKNOWN_MEMBER_ID')
    expect(error('g', a, 9)).toBe('ILLEGAL_GENERATION')
    expect(error('g', a, generation, {}, { protocolType: 'connect' })).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    )
    expect(error('g', a, generation, {}, { protocolName: 'rr' })).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    )
    expect(error('g', a, generation, {}, { protocolName: 'range' })).toBe('NONE')
    world.join('g')
    expect(error('g', a, generation)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('waiting SyncGroups fail when a rebalance begins', async () => {
    const world = await GroupWorld.create()
    const joins = [world.join('g'), world.join('g')]
    await world.advance(1)
    const waiting = world.sync('g', joins[1]?.answer().memberId ?? '', 1)
    world.join('g')
    await settle()
    expect(waiting.answer().error).toBe('REBALANCE_IN_PROGRESS')
  })

  test('members that do not ask in the rebalance time-out are out', async () => {
    const world = await GroupWorld.create()
    const options = { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 60_000 }
    const joins = [world.join('g', options), world.join('g', options)]
    await world.advance(1)
    const [a, b] = joins.map((join) => join.answer().memberId) as [string, string]
    world.sync('g', a, 1, { [a]: 'x', [b]: 'y' })
    expect(world.describe('g').state).toBe('Stable')
    await world.advance(5000)
    expect(world.heartbeat('g', b, 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(world.heartbeat('g', a, 1)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('an assignment that cannot be stored is refused to all, who join again', async () => {
    const world = await GroupWorld.create()
    const joins = [world.join('g'), world.join('g')]
    await world.advance(1)
    const [a, b] = joins.map((join) => join.answer().memberId) as [string, string]
    const follower = world.sync('g', b, 1)
    world.storeOf('g').refuseWith = 'NOT_ENOUGH_REPLICAS'
    const leader = world.sync('g', a, 1, { [a]: 'x', [b]: 'y' })
    await settle()
    expect(leader.answer().error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(follower.answer().error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(world.describe('g').state).toBe('PreparingRebalance')
  })
})

describe('Heartbeat', () => {
  test('keeps a member, and without it the session ends', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    const [a = ''] = memberIds
    await world.advance(9000)
    expect(world.heartbeat('g', a, generation)).toBe('NONE')
    await world.advance(9999)
    expect(world.heartbeat('g', a, generation)).toBe('NONE')
    await world.advance(10_000)
    expect(world.heartbeat('g', a, generation)).toBe('UNKNOWN_MEMBER_ID')
    expect(world.describe('g')).toMatchObject({ state: 'Empty', protocolType: 'consumer' })
  })

  test('tells of a rebalance, and refuses strangers and old generations', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    const [a = ''] = memberIds
    expect(world.heartbeat('', a, 1)).toBe('INVALID_GROUP_ID')
    expect(world.heartbeat('none', a, 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(world.heartbeat('g', 'ghost', 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(world.heartbeat('g', a, 7)).toBe('ILLEGAL_GENERATION')
    expect(world.heartbeat('g', a, generation, { instanceId: 'i' })).toBe('UNKNOWN_MEMBER_ID')
    world.join('g')
    expect(world.heartbeat('g', a, generation)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('a commit is as good as a heartbeat', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    const [memberId = ''] = memberIds
    await world.advance(9000)
    expect(world.commit('g', [{ offset: 1 }], { memberId, generation })).toEqual(['NONE'])
    await world.advance(9000)
    expect(world.heartbeat('g', memberId, generation)).toBe('NONE')
  })

  test('a member that waits in JoinGroup does not expire', async () => {
    const world = await GroupWorld.create()
    const { memberIds } = await world.stableGroup('g', 2, { rebalanceTimeoutMs: 60_000 })
    const [a = '', b = ''] = memberIds
    const rejoin = world.join('g', { memberId: a, rebalanceTimeoutMs: 60_000 })
    for (let second = 0; second < 50; second++) {
      await world.advance(1000)
      world.heartbeat('g', b, 1)
    }
    expect(rejoin.answered).toBe(false)
    expect(world.describe('g').members.map(({ memberId }) => memberId)).toContain(a)
  })
})

describe('LeaveGroup', () => {
  test('answers each member, and those who stay rebalance', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g', 2)
    const [a = '', b = ''] = memberIds
    const answer = world.leave('g', a, 'ghost')
    expect(answer.error).toBe('NONE')
    expect(answer.members.map(({ error }) => error)).toEqual(['NONE', 'UNKNOWN_MEMBER_ID'])
    expect(world.heartbeat('g', b, generation)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('of a group that does not exist every member is unknown', async () => {
    const world = await GroupWorld.create()
    expect(world.leave('none', 'x').members).toEqual([
      { memberId: 'x', groupInstanceId: null, error: 'UNKNOWN_MEMBER_ID' },
    ])
    expect(world.leave('', 'x')).toEqual({ error: 'INVALID_GROUP_ID', members: [] })
  })

  test('a leaving member’s parked JoinGroup is answered, and a rebalance that waited for it ends', async () => {
    const world = await GroupWorld.create()
    const { memberIds } = await world.stableGroup('g', 2)
    const [a = '', b = ''] = memberIds
    const rejoin = world.join('g', { memberId: a })
    world.leave('g', b)
    await settle()
    expect(rejoin.answer()).toMatchObject({ error: 'NONE', generation: 2 })
    const newcomer = world.join('g')
    const again = world.join('g', { memberId: a, protocols: [['range', 'x']] })
    world.leave('g', a)
    await settle()
    expect(again.answer().error).toBe('NONE')
    expect(newcomer.answer().error).toBe('NONE')
  })

  test('a leaving that cannot be stored is refused, and the member is still there', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    world.storeOf('g').refuseWith = 'KAFKA_STORAGE_ERROR'
    expect(world.leave('g', memberIds[0] ?? '').error).toBe('NOT_COORDINATOR')
    expect(world.heartbeat('g', memberIds[0] ?? '', generation)).toBe('NONE')
  })
})

describe('a closed connection (DESIGN section 6)', () => {
  test('takes its dynamic members out of the group when they are not heard of in time', async () => {
    const world = await GroupWorld.create()
    const connection = new TestConnection()
    await world.stableGroup('g', 1, { connection, sessionTimeoutMs: 45_000 })
    connection.close()
    await world.advance(4999)
    expect(world.describe('g').state).toBe('Stable')
    await world.advance(1)
    expect(world.describe('g').state).toBe('Empty')
  })

  test('means nothing to a member that is heard of on another', async () => {
    const world = await GroupWorld.create()
    const connection = new TestConnection()
    const { memberIds, generation } = await world.stableGroup('g', 1, { connection })
    connection.close()
    await world.advance(4000)
    world.heartbeat('g', memberIds[0] ?? '', generation)
    await world.advance(9000)
    expect(world.heartbeat('g', memberIds[0] ?? '', generation)).toBe('NONE')
  })

  test('ends a parked JoinGroup, so that the others need not wait', async () => {
    const world = await GroupWorld.create()
    const { memberIds } = await world.stableGroup('g', 1, { rebalanceTimeoutMs: 60_000 })
    const connection = new TestConnection()
    world.join('g', { connection })
    connection.close()
    const rejoin = world.join('g', { memberId: memberIds[0] ?? '', rebalanceTimeoutMs: 60_000 })
    await world.advance(5000)
    expect(world.describe('g').members).toHaveLength(1)
    expect(rejoin.answer().error).toBe('NONE')
  })

  test('does not touch static members', async () => {
    const world = await GroupWorld.create()
    const connection = new TestConnection()
    const options = { connection, instanceId: 'i', sessionTimeoutMs: 45_000 }
    await world.stableGroup('g', 1, options)
    connection.close()
    await world.advance(44_000)
    expect(world.describe('g').state).toBe('Stable')
  })

  test('is ignored when the time-out is -1', async () => {
    const world = await GroupWorld.create({ 'ottla.group.disconnect.timeout.ms': '-1' })
    const connection = new TestConnection()
    await world.stableGroup('g', 1, { connection, sessionTimeoutMs: 45_000 })
    connection.close()
    await world.advance(44_000)
    expect(world.describe('g').state).toBe('Stable')
  })
})

describe('groups as a whole', () => {
  test('are listed by state and type', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('a')
    world.commit('b', [{ offset: 1 }])
    const ids = (states: string[], types: string[] = []) =>
      world.groups
        .list({ states, types })
        .groups.map(({ groupId }) => groupId)
        .sort()
    expect(ids([])).toEqual(['a', 'b'])
    expect(ids([' stable '])).toEqual(['a'])
    expect(ids(['Nonsense'])).toEqual([])
    expect(ids([], ['Classic'])).toEqual(['a', 'b'])
    expect(ids([], ['consumer'])).toEqual([])
    expect(world.groups.list({ states: ['Empty'], types: [] }).groups).toEqual([
      { groupId: 'b', protocolType: '', state: 'Empty', type: 'classic' },
    ])
  })

  test('are described with metadata only while they are stable', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g')
    const [member] = world.describe('g').members
    expect(world.describe('g')).toMatchObject({ error: 'NONE', protocol: 'range' })
    expect(member).toMatchObject({ clientId: 'test', clientHost: '/127.0.0.1' })
    expect(member?.metadata.toString()).toBe('m')
    world.join('g')
    expect(world.describe('g')).toMatchObject({ state: 'PreparingRebalance', protocol: '' })
    expect(world.describe('g').members[0]?.metadata).toHaveLength(0)
    expect(world.describe('g').members[0]?.assignment.toString()).toBe('a0')
    expect(world.describe('none')).toMatchObject({ error: 'GROUP_ID_NOT_FOUND', state: 'Dead' })
  })

  test('are deleted only without members, and their offsets with them', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    const [memberId = ''] = memberIds
    world.commit('g', [{ offset: 5 }], { memberId, generation })
    expect(now(world.groups.deleteGroup('g'))).toBe('NON_EMPTY_GROUP')
    world.leave('g', memberId)
    expect(now(world.groups.deleteGroup('g'))).toBe('NONE')
    expect(now(world.groups.deleteGroup('g'))).toBe('GROUP_ID_NOT_FOUND')
    expect(world.committed('g')).toEqual({})
    const later = await world.restarted()
    expect(later.groups.list({ states: [], types: [] }).groups).toEqual([])
  })

  test('of 500 members rebalance and beat', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g', 500)
    expect(world.describe('g')).toMatchObject({ state: 'Stable' })
    expect(new Set(memberIds).size).toBe(500)
    const started = performance.now()
    for (const memberId of memberIds) world.heartbeat('g', memberId, generation)
    expect(performance.now() - started).toBeLessThan(200)
    const rejoins = memberIds.map((memberId) => {
      return world.join('g', { memberId, protocols: [['range', 'x']] })
    })
    await settle()
    expect(rejoins.every((join) => join.answer().generation === 2)).toBe(true)
  })
})

describe('the internal topic', () => {
  function onDemand(ensure: (stores: MemoryPartitionStore[]) => MaybePromise<void>) {
    const stores: MemoryPartitionStore[] = []
    const clock = new SimClock()
    const topics = new TestTopics()
    const groups = new GroupCoordinator({
      config: brokerConfigWith({}),
      clock,
      random: new SeededRandom(1),
      logger: silentLogger,
      topic: {
        ensure: () => ensure(stores),
        partitionCount: () => stores.length,
        store: (index) => stores[index],
      },
      topics,
      shareStates: createShareStates(clock, topics),
    })
    return { groups, stores }
  }
  const leave = { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: null }] }
  const make = (stores: MemoryPartitionStore[]) => {
    stores.push(new MemoryPartitionStore('__consumer_offsets', 0))
  }

  test('is made when the first request needs it', async () => {
    const { groups, stores } = onDemand(make)
    await groups.load()
    expect(stores).toHaveLength(0)
    expect(now(groups.classic.leave(leave))).toMatchObject({
      members: [{ error: 'UNKNOWN_MEMBER_ID' }],
    })
    expect(stores).toHaveLength(1)
  })

  test('may take its time to be made', async () => {
    const { groups } = onDemand(async (stores) => {
      await settle()
      make(stores)
    })
    await groups.load()
    expect(await groups.deleteGroup('g')).toBe('GROUP_ID_NOT_FOUND')
  })

  test('that cannot be made leaves the coordinator unavailable', async () => {
    const { groups } = onDemand(() => {
      throw new KafkaError('NOT_ENOUGH_REPLICAS')
    })
    await groups.load()
    expect(now(groups.classic.leave(leave)).error).toBe('COORDINATOR_NOT_AVAILABLE')
  })

  test('that is deleted takes all groups with it, and those who wait are told', async () => {
    const { groups, stores } = onDemand(make)
    await groups.load()
    now(groups.classic.leave(leave))
    stores.length = 0
    groups.onTopicDeleted('__consumer_offsets')
    expect(groups.list({ states: [], types: [] }).groups).toEqual([])
    expect(now(groups.deleteGroup('g'))).toBe('GROUP_ID_NOT_FOUND')
    expect(stores).toHaveLength(1)
  })
})

describe('start and stop', () => {
  test('before the log is replayed every request is put off, but for heartbeats', () => {
    const world = GroupWorld.unloaded()
    expect(world.join('g').answer().error).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    expect(world.heartbeat('g', 'm', 1)).toBe('NONE')
    expect(world.commit('g', [{ offset: 1 }])).toEqual(['COORDINATOR_LOAD_IN_PROGRESS'])
    expect(world.groups.list({ states: [], types: [] }).error).toBe('COORDINATOR_LOAD_IN_PROGRESS')
  })

  test('a restarted coordinator knows groups, assignments and offsets, and members have a full session', async () => {
    const first = await GroupWorld.create()
    const { memberIds, generation } = await first.stableGroup('g', 2)
    const [memberId = ''] = memberIds
    first.commit('g', [{ ...orders, offset: 42, metadata: 'note' }], { memberId, generation })
    const world = await first.restarted()
    expect(world.committed('g')).toEqual({ 'orders-0': 42 })
    expect(world.heartbeat('g', memberId, generation)).toBe('NONE')
    const sync = world.sync('g', memberId, generation).answer()
    expect(sync.assignment.toString()).toBe('a0')
    await world.advance(9999)
    expect(world.heartbeat('g', memberIds[1] ?? '', generation)).toBe('NONE')
  })

  test('a restarted coordinator goes on with the next generation', async () => {
    const first = await GroupWorld.create()
    const { memberIds } = await first.stableGroup('g')
    const world = await first.restarted()
    const rejoin = world.join('g', { memberId: memberIds[0] ?? '' })
    await settle()
    expect(rejoin.answer().generation).toBe(2)
  })

  test('closing answers those who wait and stops every timer', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g')
    const parked = world.join('g')
    world.groups.close()
    await settle()
    expect(parked.answer().error).toBe('NOT_COORDINATOR')
    expect(world.clock.timerCount).toBe(0)
    expect(world.heartbeat('g', 'm', 1)).toBe('COORDINATOR_NOT_AVAILABLE')
  })
})
