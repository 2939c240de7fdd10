// A group changes its protocol while its members work: classic ↔ consumer.
import { describe, expect, test } from 'vitest'
import {
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  decodeConsumerProtocolAssignment,
} from '../../../../protocol/codecs/consumer-protocol.ts'
import { encodeToBuffer } from '../../../../protocol/header.ts'
import { Reader } from '../../../../protocol/reader.ts'
import { isPromise } from '../../../../src/base/maybe-promise.ts'
import type { JoinAnswer } from '../../../../src/coordinators/classic/state.ts'
import { ConsumerClient } from '../../../support/consumer-client.ts'
import { GroupWorld, TestConnection } from '../../../support/group-world.ts'
import { TestTopics } from '../../../support/test-topics.ts'

const orders = TestTopics.idOf('orders')
const overrides = { 'group.consumer.assignment.interval.ms': '0' }

function subscription(owned: readonly number[] = []): Buffer {
  const ownedPartitions = owned.length === 0 ? [] : [{ topic: 'orders', partitions: owned }]
  const message = { topics: ['orders'], ownedPartitions }
  return encodeToBuffer(encodeConsumerProtocolSubscription, message, 1, 1)
}

function assignment(partitions: readonly number[], userData: Buffer | null = null): Buffer {
  const message = { assignedPartitions: [{ topic: 'orders', partitions }], userData }
  return encodeToBuffer(encodeConsumerProtocolAssignment, message, 1, 1)
}

function partitionsIn(bytes: Buffer): readonly number[] {
  const reader = new Reader(bytes)
  const message = decodeConsumerProtocolAssignment(reader, reader.int16())
  return message.assignedPartitions.flatMap(({ partitions }) => partitions)
}

/** A member of the classic protocol, in whatever group. */
class ClassicClient {
  readonly world: GroupWorld
  readonly connection = new TestConnection()
  memberId = ''
  generation = -1
  owned: readonly number[] = []

  constructor(world: GroupWorld) {
    this.world = world
  }

  join(more: { instanceId?: string; protocol?: string } = {}) {
    const request = {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      memberId: this.memberId,
      groupInstanceId: more.instanceId ?? null,
      protocolType: 'consumer',
      protocols: [{ name: more.protocol ?? 'range', metadata: subscription(this.owned) }],
      reason: null,
    }
    const { connection } = this
    return this.world.groups.classic.join(request, {
      apiVersion: 3,
      clientId: 'classic',
      connection,
    })
  }

  take(answer: JoinAnswer): JoinAnswer {
    if (answer.error !== 'NONE') return answer
    this.memberId = answer.memberId
    this.generation = answer.generation
    return answer
  }

  sync() {
    const answer = this.world.sync('g', this.memberId, this.generation).answer()
    if (answer.error === 'NONE') this.owned = partitionsIn(answer.assignment)
    return answer
  }

  beat() {
    return this.world.heartbeat('g', this.memberId, this.generation)
  }
}

function now<T>(result: T | Promise<T>): T {
  if (isPromise(result)) throw new Error('expected an answer at once')
  return result
}

/** A classic group of one member that holds all of `orders`. */
async function classicGroup(
  config: Record<string, string> = {},
  bytes = assignment([0, 1, 2]),
): Promise<{ world: GroupWorld; classic: ClassicClient }> {
  const world = await GroupWorld.create({ ...overrides, ...config })
  const classic = new ClassicClient(world)
  const joining = Promise.resolve(classic.join())
  await world.advance(10)
  classic.take(await joining)
  const { memberId, generation } = classic
  const request = {
    groupId: 'g',
    generationId: generation,
    memberId,
    groupInstanceId: null,
    protocolType: null,
    protocolName: null,
    assignments: [{ memberId, assignment: bytes }],
  }
  const caller = { apiVersion: 3, clientId: 'classic', connection: classic.connection }
  await world.groups.classic.sync(request, caller)
  classic.owned = [0, 1, 2]
  return { world, classic }
}

const describeConsumers = (world: GroupWorld) => now(world.groups.consumer.describe('g'))

