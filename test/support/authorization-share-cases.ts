// Authorization of share groups (KIP-932): `s-a` and `s-b` have a member, `o-a` and `o-b` have offsets
// and no members; what brokers store is of groups of their own.
import {
  answered,
  ask,
  both,
  cluster,
  group,
  prepared,
  topic,
  until,
} from './authorization-case.ts'
import type { AuthorizationCase, Caller, CaseContext } from './authorization-case.ts'

const unknownMember = { memberId: 'AAAAAAAAAAAAAAAAAAAAAQ', memberEpoch: 5 }

/** A member whose first heartbeats make the group's state, and that is there again in later tries. */
async function join(admin: Caller): Promise<void> {
  for (const groupId of ['s-a', 's-b']) {
    await until(async () => {
      const { errorCode, assignment } = await answered(admin, 'ShareGroupHeartbeat', 1, {
        groupId,
        memberId: 'CCCCCCCCCCCCCCCCCCCCCQ',
        memberEpoch: 0,
        subscribedTopicNames: both,
      })
      return errorCode === 0 && assignment?.topicPartitions.length !== both.length ? -1 : errorCode
    })
  }
}

async function setOffsets(admin: Caller): Promise<void> {
  for (const groupId of ['o-a', 'o-b']) {
    await until(async () => {
      const partitions = [{ partitionIndex: 0, startOffset: 0 }]
      const topics = both.map((topicName) => ({ topicName, partitions }))
      const alter = { groupId, topics }
      const answer = await answered(admin, 'AlterShareGroupOffsets', 0, alter)
      const failed = answer.responses.flatMap((one) => one.partitions).find((one) => one.errorCode)
      return answer.errorCode === 0 ? (failed?.errorCode ?? 0) : answer.errorCode
    })
  }
}

/** Of a member that no group needs to know. */
const sessionOf = ({ n }: CaseContext, shareSessionEpoch: number) => ({
  groupId: 's-a',
  memberId: `member-${n}`,
  shareSessionEpoch,
})

const shareFetch = (context: CaseContext, names: readonly ('t-a' | 't-b')[] = both) => ({
  ...sessionOf(context, 0),
  ...{ maxWaitMs: 0, minBytes: 1, maxBytes: 100_000, maxRecords: 10, batchSize: 10 },
  topics: names.map((name) => ({
    topicId: context.topicIds[name],
    partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }],
  })),
  forgottenTopicsData: [],
})

/** Nothing was handed out: what is accepted is not the member's. */
const acknowledgement = { firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }
const acknowledged = ({ topicIds }: CaseContext) =>
  both.map((name) => ({
    topicId: topicIds[name],
    partitions: [{ partitionIndex: 0, acknowledgementBatches: [acknowledgement] }],
  }))

async function openSession(admin: Caller, context: CaseContext): Promise<void> {
  await join(admin)
  await answered(admin, 'ShareFetch', 2, shareFetch(context))
}

const members: readonly AuthorizationCase[] = [
  ask(
    'share group heartbeat',
    ['ShareGroupHeartbeat', 1],
    [group('read', 's-new'), topic('describe')],
    () => ({ ...unknownMember, groupId: 's-new', subscribedTopicNames: ['t-a'] }),
  ),
  ask(
    'share group heartbeat with a hidden topic',
    ['ShareGroupHeartbeat', 1],
    [group('read', 's-new'), topic('describe')],
    () => ({ ...unknownMember, groupId: 's-new', subscribedTopicNames: both }),
  ),
  prepared(
    join,
    ask(
      'describe share groups',
      ['ShareGroupDescribe', 1],
      [group('describe', 's-a'), topic('describe'), topic('describe', 't-b'), group('read', 's-a')],
      () => ({ groupIds: ['s-a', 's-b', 's-none'], includeAuthorizedOperations: true }),
    ),
  ),
  prepared(
    join,
    ask('share fetch', ['ShareFetch', 2], [group('read', 's-a'), topic('read')], shareFetch),
  ),
  prepared(
    openSession,
    ask(
      'acknowledge with a share fetch',
      ['ShareFetch', 2],
      [group('read', 's-a'), topic('read')],
      (context) => ({
        ...shareFetch(context, []),
        ...sessionOf(context, 1),
        topics: acknowledged(context),
      }),
    ),
  ),
  prepared(
    openSession,
    ask(
      'share acknowledge',
      ['ShareAcknowledge', 2],
      [group('read', 's-a'), topic('read')],
      (context) => ({ ...sessionOf(context, 1), topics: acknowledged(context) }),
    ),
  ),
]

