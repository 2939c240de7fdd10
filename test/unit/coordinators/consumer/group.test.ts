// Consumer groups (KIP-848) through the coordinator: what members are told, in order.
import { describe, expect, test } from 'vitest'
import { isPromise } from '../../../../src/base/maybe-promise.ts'
import type { MaybePromise } from '../../../../src/base/maybe-promise.ts'
import { ConsumerClient } from '../../../support/consumer-client.ts'
import type { ConsumerOptions } from '../../../support/consumer-client.ts'
import { GroupWorld } from '../../../support/group-world.ts'
import { TestTopics } from '../../../support/test-topics.ts'

const orders = TestTopics.idOf('orders')
const atOnceAssigned = { 'group.consumer.assignment.interval.ms': '0' }

function worldOf(overrides: Record<string, string> = atOnceAssigned): Promise<GroupWorld> {
  return GroupWorld.create(overrides)
}

function client(world: GroupWorld, options: ConsumerOptions = {}): ConsumerClient {
  return new ConsumerClient(world, 'g', options)
}

function now<T>(result: MaybePromise<T>): T {
  if (isPromise(result)) throw new Error('expected an answer at once')
  return result
}

const described = (world: GroupWorld) => now(world.groups.consumer.describe('g'))

/** Rounds of heartbeats until everybody has what they are to have. */
function settleDown(...members: ConsumerClient[]): void {
  for (let round = 0; round < 4; round++) for (const member of members) member.beat()
}

describe('the first member', () => {
  test('is assigned everything at once, in epoch 2', async () => {
    const world = await worldOf()
    const answer = client(world, { memberId: 'a' }).join()
    expect(answer).toEqual({
      error: 'NONE',
      message: null,
      memberId: 'a',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      assignment: new Map([[orders, [0, 1, 2]]]),
    })
    expect(described(world)).toMatchObject({ state: 'Stable', groupEpoch: 2, assignmentEpoch: 2 })
  })

  test('is told no assignment again that it has, unless it joins again', async () => {
    const world = await worldOf()
    const member = client(world)
    member.join()
    expect(member.beat()).toMatchObject({ memberEpoch: 2, assignment: null })
    expect(member.join()).toMatchObject({ memberEpoch: 2, assignment: { size: 1 } })
  })

  test('of version 0 is given an id', async () => {
    const world = await worldOf()
    const member = client(world, { memberId: '', version: 0 })
    expect(member.join().memberId).toMatch(/^[\w-]{22}$/)
    expect(member.beat().error).toBe('NONE')
  })

  test('is assigned nothing of topics that do not exist, and everything once they do', async () => {
    const world = await worldOf()
    const member = client(world, { topics: ['later'] })
    expect(member.join().assignment).toEqual(new Map())
    world.topics.create('later', 2)
    expect(member.beat().assignment).toEqual(new Map([[TestTopics.idOf('later'), [0, 1]]]))
  })
})

