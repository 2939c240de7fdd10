// kafka-streams-groups: lists, describes, resets and deletes streams groups (KIP-1071).
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import { deleteGroup, listGroups } from '../../client/groups.ts'
import { committedOffsets, offsetTimes } from '../../client/offsets.ts'
import { describeStreamsGroup, type StreamsGroupDescription } from '../../client/streams-groups.ts'
import {
  compareText,
  deleteTopics,
  partitionKey,
  type TopicPartition,
} from '../../client/topics.ts'
import { removeGroupOffsets } from './group-delete-offsets.ts'
import { checkPartitions, partitionsNamed, resetOffsets } from './group-reset.ts'
import { failureLines, groupIdsOf, printGroups, runGroupTool } from './group-tool.ts'
import { offsetsAt } from './reset-plan.ts'
import {
  checkStreamsArguments,
  streamsGroupOptions as options,
  type StreamsCall as Call,
} from './streams-group-options.ts'
import {
  printStreamsMembers,
  printStreamsOffsets,
  printStreamsStates,
  type StreamsOffset,
} from './streams-group-tables.ts'
import { isInternalTopic } from './streams-topics.ts'
import { beginTool, javaText, UsageError } from './tool.ts'
import type { Tool, ToolHost } from './tool.ts'

const summary =
  'This tool helps to list all streams groups, describe a streams group, delete streams group info, or reset streams group offsets.'

export const tool: Tool = { name: 'kafka-streams-groups', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call: Call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  checkStreamsArguments(call)
  return runGroupTool(call, { type: 'streams', isStrict: true }, (cluster) => act(call, cluster))
}

function act(call: Call, cluster: Cluster): Promise<void> {
  const { options: given } = call
  if (given.has('list')) return printGroups(call, cluster, { type: 'streams', states })
  if (given.has('describe')) return describe(call, cluster)
  if (given.has('delete')) return removeGroups(call, cluster)
  return given.has('reset-offsets') ? reset(call, cluster) : removeOffsets(call, cluster)
}

const states = ['Empty', 'NotReady', 'Stable', 'Assigning', 'Reconciling', 'Dead'] as const

const listStreamsGroups = (cluster: Cluster) => listGroups(cluster, { types: ['streams'] })

async function describe(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const verbose = given.has('verbose')
  for (const groupId of await groupIdsOf(call, () => listStreamsGroups(cluster))) {
    const group = await describeStreamsGroup(cluster, groupId)
    if (given.has('members')) await printStreamsMembers(host, group, verbose)
    else if (given.has('state')) await printStreamsStates(host, group, verbose)
    else await printStreamsOffsets(host, group, await offsetsOf(cluster, group), verbose)
  }
}

/** The partitions that members read from, with what they have read of them. */
async function offsetsOf(
  cluster: Cluster,
  group: StreamsGroupDescription,
): Promise<readonly StreamsOffset[]> {
  const partitions = sourcePartitions(group)
  const starts = await offsetsAt(cluster, partitions, offsetTimes.earliest)
  const ends = await offsetsAt(cluster, partitions, offsetTimes.latest)
  const committed = new Map(
    (await committedOffsets(cluster, group.groupId)).map((item) => [
      partitionKey(item.topic, item.partition),
      item,
    ]),
  )
  return partitions.map(({ topic, partition }, index) => {
    const found = committed.get(partitionKey(topic, partition))
    const end = ends[index]?.offset ?? 0
    return {
      topic,
      partition,
      current: found?.offset ?? null,
      leaderEpoch: found === undefined || found.leaderEpoch < 0 ? null : found.leaderEpoch,
      end,
      lag: end - (found?.offset ?? starts[index]?.offset ?? 0),
    }
  })
}

/** What the members' active tasks read, in order. */
export function sourcePartitions(group: StreamsGroupDescription): readonly TopicPartition[] {
  const topicsOf = new Map(
    group.subtopologies.map((part) => [
      part.subtopologyId,
      [...part.sourceTopics, ...part.repartitionSourceTopics],
    ]),
  )
  const found = new Map<string, TopicPartition>()
  for (const { subtopologyId, partitions } of group.members.flatMap(
    ({ assignment }) => assignment.activeTasks,
  )) {
    const topics = topicsOf.get(subtopologyId)
    if (topics === undefined) {
      throw new Error(`Subtopology ${subtopologyId} not found in group description!`)
    }
    for (const topic of topics) {
      for (const partition of partitions) {
        found.set(partitionKey(topic, partition), { topic, partition })
      }
    }
  }
  return [...found.values()].sort(
    (left, right) => compareText(left.topic, right.topic) || left.partition - right.partition,
  )
}

/** The group's internal topics; one whose name is no such name is left out, and named. */
async function internalTopics(
  { host }: Call,
  cluster: Cluster,
  groupId: string,
): Promise<readonly string[]> {
  const { subtopologies } = await describeStreamsGroup(cluster, groupId)
  const sources = new Set(subtopologies.flatMap(({ sourceTopics }) => sourceTopics))
  const topics = subtopologies
    .flatMap((part) => [...part.repartitionSourceTopics, ...part.stateChangelogTopics])
    .filter((topic) => !sources.has(topic))
  for (const topic of topics.filter((name) => !isInternalTopic(name, groupId))) {
    await host.out(
      `\nError: The internal topic '${topic}' is not inferred as internal and thus will not be deleted with the group '${groupId}'.\n`,
    )
  }
  return [...new Set(topics.filter((topic) => isInternalTopic(topic, groupId)))]
}

