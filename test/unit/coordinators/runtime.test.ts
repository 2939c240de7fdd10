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
