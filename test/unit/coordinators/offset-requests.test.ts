// OffsetCommit, OffsetFetch and OffsetDelete through the coordinator: who may, and what is kept.
import { describe, expect, test } from 'vitest'
import { GroupWorld, now } from '../../support/group-world.ts'

describe('a commit', () => {
  test('without a generation makes a group of its own, also one with an empty name', async () => {
    const world = await GroupWorld.create()
    expect(world.commit('', [{ offset: 6 }])).toEqual(['NONE'])
    expect(world.committed('')).toEqual({ 'orders-0': 6 })
    expect(world.describe('')).toMatchObject({ state: 'Empty', protocolType: '' })
  })

  test('with a generation in no group is refused, by the version that the client knows', async () => {
    const world = await GroupWorld.create()
    const member = { memberId: 'm', generation: 3 }
    expect(world.commit('g', [{ offset: 1 }], { ...member, version: 8 })).toEqual([
      'ILLEGAL_GENERATION',
    ])
    expect(world.commit('g', [{ offset: 1 }], { ...member, version: 9 })).toEqual([
      'GROUP_ID_NOT_FOUND',
    ])
  })

  test('is refused to strangers of a group with members, and to old generations', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    const [memberId = ''] = memberIds
    const commit = (more: Parameters<GroupWorld['commit']>[2]) =>
      world.commit('g', [{ offset: 1 }], more)[0]
    expect(commit({})).toBe('UNKNOWN_MEMBER_ID')
    expect(commit({ memberId: 'ghost', generation })).toBe('UNKNOWN_MEMBER_ID')
    expect(commit({ memberId, generation: 7 })).toBe('ILLEGAL_GENERATION')
    expect(commit({ memberId, generation, instanceId: 'i' })).toBe('UNKNOWN_MEMBER_ID')
    expect(commit({ memberId, generation })).toBe('NONE')
  })

  test('is taken while members prepare to rebalance, not while assignments are made', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g')
    const [memberId = ''] = memberIds
    world.join('g')
    expect(world.commit('g', [{ offset: 1 }], { memberId, generation })).toEqual(['NONE'])
    world.join('g', { memberId })
    const next = { memberId, generation: generation + 1 }
    expect(world.commit('g', [{ offset: 1 }], next)).toEqual(['REBALANCE_IN_PROGRESS'])
  })

  test('keeps what Kafka keeps: negative offsets, and metadata up to its limit', async () => {
    const world = await GroupWorld.create()
    const offsets = [
      { offset: -5, partition: 0 },
      { offset: 1, partition: 1, metadata: 'x'.repeat(4096) },
      { offset: 1, partition: 2, metadata: 'x'.repeat(4097) },
    ]
    expect(world.commit('g', offsets)).toEqual(['NONE', 'NONE', 'OFFSET_METADATA_TOO_LARGE'])
    expect(world.committed('g')).toEqual({ 'orders-0': -5, 'orders-1': 1 })
  })

  test('is one batch, and stays when it is stored', async () => {
    const world = await GroupWorld.create()
    const partitions = Array.from({ length: 100 }, (_, partition) => ({ offset: 1, partition }))
    world.commit('g', partitions)
    expect(world.storeOf('g').batches).toHaveLength(1)
    expect((await world.restarted()).committed('g')).toEqual(world.committed('g'))
  })

  test.each([
    ['NOT_ENOUGH_REPLICAS', 'COORDINATOR_NOT_AVAILABLE'],
    ['KAFKA_STORAGE_ERROR', 'NOT_COORDINATOR'],
    ['MESSAGE_TOO_LARGE', 'UNKNOWN_SERVER_ERROR'],
    ['INVALID_RECORD', 'INVALID_RECORD'],
  ] as const)(
    'that the log refuses with %s is answered %s and changes nothing',
    async (cause, error) => {
      const world = await GroupWorld.create()
      world.commit('g', [{ offset: 1 }])
      world.storeOf('g').refuseWith = cause
      expect(world.commit('g', [{ offset: 2 }])).toEqual([error])
      expect(world.committed('g')).toEqual({ 'orders-0': 1 })
    },
  )
})

describe('reading offsets', () => {
  test('says -1 where nothing is committed', async () => {
    const world = await GroupWorld.create()
    const topics = [{ topic: 'orders', partitions: [0, 7] }]
    const request = { groupId: 'g', memberId: null, memberEpoch: -1, topics, requireStable: true }
    world.commit('g', [{ offset: 3, leaderEpoch: 2, metadata: 'note' }])
    const answer = now(
      world.groups.offsets.fetch(request, {
        apiVersion: 8,
        clientId: '',
        connection: world.connection,
      }),
    )
    expect(answer.topics).toEqual([
      {
        topic: 'orders',
        partitions: [
          { partition: 0, offset: 3, leaderEpoch: 2, metadata: 'note', error: 'NONE' },
          { partition: 7, offset: -1, leaderEpoch: -1, metadata: '', error: 'NONE' },
        ],
      },
    ])
  })
})

describe('OffsetDelete', () => {
  const subscription = '\0\0\0\0\0\u0001\0\u0006orders'

  test('needs a group, and of one with members a consumer group', async () => {
    const world = await GroupWorld.create()
    const remove = (groupId: string) =>
      now(world.groups.offsets.delete({ groupId, partitions: [] }))
    expect(remove('').error).toBe('INVALID_GROUP_ID')
    expect(remove('none').error).toBe('GROUP_ID_NOT_FOUND')
    await world.stableGroup('connect', 1, { protocolType: 'connect' })
    expect(remove('connect').error).toBe('NON_EMPTY_GROUP')
  })

  test('spares the topics that the group reads', async () => {
    const world = await GroupWorld.create()
    const options = { protocols: [['range', subscription]] as const }
    const { memberIds, generation } = await world.stableGroup('g', 1, options)
    const member = { memberId: memberIds[0] ?? '', generation }
    world.commit('g', [{ offset: 1 }, { offset: 2, topic: 'old' }], member)
    const partitions = ['orders', 'old', 'never'].map((topic) => ({ topic, partition: 0 }))
    const answer = now(world.groups.offsets.delete({ groupId: 'g', partitions }))
    expect(answer.partitions).toEqual(['GROUP_SUBSCRIBED_TO_TOPIC', 'NONE', 'NONE'])
    expect(world.committed('g')).toEqual({ 'orders-0': 1 })
  })

  test('spares everything when the subscription cannot be read', async () => {
    const world = await GroupWorld.create()
    await world.stableGroup('g')
    const partitions = [{ topic: 'old', partition: 0 }]
    const answer = now(world.groups.offsets.delete({ groupId: 'g', partitions }))
    expect(answer.partitions).toEqual(['GROUP_SUBSCRIBED_TO_TOPIC'])
  })
})
