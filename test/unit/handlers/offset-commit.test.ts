// OffsetCommit answers, version by version.
import { describe, expect, test } from 'vitest'
import { handleOffsetCommit } from '../../../src/handlers/offset-commit.ts'
import { atOnce, createGroupBroker, noTopicId, strangeTopicId } from '../../support/group-broker.ts'
import type { GroupBroker } from '../../support/group-broker.ts'

type Topic = { name?: string; topicId?: string; partitions: number[] }

function commit(broker: GroupBroker, version: number, topics: Topic[], generation = -1) {
  const request = {
    groupId: 'g',
    generationIdOrMemberEpoch: generation,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: topics.map(({ name = '', topicId = noTopicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 10 + partitionIndex,
        committedLeaderEpoch: -1,
        commitTimestamp: -1,
        committedMetadata: null,
      })),
    })),
  }
  const answer = atOnce(handleOffsetCommit(broker.services, request, broker.context(version)))
  return answer.topics.map(({ name, topicId, partitions }) => [
    version >= 10 ? topicId : name,
    ...partitions.map(({ partitionIndex, errorCode }) => `${partitionIndex}:${errorCode}`),
  ])
}

describe('OffsetCommit', () => {
  test('commits what exists and refuses the rest, in the request’s order', async () => {
    const broker = await createGroupBroker()
    const topics = [
      { name: 'nope', partitions: [0] },
      { name: 'orders', partitions: [0, 88, 1, -1] },
    ]
    expect(commit(broker, 8, topics)).toEqual([
      ['nope', '0:3'],
      ['orders', '0:0', '88:3', '1:0', '-1:3'],
    ])
    expect(broker.world.committed('g')).toEqual({ 'orders-0': 10, 'orders-1': 11 })
  })

  test('version 10 names topics by id', async () => {
    const broker = await createGroupBroker()
    const { ordersId } = broker
    const topics = [
      { topicId: strangeTopicId, partitions: [0] },
      { topicId: ordersId, partitions: [0] },
    ]
    expect(commit(broker, 10, topics)).toEqual([
      [strangeTopicId, '0:100'],
      [ordersId, '0:0'],
    ])
    expect(broker.world.committed('g')).toEqual({ 'orders-0': 10 })
  })

  test.each([0, 1])('version %i, which Kafka 4 dropped, commits too', async (version) => {
    const broker = await createGroupBroker()
    expect(commit(broker, version, [{ name: 'orders', partitions: [1] }])).toEqual([
      ['orders', '1:0'],
    ])
    expect(broker.world.committed('g')).toEqual({ 'orders-1': 11 })
  })

  test('the group’s refusal is every existing partition’s', async () => {
    const broker = await createGroupBroker()
    const topics = [{ name: 'orders', partitions: [0, 5] }]
    expect(commit(broker, 8, topics, 3)).toEqual([['orders', '0:22', '5:3']])
    expect(commit(broker, 9, topics, 3)).toEqual([['orders', '0:69', '5:3']])
  })

  test('needs the right to read group and topic', async () => {
    const broker = await createGroupBroker()
    broker.admin.denied.add('read topic orders')
    expect(commit(broker, 8, [{ name: 'orders', partitions: [0] }])).toEqual([['orders', '0:29']])
    broker.admin.denied.add('read group g')
    expect(commit(broker, 8, [{ name: 'nope', partitions: [0] }])).toEqual([['nope', '0:30']])
  })
})