/** Why groups cannot be deleted, by id. */
async function refusals(
  cluster: Cluster,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const listed = await listStreamsGroups(cluster)
  const known = new Map(listed.map(({ groupId, state }) => [groupId, state]))
  const found = new Map<string, string>()
  for (const groupId of groupIds) {
    const state = known.get(groupId)
    if (state === undefined) {
      const text = `Group '${groupId}' does not exist or is not a streams group.`
      found.set(groupId, `java.lang.IllegalArgumentException: ${text}`)
    } else if (state === 'Dead') {
      const text = `Streams group '${groupId}' group state is DEAD.`
      found.set(groupId, `java.lang.IllegalStateException: ${text}`)
    } else if (state !== 'Empty') {
      const text = `Streams group '${groupId}' is not EMPTY.`
      found.set(groupId, `org.apache.kafka.common.errors.GroupNotEmptyException: ${text}`)
    }
  }
  return found
}

async function removeGroups(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const groupIds = await groupIdsOf(call, () => listStreamsGroups(cluster))
  const failed = new Map(await refusals(cluster, groupIds))
  const done: string[] = []
  const topicsOf = new Map<string, readonly string[]>()
  const topicFailures = new Map<string, string>()
  for (const groupId of groupIds.filter((id) => !failed.has(id))) {
    try {
      const topics = given.has('delete-all-internal-topics')
        ? await internalTopics(call, cluster, groupId)
        : []
      if (topics.length > 0) topicsOf.set(groupId, topics)
      await deleteGroup(cluster, groupId)
      done.push(groupId)
    } catch (error) {
      failed.set(groupId, javaText(error))
    }
  }
  for (const groupId of done) {
    await deleteTopics(cluster, topicsOf.get(groupId) ?? []).catch((error: unknown) => {
      topicFailures.set(groupId, javaText(error))
    })
  }
  const names = `'${done.join("', '")}'`
  if (failed.size === 0) {
    await host.out(`Deletion of requested streams groups (${names}) was successful.\n`)
  } else {
    await host.out(`\nError: Deletion of some streams groups failed:\n${failureLines(failed)}`)
    if (done.length > 0) {
      await host.out(`\nThese streams groups were deleted successfully: ${names}.\n`)
    }
  }
  if (topicsOf.size > 0 && done.length > 0) {
    const owners = done.filter((groupId) => topicsOf.has(groupId))
    await host.out(topicsOutcome(owners, topicFailures))
  }
}

function topicsOutcome(owners: readonly string[], failures: ReadonlyMap<string, string>): string {
  if (failures.size === 0) {
    return `Deletion of associated internal topics of the streams groups ('${owners.join("', '")}') was successful.\n`
  }
  const lines = [...failures].map(
    ([groupId, why]) =>
      `* Internal topics of the streams group '${groupId}' could not be deleted due to: ${why}\n`,
  )
  return `Deletion of some associated internal topics failed:\n${lines.join('')}`
}

async function reset(call: Call, cluster: Cluster): Promise<void> {
  await resetOffsets(call, cluster, {
    groupIds: await groupIdsOf(call, () => listStreamsGroups(cluster)),
    describe: (groupId) => describeStreamsGroup(cluster, groupId),
    partitionsOf: (groupId) => partitionsToReset(call, cluster, groupId),
    onCommitted: (groupId) => removeTopics(call, cluster, groupId),
    widths: () => [30, 30, 10, 15],
  })
}

async function partitionsToReset(
  { options: given, host }: Call,
  cluster: Cluster,
  groupId: string,
): Promise<readonly TopicPartition[]> {
  if (given.has('all-input-topics')) return inputPartitions(cluster, groupId)
  if (given.has('input-topic')) {
    const partitions = await partitionsNamed(cluster, given.values('input-topic'))
    await checkPartitions(cluster, partitions)
    const committed = await committedOffsets(cluster, groupId)
    const known = new Set(committed.map(({ topic, partition }) => partitionKey(topic, partition)))
    if (partitions.every(({ topic, partition }) => known.has(partitionKey(topic, partition)))) {
      return partitions
    }
    await host.out(`\nError: One or more topics are not part of the group '${groupId}'.\n`)
    return []
  }
  if (given.has('from-file')) return []
  throw new UsageError('One of the reset scopes should be defined: --all-topics, --topic.')
}

/** The partitions of input topics that have committed offsets. */
async function inputPartitions(
  cluster: Cluster,
  groupId: string,
): Promise<readonly TopicPartition[]> {
  const { subtopologies } = await describeStreamsGroup(cluster, groupId)
  const sources = new Set(subtopologies.flatMap(({ sourceTopics }) => sourceTopics))
  return (await committedOffsets(cluster, groupId)).filter(({ topic }) => sources.has(topic))
}

async function removeTopics(call: Call, cluster: Cluster, groupId: string): Promise<void> {
  const { options: given, host } = call
  const topics = given.has('delete-all-internal-topics')
    ? await internalTopics(call, cluster, groupId)
    : given.values('delete-internal-topic')
  try {
    await deleteTopics(cluster, topics)
  } catch (error) {
    const isUnknown =
      error instanceof ClientError && error.errorName === 'UNKNOWN_TOPIC_OR_PARTITION'
    const why = isUnknown ? 'because the topics do not exist.' : `due to ${javaText(error)}`
    await host.out(`\nError: Deleting internal topics for group '${groupId}' failed ${why}\n`)
  }
}

async function removeOffsets({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const groupId = given.required('group')
  const partitions = given.has('all-input-topics') ? await inputPartitions(cluster, groupId) : []
  const topics = given.has('all-input-topics') ? [] : given.values('input-topic')
  await removeGroupOffsets(host, cluster, { groupId, partitions, topics })
}
