// Share groups end to end on a simulated broker: members join, records are handed out, acknowledged,
// released by time or by leaving, and what was acknowledged outlives the broker.
import { beforeEach, describe, expect, test } from 'vitest'
import { produceValues, ShareMember, types } from '../../support/share-member.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const settings = { 'share.coordinator.state.topic.num.partitions': '2' }
const lockMs = 30_000

let broker: SimBroker
let topicId: string

const member = (id: string, on: SimBroker = broker) => new ShareMember(on, 'g', id, topicId)

async function joined(id: string, on: SimBroker = broker): Promise<ShareMember> {
  const made = member(id, on)
  expect(await made.heartbeat(['t'])).toMatchObject({ error: 'NONE' })
  expect(await made.fetch()).toMatchObject({ error: 'NONE', acquired: [] })
  return made
}

async function startOffset(on: SimBroker = broker) {
  const answer = await on.ask('DescribeShareGroupOffsets', 1, {
    groups: [{ groupId: 'g', topics: [{ topicName: 't', partitions: [0] }] }],
  })
  const partition = answer.groups[0]?.topics[0]?.partitions[0]
  return { start: partition?.startOffset, lag: partition?.lag }
}

beforeEach(async () => {
  broker = await SimBroker.start(settings)
  topicId = await broker.createTopic('t')
})

describe('membership', () => {
  test('the first heartbeat assigns the partitions, and ListGroups shows the group', async () => {
    const answer = await member('m1').heartbeat(['t'])
    expect(answer.assignment?.topicPartitions).toEqual([{ topicId, partitions: [0] }])
    const { groups } = await broker.ask('ListGroups', 5, { statesFilter: [], typesFilter: [] })
    expect(groups).toMatchObject([
      { groupId: 'g', protocolType: 'share', groupState: 'Stable', groupType: 'share' },
    ])
    const described = await broker.ask('ShareGroupDescribe', 1, {
      groupIds: ['g', 'none'],
      includeAuthorizedOperations: false,
    })
    expect(described.groups).toMatchObject([
      { errorCode: 0, groupState: 'Stable', assignorName: 'simple', members: [{ memberId: 'm1' }] },
      { errorCode: 69, errorMessage: 'Group none not found.' },
    ])
  })

  test('a topic that gains partitions is assigned with the next heartbeat', async () => {
    const one = member('m1')
    await one.heartbeat(['t'])
    await broker.ask('CreatePartitions', 3, {
      topics: [{ name: 't', count: 3, assignments: null }],
      timeoutMs: 1000,
      validateOnly: false,
    })
    broker.clock.advance(5000)
    const answer = await one.heartbeat(null)
    expect(answer.assignment?.topicPartitions).toEqual([{ topicId, partitions: [0, 1, 2] }])
  })

  test('what the protocol forbids is refused in Kafka’s words', async () => {
    const one = member('m1')
    expect(await one.heartbeat([])).toMatchObject({
      error: 'INVALID_REQUEST',
      errorMessage: 'SubscribedTopicNames must be set in first request.',
    })
    expect(await one.heartbeat(null, 3)).toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
    await one.heartbeat(['t'])
    expect(await one.heartbeat(null, 9)).toMatchObject({ error: 'FENCED_MEMBER_EPOCH' })
    expect(await member('m2').heartbeat(null, 1)).toMatchObject({ error: 'UNKNOWN_MEMBER_ID' })
    expect(await member('x'.repeat(37)).heartbeat(['t'])).toMatchObject({
      error: 'INVALID_REQUEST',
    })
  })

  test('other protocols are told that the group is none of theirs', async () => {
    await member('m1').heartbeat(['t'])
    const commit = await broker.ask('OffsetCommit', 9, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      topics: [
        {
          name: 't',
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }],
        },
      ],
    })
    expect(commit.topics[0]?.partitions[0]?.errorCode).toBe(69)
    const heartbeat = await broker.ask('Heartbeat', 4, {
      groupId: 'g',
      generationId: 1,
      memberId: 'm1',
    })
    expect(heartbeat.errorCode).toBe(25)
  })
})

