// Streams groups (KIP-1071) end to end on a simulated broker: internal topics are made, tasks handed
// out and described, offsets committed by member epoch; groups of other kinds stay what they are.
import { beforeEach, describe, expect, test } from 'vitest'
import type {
  StreamsGroupHeartbeatRequestInput,
  StreamsGroupHeartbeatRequestSubtopology,
} from '../../../protocol/codecs/streams-group-heartbeat.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const settings = { 'group.streams.initial.rebalance.delay.ms': '0' }
const sessionMs = 45_000

let broker: SimBroker

beforeEach(async () => {
  broker = await SimBroker.start(settings)
  await broker.createTopic('orders', 2)
})

function part(
  more: Partial<StreamsGroupHeartbeatRequestSubtopology> = {},
): StreamsGroupHeartbeatRequestSubtopology {
  return {
    subtopologyId: '0',
    sourceTopics: ['orders'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...more,
  }
}

const internal = (name: string, config?: readonly [string, string]) => {
  const topicConfigs = config === undefined ? [] : [{ key: config[0], value: config[1] }]
  return { name, partitions: 0, replicationFactor: 0, topicConfigs }
}

function joining(
  memberId: string,
  subtopologies: readonly StreamsGroupHeartbeatRequestSubtopology[] = [part()],
): StreamsGroupHeartbeatRequestInput {
  return {
    ...{ groupId: 'g', memberId, memberEpoch: 0, endpointInformationEpoch: 0 },
    rebalanceTimeoutMs: 60_000,
    topology: { epoch: 0, subtopologies },
    ...{ activeTasks: [], standbyTasks: [], warmupTasks: [] },
    processId: `process of ${memberId}`,
  }
}

const staying = (memberId: string, memberEpoch: number): StreamsGroupHeartbeatRequestInput => {
  return { groupId: 'g', memberId, memberEpoch, endpointInformationEpoch: 0 }
}

const beat = (request: StreamsGroupHeartbeatRequestInput, on: SimBroker = broker) =>
  on.ask('StreamsGroupHeartbeat', 1, request)

async function described(on: SimBroker = broker) {
  const request = { groupIds: ['g'], includeAuthorizedOperations: false }
  const { groups } = await on.ask('StreamsGroupDescribe', 1, request)
  return groups[0]
}

describe('internal topics', () => {
  const counting = [
    part({ repartitionSinkTopics: ['g-words-repartition'] }),
    part({
      subtopologyId: '1',
      sourceTopics: [],
      repartitionSourceTopics: [internal('g-words-repartition', ['cleanup.policy', 'delete'])],
      stateChangelogTopics: [internal('g-counts-changelog', ['cleanup.policy', 'compact'])],
    }),
  ]

  test('are made as the topology wants them, and then there are tasks', async () => {
    const first = await beat(joining('a', counting))
    expect(first.status).toMatchObject([
      { statusDetail: 'Internal topics are missing: g-counts-changelog, g-words-repartition' },
    ])
    expect((await described())?.groupState).toBe('NotReady')
    broker.clock.advance(1000)
    const { status, activeTasks } = await beat(staying('a', first.memberEpoch))
    expect(status).toEqual([])
    const tasks = activeTasks?.map(({ subtopologyId, partitions }) => [
      subtopologyId,
      ...partitions,
    ])
    expect(tasks?.sort()).toEqual([
      ['0', 0, 1],
      ['1', 0, 1],
    ])
    const policies = await broker.ask('DescribeConfigs', 4, {
      resources: ['g-words-repartition', 'g-counts-changelog'].map((resourceName) => {
        return { resourceType: 2, resourceName, configurationKeys: ['cleanup.policy'] }
      }),
    })
    const values = policies.results.map(({ configs }) => configs[0]?.value)
    expect(values).toEqual(['delete', 'compact'])
  })

  test('that cannot be made are named with the reason', async () => {
    const changelog = internal('g-c', ['no.such', 'x'])
    const { status, errorCode } = await beat(
      joining('a', [part({ stateChangelogTopics: [changelog] })]),
    )
    expect(errorCode).toBe(0)
    expect(status).toMatchObject([
      {
        statusDetail:
          'Internal topics are missing: g-c; Creation failed: g-c (Unknown topic config name: no.such).',
      },
    ])
  })
})

describe('a group', () => {
  test('is described with its topology, its members and their tasks', async () => {
    await beat({ ...joining('a'), userEndpoint: { host: 'h', port: 1 }, rackId: 'r' })
    expect(await described()).toMatchObject({
      groupState: 'Stable',
      groupEpoch: 2,
      assignmentEpoch: 2,
      topology: { epoch: 0, subtopologies: [{ subtopologyId: '0', sourceTopics: ['orders'] }] },
      members: [
        {
          memberId: 'a',
          memberEpoch: 2,
          rackId: 'r',
          userEndpoint: { host: 'h', port: 1 },
          assignment: { activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }] },
        },
      ],
    })
  })

  test('outlives the broker, its members have a session to be heard of again', async () => {
    const { memberEpoch } = await beat(joining('a'))
    await broker.core.close()
    const { clock, disk } = broker
    const again = await SimBroker.start(settings, { clock, disk })
    expect(await described(again)).toMatchObject({ groupState: 'Stable', members: [{}] })
    expect((await beat(staying('a', memberEpoch), again)).errorCode).toBe(0)
    again.clock.advance(sessionMs + 1)
    expect(await described(again)).toMatchObject({ groupState: 'Empty', members: [] })
    expect([...broker.bugs, ...again.bugs]).toEqual([])
  })

  test('takes commits of the epoch in which the member had the task', async () => {
    const { memberEpoch } = await beat(joining('a'))
    const commit = async (memberId: string, generationIdOrMemberEpoch: number) => {
      const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }]
      const topics = [{ name: 'orders', partitions }]
      const request = { groupId: 'g', memberId, generationIdOrMemberEpoch, topics }
      const answer = await broker.ask('OffsetCommit', 9, request)
      return answer.topics[0]?.partitions[0]?.errorCode
    }
    expect(await commit('a', memberEpoch)).toBe(0)
    expect(await commit('a', memberEpoch + 1)).toBe(113)
    expect(await commit('b', memberEpoch)).toBe(25)
  })
})

