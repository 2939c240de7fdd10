// What goes without being asked for: offsets that are over (KIP-211) and those of deleted topics.
import { describe, expect, test } from 'vitest'
import { GroupWorld } from '../../support/group-world.ts'

const dayMs = 24 * 60 * 60 * 1000
const retentionMs = 7 * dayMs
const subscription = '\0\0\0\0\0\u0001\0\u0006orders'

describe('offsets.retention.minutes', () => {
  test('counts for a group of commits alone from each commit on, and then the group goes too', async () => {
    const world = await GroupWorld.create()
    world.commit('g', [{ offset: 1 }])
    await world.advance(retentionMs / 2)
    world.commit('g', [{ offset: 2, partition: 1 }])
    await world.advance(retentionMs / 2)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({ 'orders-1': 2 })
    await world.advance(retentionMs / 2)
    world.groups.removeExpired()
    expect(world.describe('g').state).toBe('Dead')
    expect((await world.restarted()).describe('g').state).toBe('Dead')
  })

  test('counts for a group that had members from the moment it lost the last', async () => {
    const world = await GroupWorld.create()
    const { memberIds, generation } = await world.stableGroup('g', 1, {
      sessionTimeoutMs: 1_800_000,
    })
    const [memberId = ''] = memberIds
    world.commit('g', [{ offset: 1 }], { memberId, generation })
    await world.advance(1_000_000)
    world.leave('g', memberId)
    await world.advance(retentionMs - 1000)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({ 'orders-0': 1 })
    await world.advance(1000)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({})
  })

  test('spares what a stable consumer group reads, and takes what it reads no more', async () => {
    const world = await GroupWorld.create({ 'offsets.retention.minutes': '1' })
    const { memberIds, generation } = await world.stableGroup('g', 1, {
      protocols: [['range', subscription]],
      sessionTimeoutMs: 1_000_000,
    })
    const member = { memberId: memberIds[0] ?? '', generation }
    world.commit('g', [{ offset: 1 }, { offset: 2, topic: 'old' }], member)
    await world.advance(60_000)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({ 'orders-0': 1 })
  })

  test('takes nothing from a group whose subscription is unknown', async () => {
    const world = await GroupWorld.create({ 'offsets.retention.minutes': '1' })
    const { memberIds, generation } = await world.stableGroup('g', 1, {
      sessionTimeoutMs: 1_000_000,
    })
    world.commit('g', [{ offset: 1 }], { memberId: memberIds[0] ?? '', generation })
    await world.advance(60_000)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({ 'orders-0': 1 })
  })

  test('gives way to a commit’s own retention time (OffsetCommit 2-4), also after a restart', async () => {
    const first = await GroupWorld.create()
    first.commit('g', [{ offset: 1 }], { retentionTimeMs: 1000 })
    const world = await first.restarted()
    world.clock.setWallClock(first.clock.nowMs() + 999)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({ 'orders-0': 1 })
    world.clock.advance(1)
    world.groups.removeExpired()
    expect(world.committed('g')).toEqual({})
  })

  test('is looked after every offsets.retention.check.interval.ms', async () => {
    const world = await GroupWorld.create({ 'offsets.retention.minutes': '1' })
    world.commit('g', [{ offset: 1 }])
    await world.advance(600_000)
    expect(world.describe('g').state).toBe('Dead')
  })
})

describe('a deleted topic', () => {
  test('takes its offsets out of all groups, in batches that a log accepts', async () => {
    const world = await GroupWorld.create()
    const many = Array.from({ length: 2500 }, (_, partition) => ({ offset: 1, partition }))
    world.commit('a', many)
    world.commit('b', [{ offset: 1 }, { offset: 2, topic: 'other' }])
    world.groups.onTopicDeleted('orders')
    expect(world.committed('a')).toEqual({})
    expect(world.committed('b')).toEqual({ 'other-0': 2 })
    expect((await world.restarted()).committed('a')).toEqual({})
  })
})