describe('records', () => {
  test('are handed out once, in order, and are over when they are accepted', async () => {
    const [one, two] = [await joined('m1'), await joined('m2')]
    await produceValues(broker, 't', ['a', 'b', 'c'])
    const got = await one.fetch()
    expect(got).toMatchObject({ acquired: [{ first: 0, last: 2, count: 1 }] })
    expect(got.values).toEqual(['a', 'b', 'c'])
    expect((await two.fetch()).acquired).toEqual([])
    expect(await one.acknowledge(0, 2, [types.accept])).toMatchObject({ partitionError: 'NONE' })
    expect(await startOffset()).toEqual({ start: 0, lag: 0 })
    await produceValues(broker, 't', ['d'])
    expect((await two.fetch()).values).toEqual(['d'])
  })

  test('are released, rejected and accepted one by one', async () => {
    const one = await joined('m1')
    await produceValues(broker, 't', ['a', 'b', 'c'])
    await one.fetch()
    const each = [types.accept, types.release, types.reject]
    const again = await one.fetch({ acknowledge: [[0, 2, each]] })
    expect(again.acknowledgeError).toBe('NONE')
    expect(again.acquired).toEqual([{ first: 1, last: 1, count: 2 }])
    expect(again.values).toEqual(['b'])
  })

  test('come back when their lock runs out, and are given up after the last delivery', async () => {
    const one = await joined('m1')
    await produceValues(broker, 't', ['a'])
    const counts: (number | undefined)[] = []
    for (let delivery = 0; delivery < 6; delivery++) {
      counts.push((await one.fetch()).acquired[0]?.count)
      broker.clock.advance(lockMs)
      await one.heartbeat(null)
    }
    expect(counts).toEqual([1, 2, 3, 4, 5, undefined])
    await produceValues(broker, 't', ['b'])
    expect((await one.fetch()).values).toEqual(['b'])
  })

  test('stay with a member that renews its lock', async () => {
    const [one, two] = [await joined('m1'), await joined('m2')]
    await produceValues(broker, 't', ['a'])
    await one.fetch()
    broker.clock.advance(lockMs - 1000)
    const renewed = await one.acknowledge(0, 0, [types.renew], { isRenewAck: true })
    expect(renewed).toEqual({ error: 'NONE', partitionError: 'NONE' })
    broker.clock.advance(lockMs - 1000)
    expect((await two.fetch()).acquired).toEqual([])
    expect(await one.acknowledge(0, 0, [types.accept])).toMatchObject({ partitionError: 'NONE' })
  })

  test('are limited to what was asked for in record-limit mode, and to whole batches else', async () => {
    const one = await joined('m1')
    await produceValues(broker, 't', ['a', 'b', 'c', 'd'])
    expect((await one.fetch({ mode: 1, maxRecords: 3 })).values).toEqual(['a', 'b', 'c'])
    expect((await one.fetch({ mode: 1, maxRecords: 3 })).values).toEqual(['d'])
    await produceValues(broker, 't', ['e', 'f', 'g'])
    expect((await one.fetch({ maxRecords: 1 })).values).toEqual(['e', 'f', 'g'])
  })

  test('of a parked fetch arrive when they are produced, and when another member lets go', async () => {
    const [one, two] = [await joined('m1'), await joined('m2')]
    const parked = one.fetch({ maxWaitMs: 5000 })
    await produceValues(broker, 't', ['a'])
    expect((await parked).values).toEqual(['a'])
    const waiting = two.fetch({ maxWaitMs: 5000 })
    await one.acknowledge(0, 0, [types.release])
    expect(await waiting).toMatchObject({ acquired: [{ first: 0, last: 0, count: 2 }] })
    const idle = one.fetch({ maxWaitMs: 5000 })
    broker.clock.advance(5000)
    expect((await idle).acquired).toEqual([])
  })

  test('of a member that is gone are for others: its session ended, or its connection closed', async () => {
    await produceValues(broker, 't', ['before'])
    const leaves = await joined('m1')
    const stays = await joined('m2')
    await produceValues(broker, 't', ['a'])
    await leaves.fetch()
    await leaves.fetch({ epoch: -1 })
    await leaves.heartbeat(null, -1)
    expect((await stays.fetch()).acquired).toEqual([{ first: 1, last: 1, count: 2 }])
    await stays.acknowledge(1, 1, [types.release])
    const closes = member('m3')
    await closes.heartbeat(['t'])
    expect((await closes.fetch()).values).toEqual(['a'])
    closes.connection.close()
    expect((await stays.fetch()).acquired).toEqual([{ first: 1, last: 1, count: 4 }])
    const last = await joined('m4')
    expect(await stays.fetch({ epoch: -1 })).toMatchObject({ error: 'NONE' })
    expect((await last.fetch()).acquired).toEqual([{ first: 1, last: 1, count: 5 }])
  })

  test('of a member that is silent for too long are for others before its locks run out', async () => {
    broker = await SimBroker.start({
      ...settings,
      'group.share.record.lock.duration.ms': '60000',
      'group.share.session.timeout.ms': '45000',
    })
    topicId = await broker.createTopic('t')
    const silent = await joined('m1')
    const stays = await joined('m2')
    await produceValues(broker, 't', ['a'])
    await silent.fetch()
    for (let seconds = 0; seconds < 50; seconds += 5) {
      broker.clock.advance(5000)
      await stays.heartbeat(null)
    }
    expect((await stays.fetch()).acquired).toEqual([{ first: 0, last: 0, count: 2 }])
  })

  test('of a member that leaves are still its own until it ends its session', async () => {
    const leaves = await joined('m1')
    const stays = await joined('m2')
    await produceValues(broker, 't', ['a', 'b'])
    await leaves.fetch()
    await leaves.heartbeat(null, -1)
    const lastWord = await leaves.acknowledge(0, 0, [types.accept], { epoch: -1 })
    expect(lastWord).toEqual({ error: 'NONE', partitionError: 'NONE' })
    expect((await stays.fetch()).acquired).toEqual([{ first: 1, last: 1, count: 2 }])
  })

  test('below the log’s start are over', async () => {
    const one = await joined('m1')
    await produceValues(broker, 't', ['a', 'b'])
    await one.fetch()
    await one.acknowledge(0, 1, [types.release])
    await broker.ask('DeleteRecords', 2, {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2 }] }],
      timeoutMs: 1000,
    })
    expect((await one.fetch()).acquired).toEqual([])
    await produceValues(broker, 't', ['c'])
    expect(await one.fetch()).toMatchObject({ acquired: [{ first: 2, last: 2, count: 1 }] })
  })
})