describe('a name', () => {
  const share = (groupId: string) =>
    broker.ask('ShareGroupHeartbeat', 1, {
      ...{ groupId, memberId: 's', memberEpoch: 0, subscribedTopicNames: ['orders'] },
    })
  const consumer = (groupId: string) =>
    broker.ask('ConsumerGroupHeartbeat', 1, {
      ...{ groupId, memberId: 'c', memberEpoch: 0, rebalanceTimeoutMs: 1000 },
      subscribedTopicNames: ['orders'],
      topicPartitions: [],
    })

  test('of a streams group is no other group’s', async () => {
    await beat(joining('a'))
    expect(await share('g')).toMatchObject({ errorMessage: 'Group g is not a share group.' })
    expect(await consumer('g')).toMatchObject({ errorMessage: 'Group g is not a consumer group.' })
    const alter = { groupId: 'g', topics: [] }
    expect(await broker.ask('AlterShareGroupOffsets', 0, alter)).toMatchObject({
      errorMessage: 'Group g is not a share group.',
    })
    const listed = await broker.ask('ListGroups', 5, { statesFilter: [], typesFilter: [] })
    expect(listed.groups).toMatchObject([{ groupId: 'g', groupType: 'streams' }])
  })

  test.each([
    ['share', share],
    ['consumer', consumer],
  ])('of a %s group is no streams group’s', async (_kind, join) => {
    expect((await join('g')).errorCode).toBe(0)
    const message = { errorCode: 69, errorMessage: 'Group g is not a streams group.' }
    expect(await beat(joining('a'))).toMatchObject(message)
    expect(await described()).toMatchObject(message)
  })

  test('with offsets alone becomes a streams group’s, which has them', async () => {
    const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }]
    const topics = [{ name: 'orders', partitions }]
    const commit = { groupId: 'g', memberId: '', generationIdOrMemberEpoch: -1, topics }
    await broker.ask('OffsetCommit', 9, commit)
    expect((await beat(joining('a'))).errorCode).toBe(0)
    const { groups } = await broker.ask('OffsetFetch', 9, {
      groups: [{ groupId: 'g', memberId: null, memberEpoch: -1, topics: null }],
    })
    expect(groups[0]?.topics[0]?.partitions).toMatchObject([{ committedOffset: 5 }])
  })
})

describe('a request that cannot be', () => {
  const refusals: readonly (readonly [string, StreamsGroupHeartbeatRequestInput, number])[] = [
    ['has no member id', { ...joining('a'), memberId: '' }, 42],
    ['has no group id', { ...joining('a'), groupId: '' }, 42],
    ['joins without a topology', { ...joining('a'), topology: null }, 42],
    [
      'joins with tasks',
      { ...joining('a'), activeTasks: [{ subtopologyId: '0', partitions: [0] }] },
      42,
    ],
    ['joins without a rebalance time-out', { ...joining('a'), rebalanceTimeoutMs: -1 }, 42],
    ['brings its topology later', { ...joining('a'), memberEpoch: 3 }, 42],
    ['tells some of its tasks', { ...staying('a', 3), activeTasks: [] }, 42],
    ['leaves for a while without an instance id', staying('a', -2), 42],
    ['has no such epoch', staying('a', -3), 42],
    ['reads topics by a pattern', joining('a', [part({ sourceTopicRegex: ['a.*'] })]), 42],
    [
      'reads a topic of the broker’s',
      joining('a', [part({ sourceTopics: ['__consumer_offsets'] })]),
      130,
    ],
    ['names what cannot be a topic', joining('a', [part({ sourceTopics: ['a b'] })]), 130],
    ['has a subtopology twice', joining('a', [part(), part()]), -1],
    [
      'sizes a changelog',
      joining('a', [part({ stateChangelogTopics: [{ ...internal('c'), partitions: 3 }] })]),
      130,
    ],
    ['goes to a group that is not there', staying('a', 3), 69],
  ]

  test.each(refusals)('%s', async (_name, request, errorCode) => {
    expect(await beat(request)).toMatchObject({ errorCode, acceptableRecoveryLag: -1 })
    expect((await described())?.errorCode).toBe(69)
    expect(broker.bugs).toEqual([])
  })
})
