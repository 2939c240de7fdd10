// What holds of consumer groups whatever happens to them: random sequences of events, by seed.
import { describe, expect, test } from 'vitest'
import type { ConsumerChange } from '../../../../src/coordinators/consumer/changes.ts'
import type { ReadonlyGroup } from '../../../../src/coordinators/consumer/state.ts'
import { GroupShard } from '../../../../src/coordinators/shard.ts'
import { decodeChange, encodeChange } from '../../../../src/coordinators/group-records.ts'
import { loadShard } from '../../../../src/coordinators/load.ts'
import { silentLogger } from '../../../../src/io/logger.ts'
import { ConsumerClient } from '../../../support/consumer-client.ts'
import { GroupWorld, SeededRandom } from '../../../support/group-world.ts'
import { TestTopics } from '../../../support/test-topics.ts'

const overrides = { 'group.consumer.assignment.interval.ms': '0' }

async function stored(world: GroupWorld): Promise<ReadonlyGroup | undefined> {
  const shard = new GroupShard()
  const limitBytes = { read: 1 << 20, inflated: 1 << 20 }
  await loadShard({ shard, store: world.storeOf('g'), logger: silentLogger, limitBytes })
  return shard.consumerGroup('g')
}

/** No two members believe that they hold the same partition. */
function checkOwners(members: readonly ConsumerClient[]): void {
  const owners = new Map<string, string>()
  for (const { owned, memberId } of members) {
    for (const [topicId, partitions] of owned) {
      for (const partition of partitions) {
        const key = `${topicId}-${partition}`
        expect(owners.get(key), `${key} of ${memberId}`).toBeUndefined()
        owners.set(key, memberId)
      }
    }
  }
}

/** The group's own account: epochs, and who owns what. */
function checkGroup(group: ReadonlyGroup, before: ReadonlyGroup | undefined): void {
  expect(group.groupEpoch).toBeGreaterThanOrEqual(before?.groupEpoch ?? 1)
  expect(group.targetEpoch).toBeLessThanOrEqual(group.groupEpoch)
  let held = 0
  for (const member of group.members.values()) {
    expect(member.memberEpoch).toBeLessThanOrEqual(group.targetEpoch)
    for (const owned of [member.assigned, member.pendingRevocation]) {
      for (const [topicId, partitions] of owned) {
        for (const partition of partitions.keys()) {
          expect(group.owners.get(topicId)?.get(partition)).toBe(member.memberId)
          held += 1
        }
      }
    }
  }
  let owned = 0
  for (const owners of group.owners.values()) owned += owners.size
  expect(held).toBe(owned)
}

describe('whatever happens', () => {
  for (let seed = 1; seed <= 25; seed++) {
    test(`seed ${seed}: nothing is owned twice, and replay gives the live group`, async () => {
      const random = new SeededRandom(seed)
      const world = await GroupWorld.create(overrides)
      let members: ConsumerClient[] = []
      let before: ReadonlyGroup | undefined
      for (let step = 0; step < 60; step++) {
        members = act(world, members, random, `${seed}-${step}`)
        checkOwners(members)
        if (step % 10 !== 0) continue
        await world.advance(random.below(4000))
        const group = await stored(world)
        if (group === undefined) continue
        checkGroup(group, before)
        before = group
      }
      for (let round = 0; round < 8; round++) {
        for (const member of members) if (member.beat().error !== 'NONE') member.join()
      }
      checkOwners(members)
      const restarted = await world.restarted(overrides)
      const answer = restarted.groups.consumer.describe('g')
      expect(answer).toEqual(world.groups.consumer.describe('g'))
      if (members.length > 0) expect(answer).toMatchObject({ state: 'Stable' })
    })
  }
})

function act(
  world: GroupWorld,
  members: ConsumerClient[],
  random: SeededRandom,
  name: string,
): ConsumerClient[] {
  const member = members[random.below(Math.max(1, members.length))]
  const what = random.below(12)
  if (member === undefined || (what === 0 && members.length < 8)) {
    const topics = random.below(2) === 0 ? ['orders'] : ['orders', 'other']
    const regex = random.below(4) === 0 ? 'o.*' : undefined
    const options = { memberId: name, topics, ...(regex === undefined ? {} : { regex }) }
    const joining = new ConsumerClient(world, 'g', options)
    joining.join()
    return [...members, joining]
  }
  switch (what) {
    case 1:
      member.leave()
      return members.filter((one) => one !== member)
    case 2:
      world.topics.grow('orders', 1 + random.below(9))
      return members
    case 3:
      world.topics.create('other', 1 + random.below(4))
      return members
    case 4:
      member.beat({ topics: random.below(2) === 0 ? ['orders'] : ['other'] })
      return members
    case 5:
      member.join()
      return members
    case 6:
      member.beat({ assignor: random.below(2) === 0 ? 'range' : 'uniform' })
      return members
    case 7:
      member.beat({ keeps: true })
      return members
    default:
      if (member.beat().error !== 'NONE') member.join()
      return members
  }
}

test('records decode to the changes that they were made of', () => {
  const orders = TestTopics.idOf('orders')
  const groupId = 'g'
  const owned = new Map([
    [
      orders,
      new Map([
        [0, 3],
        [2, 4],
      ]),
    ],
  ])
  const changes: ConsumerChange[] = [
    { kind: 'consumer-epoch', groupId, value: { epoch: 4, metadataHash: 2 ** 52 + 1 } },
    { kind: 'consumer-target-epoch', groupId, value: { epoch: 4, timestampMs: 99 } },
    { kind: 'consumer-target', groupId, memberId: 'm', value: new Map([[orders, [0, 2]]]) },
    {
      kind: 'consumer-current',
      groupId,
      memberId: 'm',
      value: {
        memberEpoch: 4,
        previousMemberEpoch: 3,
        phase: 'unrevoked',
        assigned: owned,
        pendingRevocation: new Map(),
      },
    },
    {
      kind: 'consumer-member',
      groupId,
      memberId: 'm',
      value: {
        instanceId: 'i',
        rackId: null,
        clientId: 'c',
        clientHost: '/127.0.0.1',
        topicNames: ['orders'],
        topicRegex: 'o.*',
        rebalanceTimeoutMs: 5,
        serverAssignor: 'range',
        classic: {
          sessionTimeoutMs: 6,
          protocols: [{ name: 'range', metadata: Buffer.from('x') }],
        },
      },
    },
    {
      kind: 'consumer-regex',
      groupId,
      regex: 'o.*',
      value: { topics: new Set(['orders']), version: 7, timestampMs: 8 },
    },
  ]
  for (const change of changes) {
    const { key, value } = encodeChange(change)
    expect(decodeChange(key, value)).toEqual(change)
    const gone = { ...change, value: null }
    expect(decodeChange(key, null)).toEqual(gone)
    expect(encodeChange(gone).key).toEqual(key)
    expect(encodeChange(gone).value).toBeNull()
  }
})
