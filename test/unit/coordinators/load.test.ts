// Replay equals life: after any sequence of events the stored records rebuild what is persistent of
// the live state. And what others wrote into `__consumer_offsets` does not disturb.
import { expect, test } from 'vitest'
import { buildEndTransactionMarker } from '../../../protocol/control-records.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'
import { decodeChange, encodeChange } from '../../../src/coordinators/group-records.ts'
import type { GroupState } from '../../../src/coordinators/classic/state.ts'
import { groupRecord } from '../../../src/coordinators/classic/replay.ts'
import { loadShard } from '../../../src/coordinators/load.ts'
import { GroupShard } from '../../../src/coordinators/shard.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { GroupWorld, SeededRandom, settle } from '../../support/group-world.ts'
import { MemoryPartitionStore } from '../../support/memory-partition-store.ts'

const limitBytes = { read: 4096, inflated: 1024 * 1024 }

async function replayed(store: MemoryPartitionStore): Promise<GroupShard> {
  const shard = new GroupShard()
  await loadShard({ shard, store, logger: silentLogger, limitBytes })
  return shard
}

/** What a record says of a group; null while the group is between two generations. */
function persistent(group: GroupState | undefined): unknown {
  if (group === undefined) return 'none'
  if (group.kind !== 'stable' && group.kind !== 'empty') return null
  return groupRecord(group)
}

test(
  'after random events a restart finds what the live coordinator knows',
  { timeout: 30_000 },
  async () => {
    for (let seed = 1; seed <= 60; seed++) await liveAndReplay(seed)
  },
)

async function liveAndReplay(seed: number): Promise<void> {
  const random = new SeededRandom(seed)
  const world = await GroupWorld.create()
  const groupIds = ['g', 'h']
  const known: { groupId: string; memberId: string; generation: number }[] = []
  for (let step = 0; step < 60; step++) {
    const groupId = groupIds[random.below(2)] ?? 'g'
    const someone = known[random.below(Math.max(1, known.length))]
    switch (random.below(8)) {
      case 0:
      case 1: {
        const join = world.join(groupId, { instanceId: random.below(3) === 0 ? 'i' : null })
        await world.advance(1)
        if (join.answered) known.push({ groupId, ...join.answer() })
        break
      }
      case 2:
      case 3:
        if (someone === undefined) break
        known.push(...(await completed(world, someone)))
        break
      case 4:
        if (someone !== undefined) world.leave(someone.groupId, someone.memberId)
        break
      case 5:
        world.commit(groupId, [{ offset: step, partition: random.below(4) }], someone)
        break
      case 6:
        await world.advance(random.below(12_000))
        break
      default:
        if (random.below(4) === 0) await world.groups.deleteGroup(groupId)
        else world.commit(groupId, [{ offset: step, partition: random.below(4) }])
    }
    await settle()
  }
  for (const store of world.stores) {
    const shard = await replayed(store)
    for (const groupId of groupIds.filter((each) => world.storeOf(each) === store)) {
      const live = world.describe(groupId)
      const after = shard.group(groupId)
      if (live.state === 'Stable' || live.state === 'Empty' || live.state === 'Dead') {
        const state = live.state === 'Dead' ? 'none' : live.state.toLowerCase()
        expect(after?.kind ?? 'none', `seed ${seed}`).toBe(state)
        const assignments = Array.from(after?.members.values() ?? [], (m) => [
          m.memberId,
          m.assignment,
        ])
        expect(assignments).toEqual(live.members.map((m) => [m.memberId, m.assignment]))
      }
      const committed = Object.fromEntries(
        Array.from(shard.offsets.ofGroup(groupId), ([topic, partitions]) =>
          Array.from(partitions, ([partition, { offset }]) => [`${topic}-${partition}`, offset]),
        ).flat(),
      ) as Record<string, number>
      expect(committed, `seed ${seed}`).toEqual(world.committed(groupId))
    }
  }
}

/** The member and all others of its group join again and are assigned, as far as they can. */
async function completed(world: GroupWorld, one: { groupId: string; memberId: string }) {
  const members = world.describe(one.groupId).members
  const joins = members.map(({ memberId, groupInstanceId }) =>
    world.join(one.groupId, {
      memberId,
      instanceId: groupInstanceId,
      protocols: [['range', `${world.clock.nowMs()}`]],
    }),
  )
  await world.advance(1)
  const answers = joins.filter((join) => join.answered).map((join) => join.answer())
  const joined = answers.filter(({ error }) => error === 'NONE')
  const assignments = Object.fromEntries(joined.map(({ memberId }) => [memberId, `of ${memberId}`]))
  for (const { memberId, generation, leader } of joined) {
    world.sync(one.groupId, memberId, generation, memberId === leader ? assignments : {})
  }
  await settle()
  return joined.map(({ memberId, generation }) => ({ groupId: one.groupId, memberId, generation }))
}