describe('refusals', () => {
  test('only who holds a record acknowledges it, once, in types of the version', async () => {
    const [one, two] = [await joined('m1'), await joined('m2')]
    await produceValues(broker, 't', ['a', 'b'])
    await one.fetch()
    const said = async (by: ShareMember, first: number, last: number, ackTypes: number[]) =>
      (await by.acknowledge(first, last, ackTypes)).partitionError
    expect(await said(two, 0, 1, [types.accept])).toBe('INVALID_RECORD_STATE')
    expect(await said(one, 0, 5, [types.accept])).toBe('INVALID_REQUEST')
    expect(await said(one, 0, 1, [types.accept, 1, 1])).toBe('INVALID_REQUEST')
    expect(await said(one, 0, 1, [types.renew])).toBe('INVALID_REQUEST')
    expect(await said(one, 0, 1, [9])).toBe('INVALID_REQUEST')
    expect(await said(one, 1, 1, [types.accept])).toBe('NONE')
    expect(await said(one, 0, 1, [types.accept])).toBe('INVALID_RECORD_STATE')
    expect(await said(one, 0, 0, [types.accept])).toBe('NONE')
    // What is below the start offset is over, whatever is said of it.
    expect(await said(one, 0, 1, [types.accept])).toBe('NONE')
  })

  test('sessions have epochs', async () => {
    const one = await joined('m1')
    expect(await one.fetch({ epoch: 7 })).toMatchObject({ error: 'INVALID_SHARE_SESSION_EPOCH' })
    expect(await one.acknowledge(0, 0, [1], { epoch: 0 })).toMatchObject({
      error: 'INVALID_SHARE_SESSION_EPOCH',
    })
    const stranger = member('m9')
    expect(await stranger.fetch({ epoch: 1 })).toMatchObject({ error: 'SHARE_SESSION_NOT_FOUND' })
    expect(await stranger.fetch({ epoch: -1 })).toMatchObject({ error: 'SHARE_SESSION_NOT_FOUND' })
    expect(await stranger.fetch({ acknowledge: [[0, 0, [1]]] })).toMatchObject({
      error: 'INVALID_REQUEST',
    })
    expect(await one.fetch({ epoch: -1 })).toMatchObject({ error: 'NONE' })
    expect(await one.fetch({ epoch: 2 })).toMatchObject({ error: 'SHARE_SESSION_NOT_FOUND' })
  })

  test('there are no more sessions than are configured', async () => {
    broker = await SimBroker.start({ ...settings, 'group.share.max.share.sessions': '1' })
    topicId = await broker.createTopic('t')
    const one = await joined('m1')
    expect(await member('m2').fetch()).toMatchObject({ error: 'SHARE_SESSION_LIMIT_REACHED' })
    one.connection.close()
    expect(await member('m2').fetch()).toMatchObject({ error: 'NONE' })
  })

  test('a partition without a state is not fetched from', async () => {
    expect(await member('m1').fetch()).toMatchObject({ partitionError: 'UNKNOWN_SERVER_ERROR' })
  })
})

