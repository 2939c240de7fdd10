// OffsetFetch answers, version by version.
import { describe, expect, test } from 'vitest'
import { handleOffsetFetch } from '../../../src/handlers/offset-fetch.ts'
import { atOnce, createGroupBroker, noTopicId, strangeTopicId } from '../../support/group-broker.ts'
import type { GroupBroker } from '../../support/group-broker.ts'
import { GroupWorld } from '../../support/group-world.ts'

async function brokerWithCommits(): Promise<GroupBroker> {
  const broker = await createGroupBroker()
  broker.world.commit('g', [{ offset: 5, leaderEpoch: 3, metadata: 'note' }])
  return broker
}

function fetchOne(
  broker: GroupBroker,
  version: number,
  topics: { name: string; partitionIndexes: number[] }[] | null,
) {
  const request = { groupId: 'g', topics, groups: [], requireStable: false }
  return atOnce(handleOffsetFetch(broker.services, request, broker.context(version)))
}

const committed = {
  partitionIndex: 0,
  committedOffset: 5,
  committedLeaderEpoch: 3,
  metadata: 'note',
  errorCode: 0,
}
const none = (partitionIndex: number, errorCode = 0) => {
  const offset = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' }
  return { partitionIndex, ...offset, errorCode }
}

describe('OffsetFetch of one group', () => {
  test('says -1 for what is not committed, topics that do not exist included', async () => {
    const broker = await brokerWithCommits()
    const topics = [
      { name: 'orders', partitionIndexes: [0, 1] },
      { name: 'nope', partitionIndexes: [0] },
    ]
    expect(fetchOne(broker, 7, topics)).toMatchObject({
      errorCode: 0,
      topics: [
        { name: 'orders', partitions: [committed, none(1)] },
        { name: 'nope', partitions: [none(0)] },
      ],
    })
  })

  test('null asks for all that the group has', async () => {
    const broker = await brokerWithCommits()
    expect(fetchOne(broker, 2, null).topics).toEqual([{ name: 'orders', partitions: [committed] }])
  })

  test('version 0 says as in ZooKeeper’s time that there is no such partition', async () => {
    const broker = await brokerWithCommits()
    const topics = [{ name: 'orders', partitionIndexes: [0, 1] }]
    expect(fetchOne(broker, 0, topics).topics?.[0]?.partitions).toEqual([committed, none(1, 3)])
  })

  test('version 1 says the group’s error in every partition', async () => {
    const broker = await createGroupBroker()
    const services = { ...broker.services, groups: GroupWorld.unloaded().groups }
    const topics = [{ name: 'orders', partitionIndexes: [0] }]
    expect(fetchOne({ ...broker, services }, 1, topics).topics).toMatchObject([
      { name: 'orders', partitions: [none(0, 14)] },
    ])
    expect(fetchOne({ ...broker, services }, 5, topics)).toMatchObject({
      errorCode: 14,
      topics: [],
    })
  })

  test('hides topics that the client may not see, and groups', async () => {
    const broker = await brokerWithCommits()
    broker.admin.denied.add('describe topic orders')
    const topics = [{ name: 'orders', partitionIndexes: [0] }]
    expect(fetchOne(broker, 7, topics).topics?.[0]?.partitions).toEqual([none(0, 29)])
    expect(fetchOne(broker, 7, null).topics).toEqual([])
    broker.admin.denied.add('describe group g')
    expect(fetchOne(broker, 7, topics)).toMatchObject({ errorCode: 30, topics: [] })
  })
})

describe('OffsetFetch of several groups', () => {
  function fetchAll(broker: GroupBroker, version: number, topicId: string | null) {
    const topics = topicId === null ? null : [{ name: 'orders', topicId, partitionIndexes: [0] }]
    const groups = ['g', 'never'].map((groupId) => {
      return { groupId, memberId: 'm', memberEpoch: 4, topics }
    })
    const request = { groupId: '', topics: null, groups, requireStable: true }
    return atOnce(handleOffsetFetch(broker.services, request, broker.context(version))).groups
  }

  test('answers each', async () => {
    const broker = await brokerWithCommits()
    expect(fetchAll(broker, 9, noTopicId)).toMatchObject([
      { groupId: 'g', errorCode: 0, topics: [{ name: 'orders', partitions: [committed] }] },
      { groupId: 'never', errorCode: 0, topics: [{ name: 'orders', partitions: [none(0)] }] },
    ])
  })

  test('version 10 speaks of topic ids, and does not know deleted topics', async () => {
    const broker = await brokerWithCommits()
    broker.world.commit('g', [{ offset: 1, topic: 'deleted' }])
    const topic = { topicId: broker.ordersId, partitions: [committed] }
    expect(fetchAll(broker, 10, broker.ordersId)?.[0]?.topics).toMatchObject([topic])
    expect(fetchAll(broker, 10, null)?.[0]?.topics).toMatchObject([topic])
    expect(fetchAll(broker, 10, strangeTopicId)?.[0]?.topics).toMatchObject([
      { topicId: strangeTopicId, partitions: [none(0, 100)] },
    ])
  })
})