describe('requests that no group is needed to refuse', () => {
  test.each([
    ['an empty group id', { groupId: '' }, 'INVALID_REQUEST'],
    ['an empty member id', { memberId: '' }, 'INVALID_REQUEST'],
    ['an empty instance id', { instanceId: ' ' }, 'INVALID_REQUEST'],
    ['an empty rack', { rackId: '' }, 'INVALID_REQUEST'],
    ['no rebalance time-out', { rebalanceTimeoutMs: -1 }, 'INVALID_REQUEST'],
    ['no partitions given', { topicPartitions: null }, 'INVALID_REQUEST'],
    [
      'partitions owned',
      { topicPartitions: [{ topicId: orders, partitions: [0] }] },
      'INVALID_REQUEST',
    ],
    ['no subscription', { subscribedTopicNames: null }, 'INVALID_REQUEST'],
    ['epoch -2 without instance id', { memberEpoch: -2 }, 'INVALID_REQUEST'],
    ['epoch -3', { memberEpoch: -3 }, 'INVALID_REQUEST'],
    ['an unknown assignor', { serverAssignor: 'nope' }, 'UNSUPPORTED_ASSIGNOR'],
    ['a broken pattern', { subscribedTopicRegex: 't(1' }, 'INVALID_REGULAR_EXPRESSION'],
    ['an epoch of no group', { memberEpoch: 5 }, 'GROUP_ID_NOT_FOUND'],
    ['leaving no group', { memberEpoch: -1 }, 'GROUP_ID_NOT_FOUND'],
  ] as const)('%s', async (_, request, error) => {
    const world = await worldOf()
    const answer = client(world).send({
      memberEpoch: 0,
      rebalanceTimeoutMs: 5000,
      subscribedTopicNames: ['orders'],
      ...request,
      topicPartitions: 'topicPartitions' in request ? (request.topicPartitions as null) : [],
    })
    expect(answer).toMatchObject({ error, memberId: null, memberEpoch: 0, assignment: null })
    expect(answer.message).not.toBe('')
    expect(described(world).error).toBe('GROUP_ID_NOT_FOUND')
  })
})

describe('a second member', () => {
  test('gets its share when the first has given it back, partition by partition', async () => {
    const world = await worldOf()
    const [one, two] = [client(world), client(world)]
    one.join()
    expect(two.join()).toMatchObject({ memberEpoch: 3, assignment: new Map() })
    expect(described(world).state).toBe('Reconciling')
    expect(one.beat({ keeps: true })).toMatchObject({
      memberEpoch: 2,
      assignment: new Map([[orders, [0, 1]]]),
    })
    expect(two.beat()).toMatchObject({ memberEpoch: 3, assignment: null })
    expect(one.beat()).toMatchObject({ memberEpoch: 3, assignment: null })
    expect(two.beat().assignment).toEqual(new Map([[orders, [2]]]))
    expect(described(world).state).toBe('Stable')
  })

  test('waits for the next target where one was made just now', async () => {
    const world = await worldOf({})
    const [one, two] = [client(world), client(world)]
    one.join()
    expect(two.join()).toMatchObject({ memberEpoch: 2, assignment: new Map() })
    expect(described(world)).toMatchObject({ state: 'Assigning', groupEpoch: 3 })
    await world.advance(1000)
    expect(two.beat().memberEpoch).toBe(3)
    settleDown(one, two)
    expect(two.partitions(orders)).toEqual([2])
  })

  test('need not wait where the last one has just left', async () => {
    const world = await worldOf({})
    const [one, two] = [client(world), client(world)]
    one.join()
    one.leave()
    expect(described(world)).toMatchObject({ state: 'Empty', groupEpoch: 3, assignmentEpoch: 3 })
    const assignment = new Map([[orders, [0, 1, 2]]])
    expect(two.join()).toMatchObject({ memberEpoch: 4, assignment })
  })

  test('gets all when the first leaves', async () => {
    const world = await worldOf()
    const [one, two] = [client(world), client(world)]
    one.join()
    two.join()
    settleDown(one, two)
    expect(one.leave()).toMatchObject({ error: 'NONE', memberEpoch: -1, heartbeatIntervalMs: 0 })
    expect(two.beat().assignment).toEqual(new Map([[orders, [0, 1, 2]]]))
    expect(one.beat().error).toBe('UNKNOWN_MEMBER_ID')
  })

  test('is one too many where the group is full', async () => {
    const world = await worldOf({ 'group.consumer.max.size': '1' })
    client(world).join()
    expect(client(world).join().error).toBe('GROUP_MAX_SIZE_REACHED')
  })
})