const groupsOfOffsets = ['o-a', 'o-b'] as const

const offsets: readonly AuthorizationCase[] = [
  prepared(
    setOffsets,
    ask(
      'describe share group offsets',
      ['DescribeShareGroupOffsets', 1],
      [group('describe', 'o-a'), topic('describe'), topic('describe', 'none')],
      () => ({
        groups: groupsOfOffsets.map((groupId) => ({
          groupId,
          topics: [...both, 'none'].map((topicName) => ({ topicName, partitions: [0] })),
        })),
      }),
    ),
  ),
  prepared(
    setOffsets,
    ask(
      'describe all share group offsets',
      ['DescribeShareGroupOffsets', 1],
      [group('describe', 'o-a'), topic('describe')],
      () => ({ groups: groupsOfOffsets.map((groupId) => ({ groupId, topics: null })) }),
    ),
  ),
  prepared(
    setOffsets,
    ask(
      'set share group offsets',
      ['AlterShareGroupOffsets', 0],
      [group('read', 'o-a'), topic('read'), topic('read', 'none'), group('alter-configs', 'o-a')],
      () => ({
        groupId: 'o-a',
        topics: [...both, 'none'].map((topicName) => ({
          topicName,
          partitions: [{ partitionIndex: 0, startOffset: 0 }],
        })),
      }),
    ),
  ),
  prepared(
    setOffsets,
    ask(
      'delete share group offsets',
      ['DeleteShareGroupOffsets', 0],
      [group('delete', 'o-a'), topic('read'), topic('read', 'none'), group('read', 'o-a')],
      () => ({
        groupId: 'o-a',
        topics: [...both, 'none'].map((topicName) => ({ topicName })),
      }),
    ),
  ),
  prepared(
    setOffsets,
    ask('delete share groups', ['DeleteGroups', 2], [group('delete', 'o-a')], () => ({
      groupsNames: groupsOfOffsets,
    })),
  ),
  prepared(
    setOffsets,
    ask(
      'list share groups',
      ['ListGroups', 5],
      [group('describe', 'o-a'), cluster('describe')],
      () => ({ statesFilter: [], typesFilter: ['share'] }),
    ),
  ),
]

const stateOf = <Partition>({ n, topicIds }: CaseContext, partition: Partition) => ({
  groupId: `p-${n}`,
  topics: [{ topicId: topicIds['t-a'], partitions: [partition] }],
})
const first = { partition: 0, leaderEpoch: 0, stateEpoch: 0, startOffset: 0 }

async function initialize(admin: Caller, context: CaseContext): Promise<void> {
  await until(async () => {
    const request = stateOf(context, first)
    const { results } = await answered(admin, 'InitializeShareGroupState', 0, request)
    return results[0]?.partitions[0]?.errorCode ?? -1
  })
}

const brokerRights = [cluster('cluster-action'), cluster('alter')]

const stored: readonly AuthorizationCase[] = [
  prepared(
    setOffsets,
    ask(
      'find share coordinators as a broker',
      ['FindCoordinator', 6],
      [cluster('cluster-action'), group('describe', 's-a')],
      ({ topicIds }) => ({ keyType: 2, coordinatorKeys: [`s-a:${topicIds['t-a']}:0`] }),
    ),
  ),
  ask('initialize share state', ['InitializeShareGroupState', 0], brokerRights, (context) =>
    stateOf(context, first),
  ),
  prepared(
    initialize,
    ask('read share state', ['ReadShareGroupState', 0], brokerRights, (context) =>
      stateOf(context, first),
    ),
  ),
  prepared(
    initialize,
    ask('write share state', ['WriteShareGroupState', 1], brokerRights, (context) =>
      stateOf(context, { ...first, deliveryCompleteCount: 0, stateBatches: [] }),
    ),
  ),
  prepared(
    initialize,
    ask('summarize share state', ['ReadShareGroupStateSummary', 1], brokerRights, (context) =>
      stateOf(context, first),
    ),
  ),
  prepared(
    initialize,
    ask('delete share state', ['DeleteShareGroupState', 0], brokerRights, (context) =>
      stateOf(context, first),
    ),
  ),
]

export const shareCases: readonly AuthorizationCase[] = [...members, ...offsets, ...stored]
