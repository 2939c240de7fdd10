// Share groups (KIP-932) and streams groups (KIP-1071) of a data directory: a member of each joins, gets
// what it is to have and leaves, so that every kind of record is there; and what is seen of them.
import { setTimeout as sleep } from 'node:timers/promises'
import { WireClient } from '../support/wire-client.ts'

const memberId = 'EEEEEEEEEEEEEEEEEEEEEQ'
const attemptsMax = 200
const pauseMs = 50

/** Asks again until the answer is there: coordinators load, internal topics are made. */
async function until<T>(ask: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask()
    if (isThere(answer)) return answer
    if (attempt === attemptsMax) throw new Error(`still ${JSON.stringify(answer)}`)
    await sleep(pauseMs)
  }
}

/** Makes `share-<round>` and `streams-<round>` over the topic. */
export async function applyModernGroups(
  bootstrap: string,
  round: string,
  topic: string,
): Promise<void> {
  const wire = await WireClient.open(bootstrap)
  try {
    await joinShare(wire, `share-${round}`, topic)
    await joinStreams(wire, `streams-${round}`, topic)
  } finally {
    wire.end()
  }
}

async function joinShare(wire: WireClient, groupId: string, topic: string): Promise<void> {
  let memberEpoch = 0
  await until(
    async () => {
      const subscribedTopicNames = memberEpoch === 0 ? [topic] : null
      const request = { groupId, memberId, memberEpoch, subscribedTopicNames }
      const answer = await wire.call('ShareGroupHeartbeat', 1, request)
      if (answer.errorCode === 0) memberEpoch = answer.memberEpoch
      return answer
    },
    ({ errorCode, assignment }) => errorCode === 0 && (assignment?.topicPartitions.length ?? 0) > 0,
  )
  const leave = { groupId, memberId, memberEpoch: -1, subscribedTopicNames: null }
  await wire.call('ShareGroupHeartbeat', 1, leave)
}

async function joinStreams(wire: WireClient, groupId: string, topic: string): Promise<void> {
  const changelog = {
    ...{ name: `${groupId}-changelog`, partitions: 0, replicationFactor: 0 },
    topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }],
  }
  const topology = {
    epoch: 0,
    subtopologies: [
      {
        ...{ subtopologyId: '0', sourceTopics: [topic], sourceTopicRegex: [] },
        ...{ stateChangelogTopics: [changelog], repartitionSinkTopics: [] },
        ...{ repartitionSourceTopics: [], copartitionGroups: [] },
      },
    ],
  }
  const noTasks = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
  const joining = { topology, ...noTasks, processId: 'process', rebalanceTimeoutMs: 60_000 }
  const base = { groupId, memberId, endpointInformationEpoch: 0 }
  let memberEpoch = 0
  await until(
    async () => {
      const more = memberEpoch === 0 ? joining : {}
      const request = { ...base, memberEpoch, ...more }
      const answer = await wire.call('StreamsGroupHeartbeat', 0, request)
      if (answer.errorCode === 0) memberEpoch = answer.memberEpoch
      return answer
    },
    ({ errorCode, activeTasks }) => errorCode === 0 && (activeTasks?.length ?? 0) > 0,
  )
  await wire.call('StreamsGroupHeartbeat', 0, { ...base, memberEpoch: -1 })
}

/** What is described of them, without what is the member's of the moment. */
export async function readModernGroups(bootstrap: string): Promise<unknown> {
  const wire = await WireClient.open(bootstrap)
  try {
    const types = ['share', 'streams']
    const listed = await wire.call('ListGroups', 5, { statesFilter: [], typesFilter: types })
    const idsOf = (type: string) =>
      listed.groups
        .flatMap(({ groupId, groupType }) => (groupType === type ? [groupId] : []))
        .sort()
    const groupsOf = (groupIds: string[]) => ({ groupIds, includeAuthorizedOperations: false })
    const share = await wire.call('ShareGroupDescribe', 1, groupsOf(idsOf('share')))
    const offsets = await wire.call('DescribeShareGroupOffsets', 0, {
      groups: idsOf('share').map((groupId) => ({ groupId, topics: null })),
    })
    const streams = await wire.call('StreamsGroupDescribe', 0, groupsOf(idsOf('streams')))
    return {
      share: byId(share.groups),
      offsets: byId(offsets.groups),
      // Sized only once a member has been heard of.
      streams: byId(streams.groups).map(({ topology, ...group }) => ({
        ...group,
        sources: topology?.subtopologies?.map(({ sourceTopics }) => sourceTopics),
      })),
    }
  } finally {
    wire.end()
  }
}

/** Apache Kafka answers in an order of its own. */
function byId<T extends { readonly groupId: string }>(groups: readonly T[]): T[] {
  return [...groups].sort((a, b) => a.groupId.localeCompare(b.groupId))
}