describe('a change', () => {
  test('of the partition count reaches the members with their next heartbeat', async () => {
    const world = await worldOf()
    const member = client(world)
    member.join()
    world.topics.grow('orders', 5)
    expect(member.beat().assignment).toEqual(new Map([[orders, [0, 1, 2, 3, 4]]]))
  })

  test('of other topics concerns nobody', async () => {
    const world = await worldOf()
    const member = client(world)
    member.join()
    world.topics.create('other', 5)
    expect(member.beat()).toMatchObject({ memberEpoch: 2, assignment: null })
  })

  test('of the subscription takes away at once what is not wanted any more', async () => {
    const world = await worldOf()
    world.topics.create('other', 1)
    const member = client(world)
    member.join()
    expect(member.beat({ topics: ['other'] })).toMatchObject({ memberEpoch: 2 })
    expect(member.beat().assignment).toEqual(new Map([[TestTopics.idOf('other'), [0]]]))
  })

  test('of the assignor that most ask for makes a new target', async () => {
    const world = await worldOf()
    const member = client(world)
    member.join()
    expect(member.send({ serverAssignor: 'range' })).toMatchObject({ memberEpoch: 3 })
    expect(described(world).assignor).toBe('range')
  })
})

describe('a member is fenced', () => {
  test('when its epoch is from the future or too old', async () => {
    const world = await worldOf()
    const member = client(world)
    member.join()
    expect(member.send({ memberEpoch: 9 }).error).toBe('FENCED_MEMBER_EPOCH')
    expect(member.send({ memberEpoch: 1 }).error).toBe('FENCED_MEMBER_EPOCH')
  })

  test('but may ask again for an answer that was lost', async () => {
    const world = await worldOf()
    const [one, two] = [client(world), client(world)]
    one.join()
    two.join()
    settleDown(one, two)
    const previous = one.epoch - 1
    const topicPartitions = [{ topicId: orders, partitions: [...one.partitions(orders)] }]
    const answer = one.send({ memberEpoch: previous, topicPartitions })
    expect(answer).toMatchObject({ error: 'NONE', memberEpoch: one.epoch })
    const tooMuch = [{ topicId: orders, partitions: [0, 1, 2] }]
    expect(one.send({ memberEpoch: previous, topicPartitions: tooMuch }).error).toBe(
      'FENCED_MEMBER_EPOCH',
    )
  })

  test('when it stays silent for its session', async () => {
    const world = await worldOf()
    const [one, two] = [client(world), client(world)]
    one.join()
    two.join()
    settleDown(one, two)
    await world.advance(44_000)
    two.beat()
    await world.advance(2000)
    expect(one.beat().error).toBe('UNKNOWN_MEMBER_ID')
    expect(two.beat().assignment).toEqual(new Map([[orders, [0, 1, 2]]]))
  })

  test('when it does not give back in its rebalance time-out', async () => {
    const world = await worldOf()
    const [one, two] = [client(world), client(world)]
    one.join()
    two.join()
    for (let waitedMs = 0; waitedMs <= 20_000; waitedMs += 5000) {
      one.beat({ keeps: true })
      two.beat()
      await world.advance(5000)
    }
    expect(one.beat().error).toBe('UNKNOWN_MEMBER_ID')
    settleDown(two)
    expect(two.partitions(orders)).toEqual([0, 1, 2])
  })

  test('when its connection is closed and it is not heard of again', async () => {
    const world = await worldOf()
    const [one, two] = [client(world), client(world)]
    one.join()
    two.join()
    settleDown(one, two)
    one.connection.close()
    await world.advance(5001)
    expect(two.beat().assignment).toEqual(new Map([[orders, [0, 1, 2]]]))
  })
})