describe('a classic group', () => {
  test('becomes a consumer group with the first member of the new protocol', async () => {
    const { world, classic } = await classicGroup()
    world.commit('g', [{ offset: 7 }], { memberId: classic.memberId, generation: 1 })
    const modern = new ConsumerClient(world, 'g')
    expect(modern.join()).toMatchObject({ error: 'NONE', memberEpoch: 2, assignment: { size: 0 } })
    expect(describeConsumers(world)).toMatchObject({ state: 'Reconciling', groupEpoch: 2 })
    expect(world.describe('g').error).toBe('GROUP_ID_NOT_FOUND')
    expect(world.committed('g')).toEqual({ 'orders-0': 7 })

    expect(classic.beat()).toBe('REBALANCE_IN_PROGRESS')
    expect(classic.take(now(classic.join()))).toMatchObject({ generation: 1, leader: '' })
    expect(classic.sync().error).toBe('NONE')
    expect(classic.owned).toEqual([0, 1])
    expect(classic.beat()).toBe('REBALANCE_IN_PROGRESS')
    expect(classic.take(now(classic.join()))).toMatchObject({ generation: 2 })
    classic.sync()
    expect(classic.beat()).toBe('NONE')
    expect(modern.beat().assignment).toEqual(new Map([[orders, [2]]]))
    expect(describeConsumers(world).members.map((one) => one.usesClassicProtocol)).toEqual([
      true,
      false,
    ])
  })

  test('that is empty leaves its name to it', async () => {
    const { world, classic } = await classicGroup()
    world.leave('g', classic.memberId)
    expect(new ConsumerClient(world, 'g').join()).toMatchObject({ memberEpoch: 2 })
    expect(world.groups.list({ states: [], types: [] }).groups).toHaveLength(1)
  })

  test('that is empty and holds offsets only does so too', async () => {
    const world = await GroupWorld.create(overrides)
    world.commit('g', [{ offset: 7 }])
    expect(new ConsumerClient(world, 'g').join().error).toBe('NONE')
    expect(world.committed('g')).toEqual({ 'orders-0': 7 })
    expect((await world.restarted()).groups.list({ states: [], types: [] }).groups).toHaveLength(1)
  })

  test('in the middle of a rebalance sends those who wait back to join again', async () => {
    const { world, classic } = await classicGroup()
    const newcomer = new ClassicClient(world)
    const waiting = Promise.resolve(newcomer.join())
    expect(new ConsumerClient(world, 'g').join().error).toBe('NONE')
    expect((await waiting).error).toBe('REBALANCE_IN_PROGRESS')
    expect(classic.beat()).toBe('REBALANCE_IN_PROGRESS')
  })

  test.each([
    ['the policy forbids it', { 'group.consumer.migration.policy': 'downgrade' }, undefined],
    ['its assignor keeps data of its own', {}, assignment([0], Buffer.from('x'))],
    ['its assignments are of another kind', {}, Buffer.from('zz')],
  ])('stays as it is when %s', async (_, config, bytes) => {
    const { world } = await classicGroup(config, bytes)
    const answer = new ConsumerClient(world, 'g').join()
    expect(answer.error).toBe('GROUP_ID_NOT_FOUND')
    expect(answer.message).toContain('upgrade')
    expect(world.describe('g').state).toBe('Stable')
  })

  test('is no place for a member of the new protocol that does not join', async () => {
    const { world } = await classicGroup()
    expect(new ConsumerClient(world, 'g').send({ memberEpoch: 3 }).error).toBe('GROUP_ID_NOT_FOUND')
  })
})