test('encoded changes decode to themselves', async () => {
  const world = await GroupWorld.create()
  await world.stableGroup('g', 2, { instanceId: null })
  const shard = await replayed(world.storeOf('g'))
  const group = shard.group('g')
  expect(persistent(group)).not.toBeNull()
  const change = {
    kind: 'classic-group',
    groupId: 'g',
    value: group === undefined ? null : groupRecord(group),
  } as const
  const { key, value } = encodeChange(change)
  expect(decodeChange(key, value)).toEqual(change)
  const tombstone = {
    kind: 'offset',
    key: { groupId: 'g', topic: 't', partition: 3 },
    value: null,
  } as const
  expect(decodeChange(encodeChange(tombstone).key, null)).toEqual(tombstone)
})

test('records of other group kinds and damaged ones are skipped, the rest is read', async () => {
  const store = new MemoryPartitionStore('__consumer_offsets', 0)
  const consumerGroupKey = Buffer.from([0, 3, 0, 1, 0x67])
  const damaged = Buffer.from([0, 1, 0, 9])
  const value = Buffer.from([0, 0, 0, 0, 0, 1])
  await store.append(
    buildRecordBatch({ records: [{ timestamp: 1, key: consumerGroupKey, value }] }),
  )
  await store.append(buildRecordBatch({ records: [{ timestamp: 1, key: damaged, value }] }))
  await store.append(buildRecordBatch({ records: [commitRecord(8)] }))
  const shard = await replayed(store)
  expect(shard.offsets.get({ groupId: 'g', topic: 't', partition: 0 })?.offset).toBe(8)
})

test('offsets of a transaction count from its commit marker on', async () => {
  const store = new MemoryPartitionStore('__consumer_offsets', 0)
  const producer = { producerId: 5, producerEpoch: 0 }
  const transactional = { ...producer, baseSequence: 0, isTransactional: true }
  await store.append(buildRecordBatch({ records: [commitRecord(3)], ...transactional }))
  const open = await replayed(store)
  const key = { groupId: 'g', topic: 't', partition: 0 }
  expect(open.offsets.get(key)).toBeUndefined()
  expect(open.offsets.hasPending(key)).toBe(true)
  const marker = { ...producer, isCommit: true, coordinatorEpoch: 0, timestamp: 1 }
  await store.append(buildEndTransactionMarker(marker))
  expect((await replayed(store)).offsets.get(key)?.offset).toBe(3)
})

function commitRecord(offset: number) {
  const value = {
    offset,
    leaderEpoch: -1,
    metadata: '',
    commitTimestampMs: 1,
    expireTimestampMs: -1,
    topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
  }
  const key = { groupId: 'g', topic: 't', partition: 0 }
  return { timestamp: 1, ...encodeChange({ kind: 'offset', key, value }) }
}

test('after a restart members who stay silent are gone in seconds, static ones and talkers are not', async () => {
  const world = await GroupWorld.create()
  const silent = await world.stableGroup('silent', 2, { sessionTimeoutMs: 30_000 })
  const loyal = await world.stableGroup('static', 1, { instanceId: 'i', sessionTimeoutMs: 30_000 })
  const again = await world.restarted()
  await again.advance(5000)
  const [talker = '', lost = ''] = silent.memberIds
  expect(again.heartbeat('silent', talker, silent.generation)).toBe('NONE')
  await again.advance(4000)
  expect(again.heartbeat('silent', lost, silent.generation)).toBe('NONE')
  await again.advance(4000)
  expect(again.describe('silent').members.length).toBe(2)
  const third = await world.restarted()
  await third.advance(9000)
  expect(third.heartbeat('silent', talker, silent.generation)).toBe('NONE')
  await third.advance(1500)
  expect(third.heartbeat('silent', talker, silent.generation)).toBe('REBALANCE_IN_PROGRESS')
  const left = third.describe('silent').members.map(({ memberId }) => memberId)
  expect(left).toEqual([talker])
  expect(third.describe('static').members.map(({ memberId }) => memberId)).toEqual(loyal.memberIds)
  const patient = await world.restarted({ 'ottla.group.disconnect.timeout.ms': '-1' })
  await patient.advance(20_000)
  expect(patient.describe('silent').members.length).toBe(2)
})

test('a group that is larger than it may be by now rebalances, and who joins first stays', async () => {
  const world = await GroupWorld.create()
  const { memberIds, generation } = await world.stableGroup('g', 3)
  const again = await world.restarted({ 'group.max.size': '2' })
  expect(again.describe('g').state).toBe('PreparingRebalance')
  expect(again.heartbeat('g', memberIds[0] ?? '', generation)).toBe('REBALANCE_IN_PROGRESS')
  const [first, second, third] = memberIds.map((memberId) => again.join('g', { memberId }))
  // The rebalance time-out: nobody tells the group that the third is gone.
  await again.advance(20_000)
  const errors = [first, second, third].map((join) => join?.answer().error)
  expect(errors).toEqual(['NONE', 'NONE', 'GROUP_MAX_SIZE_REACHED'])
  expect(again.describe('g').members.length).toBe(2)
})