describe('administration', () => {
  const alter = async (offset: number) => {
    const answer = await broker.ask('AlterShareGroupOffsets', 0, {
      groupId: 'g',
      topics: [{ topicName: 't', partitions: [{ partitionIndex: 0, startOffset: offset }] }],
    })
    return [answer.errorCode, answer.responses[0]?.partitions[0]?.errorCode]
  }

  test('sets where an empty group begins', async () => {
    await produceValues(broker, 't', ['a', 'b', 'c'])
    expect(await alter(1)).toEqual([0, 0])
    const one = member('m1')
    await one.heartbeat(['t'])
    expect(await alter(0)).toEqual([68, undefined])
    expect((await one.fetch()).values).toEqual(['b', 'c'])
    await one.heartbeat(null, -1)
    expect(await alter(0)).toEqual([0, 0])
    const two = member('m2')
    await two.heartbeat(['t'])
    expect((await two.fetch()).values).toEqual(['a', 'b', 'c'])
  })

  test('begins where share.auto.offset.reset says', async () => {
    await broker.ask('IncrementalAlterConfigs', 1, {
      resources: [
        {
          resourceType: 32,
          resourceName: 'g',
          configs: [
            { name: 'share.auto.offset.reset', configOperation: 0, value: 'earliest' },
            { name: 'share.record.lock.duration.ms', configOperation: 0, value: '15000' },
          ],
        },
      ],
      validateOnly: false,
    })
    await produceValues(broker, 't', ['a'])
    const one = member('m1')
    await one.heartbeat(['t'])
    expect((await one.fetch()).values).toEqual(['a'])
    broker.clock.advance(15_000)
    expect(await one.fetch()).toMatchObject({ acquired: [{ count: 2 }] })
  })

  test('deletes offsets, and the group with the state of its partitions', async () => {
    const one = await joined('m1')
    const forget = () =>
      broker.ask('DeleteShareGroupOffsets', 0, { groupId: 'g', topics: [{ topicName: 't' }] })
    expect((await forget()).errorCode).toBe(68)
    await one.heartbeat(null, -1)
    expect((await forget()).responses).toMatchObject([{ topicName: 't', topicId, errorCode: 0 }])
    expect(await startOffset()).toMatchObject({ start: -1 })
    expect((await forget()).responses).toMatchObject([{ errorCode: 3 }])
    await (await joined('m2')).heartbeat(null, -1)
    const deleted = await broker.ask('DeleteGroups', 2, { groupsNames: ['g'] })
    expect(deleted.results).toMatchObject([{ errorCode: 0 }])
    expect(await startOffset()).toMatchObject({ start: -1 })
    expect((await forget()).errorCode).toBe(69)
  })

  test('forgets a topic that is deleted', async () => {
    const one = await joined('m1')
    await broker.ask('DeleteTopics', 6, {
      topics: [{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
      timeoutMs: 1000,
    })
    expect(await one.fetch()).toMatchObject({ partitionError: 'UNKNOWN_TOPIC_ID' })
    expect(broker.core.services.shares.size).toBe(0)
    expect(broker.bugs).toEqual([])
  })
})

describe('a broker that is killed', () => {
  test('keeps what was acknowledged, and hands out again what was not', async () => {
    const one = await joined('m1')
    await produceValues(broker, 't', ['a', 'b', 'c', 'd'])
    await one.fetch()
    const each = [types.accept, types.release, types.accept]
    await one.acknowledge(0, 2, each)
    broker.core.abandon()
    const next = await SimBroker.start(settings, { disk: broker.disk.kill() })
    const again = member('m1', next)
    expect(await again.heartbeat(null, one.memberEpoch)).toMatchObject({ error: 'NONE' })
    const got = await again.fetch()
    expect(got.values).toEqual(['b', 'd'])
    expect(got.acquired).toEqual([
      { first: 1, last: 1, count: 2 },
      { first: 3, last: 3, count: 1 },
    ])
    expect(await startOffset(next)).toMatchObject({ start: 0 })
    expect(next.bugs).toEqual([])
  })

  test('finds a group that was deleted deleted', async () => {
    await (await joined('m1')).heartbeat(null, -1)
    await broker.ask('DeleteGroups', 2, { groupsNames: ['g'] })
    broker.core.abandon()
    const next = await SimBroker.start(settings, { disk: broker.disk.kill() })
    const { groups } = await next.ask('ListGroups', 5, { statesFilter: [], typesFilter: [] })
    expect(groups).toEqual([])
  })
})