describe('a static member', () => {
  test('that leaves for a while keeps its place for who comes back under its name', async () => {
    const world = await worldOf()
    const [one, two] = [client(world, { instanceId: 'i' }), client(world)]
    one.join()
    two.join()
    settleDown(one, two)
    const had = one.partitions(orders)
    expect(one.leave(-2)).toMatchObject({ error: 'NONE', memberEpoch: -2 })
    expect(two.beat()).toMatchObject({ memberEpoch: 3, assignment: null })
    const again = client(world, { instanceId: 'i' })
    expect(again.join()).toMatchObject({ memberEpoch: 3, assignment: new Map([[orders, had]]) })
    expect(one.beat().error).toBe('FENCED_INSTANCE_ID')
    expect(described(world).groupEpoch).toBe(3)
  })

  test('that is there keeps others out, a closed connection notwithstanding', async () => {
    const world = await worldOf()
    const one = client(world, { instanceId: 'i' })
    one.join()
    expect(client(world, { instanceId: 'i' }).join().error).toBe('UNRELEASED_INSTANCE_ID')
    one.connection.close()
    await world.advance(10_000)
    expect(one.beat().error).toBe('NONE')
    expect(client(world, { instanceId: 'j' }).leave().error).toBe('UNKNOWN_MEMBER_ID')
  })

  test('comes back under the id that it had', async () => {
    const world = await worldOf()
    const one = client(world, { instanceId: 'i', rebalanceTimeoutMs: -7 })
    one.join()
    one.leave(-2)
    expect(one.join()).toMatchObject({ memberEpoch: 2, assignment: { size: 1 } })
    await world.advance(40_000)
    expect(one.beat().error).toBe('NONE')
    expect(described(world).members).toHaveLength(1)
  })

  test('that stays away too long is out', async () => {
    const world = await worldOf()
    const one = client(world, { instanceId: 'i' })
    one.join()
    one.leave(-2)
    await world.advance(45_001)
    expect(described(world)).toMatchObject({ state: 'Empty', members: [] })
  })
})

describe('a regular expression', () => {
  test('stands for its topics from the second heartbeat on, and for new ones later', async () => {
    const world = await worldOf()
    const member = client(world, { topics: null, regex: 'or.*' })
    expect(member.join()).toMatchObject({ memberEpoch: 1, assignment: new Map() })
    expect(member.beat().assignment).toEqual(new Map([[orders, [0, 1, 2]]]))
    await world.advance(10_001)
    world.topics.create('organs', 1)
    expect(member.beat().assignment).toBeNull()
    expect(member.beat().assignment?.size).toBe(2)
    expect(described(world).members[0]).toMatchObject({ topicRegex: 'or.*', topicNames: [] })
  })

  test('known already gives a second member its share at once', async () => {
    const world = await worldOf()
    const [one, two] = ['a', 'b'].map((memberId) =>
      client(world, { memberId, topics: null, regex: 'or.*' }),
    )
    one?.join()
    one?.beat()
    expect(two?.join().memberEpoch).toBe(3)
  })

  test('is forgotten with its last subscriber', async () => {
    const world = await worldOf()
    const member = client(world, { topics: null, regex: 'or.*' })
    member.join()
    member.beat()
    member.beat({ regex: '', topics: ['orders'] })
    expect(described(world).members[0]).toMatchObject({ topicRegex: '', topicNames: ['orders'] })
    member.leave()
    expect(described(world).state).toBe('Empty')
  })
})

