// Authorization of streams groups (KIP-1071): every heartbeat makes a group of its own, whose topology
// reads `t-a` and needs a changelog topic that is not there yet; `streams-a` is there to be described.
import {
  answered,
  ask,
  both,
  cluster,
  group,
  numbered,
  prepared,
  topic,
  until,
} from './authorization-case.ts'
import type { AuthorizationCase, Caller, CaseContext, Right } from './authorization-case.ts'

const internal = (name: string) => ({
  name,
  partitions: 0,
  replicationFactor: 0,
  topicConfigs: [],
})

const reading = (sourceTopics: readonly string[], changelogs: readonly string[] = []) => ({
  epoch: 0,
  subtopologies: [
    {
      subtopologyId: '0',
      sourceTopics,
      sourceTopicRegex: [],
      stateChangelogTopics: changelogs.map(internal),
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    },
  ],
})

function joining(groupId: string, topology: ReturnType<typeof reading>) {
  return {
    ...{ groupId, memberId: 'DDDDDDDDDDDDDDDDDDDDDQ', memberEpoch: 0 },
    ...{ endpointInformationEpoch: 0, rebalanceTimeoutMs: 60_000, processId: 'process', topology },
    ...{ activeTasks: [], standbyTasks: [], warmupTasks: [] },
  }
}

const ownGroup = ({ n }: CaseContext): Right => ({
  type: 'group',
  operation: 'read',
  name: `streams-${n}`,
})

async function join(admin: Caller): Promise<void> {
  await until(async () => {
    const request = joining('streams-a', reading(both))
    const { errorCode } = await answered(admin, 'StreamsGroupHeartbeat', 0, request)
    return errorCode
  })
}

export const streamsCases: readonly AuthorizationCase[] = [
  ask(
    'streams group heartbeat',
    ['StreamsGroupHeartbeat', 0],
    [ownGroup, topic('describe'), topic('describe', 't-b')],
    ({ n }) => joining(`streams-${n}`, reading(both)),
  ),
  ask(
    'streams group heartbeat that creates',
    ['StreamsGroupHeartbeat', 0],
    [
      ownGroup,
      topic('describe'),
      numbered('describe', 'changelog'),
      numbered('create', 'changelog'),
      cluster('create'),
    ],
    ({ n }) => joining(`streams-${n}`, reading(['t-a'], [`changelog-${n}`])),
  ),
  prepared(
    join,
    ask(
      'describe streams groups',
      ['StreamsGroupDescribe', 0],
      [
        group('describe', 'streams-a'),
        topic('describe'),
        topic('describe', 't-b'),
        group('read', 'streams-a'),
      ],
      () => ({ groupIds: ['streams-a', 'streams-none'], includeAuthorizedOperations: true }),
    ),
  ),
]