describe('a consumer group', () => {
  async function mixedGroup(config: Record<string, string> = {}) {
    const { world, classic } = await classicGroup(config)
    const modern = new ConsumerClient(world, 'g')
    modern.join()
    classic.take(now(classic.join()))
    classic.sync()
    classic.take(now(classic.join()))
    classic.sync()
    modern.beat()
    return { world, classic, modern }
  }

  test('becomes classic again when its last member of the new protocol leaves', async () => {
    const { world, classic, modern } = await mixedGroup()
    modern.leave()
    expect(describeConsumers(world).error).toBe('GROUP_ID_NOT_FOUND')
    expect(world.describe('g').state).toBe('PreparingRebalance')
    expect(classic.beat()).toBe('REBALANCE_IN_PROGRESS')
    const joined = Promise.resolve(classic.join())
    await world.advance(1)
    expect(classic.take(await joined)).toMatchObject({ leader: classic.memberId, generation: 3 })
    const after = await world.restarted(overrides)
    expect(after.describe('g').state).toBe('Stable')
  })

  test('stays when the policy forbids the way back', async () => {
    const { world, classic, modern } = await mixedGroup({
      'group.consumer.migration.policy': 'upgrade',
    })
    modern.leave()
    expect(describeConsumers(world)).toMatchObject({ error: 'NONE', groupEpoch: 3 })
    expect(classic.beat()).toBe('NONE')
  })

  test('loses a classic member that leaves, or does not come back to join', async () => {
    const { world, classic, modern } = await mixedGroup()
    const third = new ConsumerClient(world, 'g')
    third.join()
    modern.beat()
    expect(classic.beat()).toBe('REBALANCE_IN_PROGRESS')
    for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 5000) {
      classic.beat()
      await world.advance(5000)
      modern.beat()
      third.beat()
    }
    expect(classic.beat()).toBe('UNKNOWN_MEMBER_ID')
    expect(world.leave('g', classic.memberId, modern.memberId).members).toMatchObject([
      { error: 'UNKNOWN_MEMBER_ID' },
      { error: 'NONE' },
    ])
    expect(describeConsumers(world).members).toHaveLength(1)
  })

  test('takes classic members in, with an id first where they ask for it', async () => {
    const world = await GroupWorld.create(overrides)
    const modern = new ConsumerClient(world, 'g')
    modern.join()
    const classic = new ClassicClient(world)
    expect(world.join('g', { version: 7 }).answer()).toMatchObject({
      error: 'MEMBER_ID_REQUIRED',
      memberId: expect.stringMatching(/^[\w-]{22}$/) as string,
      protocolType: null,
    })
    expect(world.join('g', { protocolType: 'connect' }).answer().error).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    )
    expect(world.join('g', { protocols: [['range', 'x']] }).answer().error).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
    expect(classic.take(now(classic.join()))).toMatchObject({
      error: 'NONE',
      protocolName: 'range',
    })
    const other = new ClassicClient(world)
    expect(now(other.join({ protocol: 'sticky' })).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    modern.beat()
    modern.beat()
    expect(classic.beat()).toBe('REBALANCE_IN_PROGRESS')
    classic.take(now(classic.join()))
    classic.sync()
    expect([modern.partitions(orders), classic.owned]).toEqual([[0, 1], [2]])
  })

  test('refuses classic members of another generation, and its own of the new protocol', async () => {
    const { world, classic, modern } = await mixedGroup()
    expect(world.heartbeat('g', classic.memberId, 9)).toBe('ILLEGAL_GENERATION')
    expect(world.sync('g', classic.memberId, 9).answer().error).toBe('ILLEGAL_GENERATION')
    expect(world.sync('g', modern.memberId, modern.epoch).answer().error).toBe('UNKNOWN_MEMBER_ID')
    expect(world.heartbeat('g', 'nobody', 1)).toBe('UNKNOWN_MEMBER_ID')
    const wrong = { protocolName: 'sticky' }
    expect(world.sync('g', classic.memberId, classic.generation, {}, wrong).answer().error).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    )
  })

  test('hands a static member over to the classic protocol, and itself with the last', async () => {
    const world = await GroupWorld.create(overrides)
    const modern = new ConsumerClient(world, 'g', { instanceId: 'i' })
    modern.join()
    const classic = new ClassicClient(world)
    const answer = classic.take(now(classic.join({ instanceId: 'i' })))
    expect(answer).toMatchObject({ error: 'NONE', protocolName: 'range' })
    expect(describeConsumers(world).error).toBe('GROUP_ID_NOT_FOUND')
    expect(world.describe('g').members.map((one) => partitionsIn(one.assignment))).toEqual([
      [0, 1, 2],
    ])
    expect(modern.beat().error).toBe('GROUP_ID_NOT_FOUND')
  })

  test('that is empty leaves its name to classic members', async () => {
    const world = await GroupWorld.create(overrides)
    const modern = new ConsumerClient(world, 'g')
    modern.join()
    modern.leave()
    const classic = new ClassicClient(world)
    const joining = Promise.resolve(classic.join())
    await world.advance(10)
    expect(classic.take(await joining)).toMatchObject({ error: 'NONE', generation: 1 })
    expect(describeConsumers(world).error).toBe('GROUP_ID_NOT_FOUND')
  })
})