describe('offsets', () => {
  const commitAs = (world: GroupWorld, memberId: string, generation: number, version = 9) =>
    world.commit('g', [{ offset: 1, topicId: orders }], { memberId, generation, version })

  test('are committed with the member’s epoch, or one in which it had the partition', async () => {
    const world = await worldOf()
    const [one, two] = [client(world, { memberId: 'a' }), client(world, { memberId: 'b' })]
    one.join()
    two.join()
    settleDown(one, two)
    expect(one.epoch).toBe(3)
    expect(commitAs(world, 'a', 3)).toEqual(['NONE'])
    expect(commitAs(world, 'a', 2)).toEqual(['NONE'])
    expect(commitAs(world, 'a', 1)).toEqual(['STALE_MEMBER_EPOCH'])
    expect(commitAs(world, 'a', 4)).toEqual(['STALE_MEMBER_EPOCH'])
    expect(commitAs(world, 'b', 2)).toEqual(['STALE_MEMBER_EPOCH'])
    expect(commitAs(world, 'c', 3)).toEqual(['UNKNOWN_MEMBER_ID'])
    expect(commitAs(world, 'a', 3, 8)).toEqual(['UNSUPPORTED_VERSION'])
    expect(commitAs(world, '', -1)).toEqual(['UNKNOWN_MEMBER_ID'])
  })

  test('are read with the member’s epoch, or by nobody in particular', async () => {
    const world = await worldOf()
    client(world, { memberId: 'a' }).join()
    const read = (memberId: string | null, memberEpoch: number) => {
      const request = { groupId: 'g', memberId, memberEpoch, topics: null, requireStable: false }
      const { connection } = world
      return now(world.groups.offsets.fetch(request, { apiVersion: 9, clientId: '', connection }))
        .error
    }
    expect(read('a', 2)).toBe('NONE')
    expect(read('a', 1)).toBe('STALE_MEMBER_EPOCH')
    expect(read('b', 2)).toBe('UNKNOWN_MEMBER_ID')
    expect(read(null, -1)).toBe('NONE')
  })

  test('of subscribed topics stay; all go with the group', async () => {
    const world = await worldOf()
    const member = client(world, { memberId: 'a' })
    member.join()
    commitAs(world, 'a', 2)
    const partitions = [{ topic: 'orders', partition: 0 }]
    const deletion = () => now(world.groups.offsets.delete({ groupId: 'g', partitions }))
    expect(deletion().partitions).toEqual(['GROUP_SUBSCRIBED_TO_TOPIC'])
    expect(now(world.groups.deleteGroup('g'))).toBe('NON_EMPTY_GROUP')
    member.leave()
    expect(now(world.groups.deleteGroup('g'))).toBe('NONE')
    expect(world.committed('g')).toEqual({})
    expect(described(world).error).toBe('GROUP_ID_NOT_FOUND')
  })

  test('are over some time after nobody wants them, and the group with them', async () => {
    const world = await worldOf()
    const member = client(world, { memberId: 'a' })
    member.join()
    commitAs(world, 'a', 2)
    member.leave()
    world.clock.advance(8 * 24 * 3_600_000)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({})
    expect(described(world).error).toBe('GROUP_ID_NOT_FOUND')
  })
})

describe('views', () => {
  test('ListGroups tells type and state; DescribeGroups knows nothing of it', async () => {
    const world = await worldOf()
    client(world).join()
    const list = (states: string[], types: string[]) => world.groups.list({ states, types }).groups
    const listed = { groupId: 'g', protocolType: 'consumer', state: 'Stable', type: 'consumer' }
    expect(list([], [])).toEqual([listed])
    expect(list(['stable'], ['Consumer'])).toEqual([listed])
    expect(list(['empty'], [])).toEqual([])
    expect(list([], ['classic'])).toEqual([])
    expect(world.describe('g')).toMatchObject({
      error: 'GROUP_ID_NOT_FOUND',
      message: 'Group g is not a classic group.',
      state: 'Dead',
    })
    expect(world.describe('none').message).toBe('Group none not found.')
  })
})

describe('when the log refuses', () => {
  test('nothing has happened, and the member is told to look again', async () => {
    const world = await worldOf()
    const member = client(world)
    world.storeOf('g').refuseWith = 'KAFKA_STORAGE_ERROR'
    expect(member.join().error).toBe('NOT_COORDINATOR')
    world.storeOf('g').refuseWith = null
    expect(described(world).error).toBe('GROUP_ID_NOT_FOUND')
    expect(member.join()).toMatchObject({ error: 'NONE', memberEpoch: 2 })
  })

  test('a session’s end is taken again a second later', async () => {
    const world = await worldOf()
    client(world).join()
    world.storeOf('g').refuseWith = 'KAFKA_STORAGE_ERROR'
    await world.advance(45_001)
    expect(described(world).members).toHaveLength(1)
    world.storeOf('g').refuseWith = null
    await world.advance(1001)
    expect(described(world).members).toHaveLength(0)
  })
})
