// Order and atomicity: stored first, then in force, then answered, one decision after another.
import { describe, expect, test } from 'vitest'
import { isPromise } from '../../../src/base/maybe-promise.ts'
import { clientError } from '../../../src/coordinators/runtime.ts'
import { GroupWorld, settle } from '../../support/group-world.ts'

describe('an append that takes its time', () => {
  test('holds up answers and later decisions, which see what it made', async () => {
    const world = await GroupWorld.create()
    const store = world.storeOf('g')
    store.later = true
    const first = world.commitLater('g', [{ offset: 1 }])
    const second = world.commitLater('g', [{ offset: 2 }])
    expect(isPromise(first) && isPromise(second)).toBe(true)
    expect(world.committed('g')).toEqual({})
    expect(store.recordCount).toBe(0)
    await store.settleAppends()
    expect(await first).toEqual(['NONE'])
    expect(await second).toEqual(['NONE'])
    expect(world.committed('g')).toEqual({ 'orders-0': 2 })
  })

  test('that fails leaves the state as it was, and those behind it go on', async () => {
    const world = await GroupWorld.create()
    const store = world.storeOf('g')
    store.later = true
    store.refuseWith = 'KAFKA_STORAGE_ERROR'
    const first = world.commitLater('g', [{ offset: 1 }])
    const second = world.commitLater('g', [{ offset: 2, partition: 1 }])
    await store.settleAppends()
    expect(await first).toEqual(['NOT_COORDINATOR'])
    expect(await second).toEqual(['NOT_COORDINATOR'])
    expect(world.committed('g')).toEqual({})
  })

  test('carries a whole group through its life', async () => {
    const world = await GroupWorld.create()
    const store = world.storeOf('g')
    store.later = true
    const join = world.join('g')
    await store.settleAppends()
    await world.advance(1)
    const { memberId, generation } = join.answer()
    const sync = world.sync('g', memberId, generation, { [memberId]: 'mine' })
    await settle()
    expect(sync.answered).toBe(false)
    await store.settleAppends()
    await settle()
    expect(sync.answer().assignment.toString()).toBe('mine')
  })
})

describe('commits of one moment', () => {
  const commitFour = (world: GroupWorld) => {
    const offsets = [1, 2, 3, 4]
    return offsets.map(async (offset) =>
      world.commitLater('g', [{ offset, partition: offset % 2 }]),
    )
  }

  test('are one batch, and the later one wins', async () => {
    const world = await GroupWorld.create()
    world.gathers = true
    const answers = commitFour(world)
    expect(world.storeOf('g').recordCount).toBe(0)
    world.endTurn()
    expect(await Promise.all(answers)).toEqual([['NONE'], ['NONE'], ['NONE'], ['NONE']])
    expect(world.storeOf('g').batches.length).toBe(1)
    expect(world.committed('g')).toEqual({ 'orders-0': 4, 'orders-1': 3 })
    const again = await world.restarted()
    expect(again.committed('g')).toEqual({ 'orders-0': 4, 'orders-1': 3 })
  })

  test('are stored one by one where all of them are too much', async () => {
    const world = await GroupWorld.create()
    world.gathers = true
    world.storeOf('g').recordsMax = 1
    const answers = commitFour(world)
    const large = world.commitLater('g', [{ offset: 7 }, { offset: 7, partition: 1 }])
    world.endTurn()
    expect(await Promise.all(answers)).toEqual([['NONE'], ['NONE'], ['NONE'], ['NONE']])
    expect(await large).toEqual(['UNKNOWN_SERVER_ERROR', 'UNKNOWN_SERVER_ERROR'])
    expect(world.committed('g')).toEqual({ 'orders-0': 4, 'orders-1': 3 })
  })

  test('are all refused where nothing can be stored', async () => {
    const world = await GroupWorld.create()
    world.gathers = true
    world.storeOf('g').refuseWith = 'KAFKA_STORAGE_ERROR'
    const answers = commitFour(world)
    world.endTurn()
    expect(await Promise.all(answers)).toEqual(Array(4).fill(['NOT_COORDINATOR']))
    expect(world.describe('g').state).toBe('Dead')
  })

  test('come before whatever is asked after them, and before the end', async () => {
    const world = await GroupWorld.create()
    world.gathers = true
    const before = commitFour(world)
    await world.groups.deleteGroup('g')
    expect((await Promise.all(before)).flat()).toEqual(Array(4).fill('NONE'))
    expect(world.committed('g')).toEqual({})
    const last = world.commitLater('g', [{ offset: 9 }])
    world.groups.close()
    expect(await last).toEqual(['NONE'])
    world.endTurn()
    expect((await world.restarted()).committed('g')).toEqual({ 'orders-0': 9 })
  })

  test('do not exceed a bound', async () => {
    const world = await GroupWorld.create()
    world.gathers = true
    const many = Array.from({ length: 600 }, async (_, offset) =>
      world.commitLater('g', [{ offset }]),
    )
    expect(world.storeOf('g').batches.length).toBe(2)
    world.endTurn()
    expect((await Promise.all(many)).every(([error]) => error === 'NONE')).toBe(true)
    expect(world.committed('g')).toEqual({ 'orders-0': 599 })
  })
})

test('a timer’s decision that cannot be stored is taken again a second later', async () => {
  const world = await GroupWorld.create()
  await world.stableGroup('g')
  const store = world.storeOf('g')
  store.refuseWith = 'NOT_ENOUGH_REPLICAS'
  await world.advance(10_500)
  expect(world.describe('g').state).toBe('Stable')
  store.refuseWith = null
  await world.advance(1000)
  expect(world.describe('g').state).toBe('Empty')
})

test('a group that cannot be stored is not made', async () => {
  const world = await GroupWorld.create()
  world.storeOf('g').refuseWith = 'NOT_ENOUGH_REPLICAS'
  expect(world.join('g').answer().error).toBe('COORDINATOR_NOT_AVAILABLE')
  expect(world.describe('g').state).toBe('Dead')
})

test('a coordinator’s trouble sends the client to look for the coordinator again', () => {
  expect(clientError('REQUEST_TIMED_OUT')).toBe('COORDINATOR_NOT_AVAILABLE')
  expect(clientError('NOT_LEADER_OR_FOLLOWER')).toBe('NOT_COORDINATOR')
  expect(clientError('RECORD_LIST_TOO_LARGE')).toBe('UNKNOWN_SERVER_ERROR')
  expect(clientError('INVALID_RECORD')).toBe('INVALID_RECORD')
})
