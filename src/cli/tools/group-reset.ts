// --reset-offsets of kafka-consumer-groups and kafka-streams-groups: groups without members, one after the other.
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import { commitOffsets, offsetTimes } from '../../client/offsets.ts'
import { byTopic, describeTopics, partitionKey, type TopicPartition } from '../../client/topics.ts'
import {
  committedByKey,
  offsetsAt,
  plannedOffsets,
  type NewOffset,
  type ResetCall,
  type ResetManner,
  type ResetScope,
} from './reset-plan.ts'
import { UsageError, type ToolCall } from './tool.ts'
import { parseTopicPartitions } from './topic-partitions.ts'

/** A command line of --reset-offsets. */
export type GroupResetCall = ResetCall & ToolCall<'group' | 'to-current' | 'execute' | 'export'>

/** What is particular to a type of groups. */
export interface GroupReset {
  readonly groupIds: readonly string[]
  /** @throws ClientError GROUP_ID_NOT_FOUND */
  readonly describe: (groupId: string) => Promise<{ readonly state: string }>
  /** What is to be reset of a group. */
  readonly partitionsOf: (groupId: string) => Promise<readonly TopicPartition[]>
  /** Called when the offsets of a group that there was are committed. */
  readonly onCommitted?: (groupId: string) => Promise<void>
  /** How wide the columns of the result are. */
  readonly widths: (plans: Plans) => readonly number[]
}

/** What becomes of each group. */
export type Plans = ReadonlyMap<string, readonly NewOffset[]>

/** Plans the reset of every group, prints the plan, and with --execute commits it. */
export async function resetOffsets(
  call: GroupResetCall,
  cluster: Cluster,
  reset: GroupReset,
): Promise<void> {
  const { options: given, host } = call
  const plans = new Map<string, readonly NewOffset[]>()
  for (const groupId of reset.groupIds) {
    const state = await stateOf(groupId, reset)
    if (state === null || state === 'Empty' || state === 'Dead') {
      const partitions = await reset.partitionsOf(groupId)
      const plan = await planOf(call, cluster, { groupId, partitions })
      plans.set(groupId, plan)
      if (!given.has('execute')) continue
      await commitOffsets(cluster, groupId, plan)
      if (state !== null) await reset.onCommitted?.(groupId)
    } else {
      await host.out(
        `\nError: Assignments can only be reset if the group '${groupId}' is inactive, but the current state is ${state}.\n`,
      )
      plans.set(groupId, [])
    }
  }
  const isSingle = given.values('group').length === 1
  await host.out(given.has('export') ? csvOf(plans, isSingle) : tableOf(plans, reset.widths(plans)))
}

/** Null: there is no such group (yet). */
async function stateOf(groupId: string, { describe }: GroupReset): Promise<string | null> {
  try {
    return (await describe(groupId)).state
  } catch (error) {
    if (error instanceof ClientError && error.errorName === 'GROUP_ID_NOT_FOUND') return null
    throw error
  }
}

/** The partitions of `topic:0,1`, and all of a `topic`. @throws ClientError where one is unknown */
export async function partitionsNamed(
  cluster: Cluster,
  topics: readonly string[],
): Promise<readonly TopicPartition[]> {
  const partitions: TopicPartition[] = []
  for (const text of topics.filter((topic) => topic.includes(':'))) {
    partitions.push(...parseTopicPartitions(text))
  }
  const whole = topics.filter((topic) => !topic.includes(':'))
  for (const { name, partitions: all } of await describeTopics(cluster, whole)) {
    for (const { partition } of all) partitions.push({ topic: name, partition })
  }
  return partitions
}

/** Refuses partitions that there are not, or that nobody leads. @throws ClientError */
export async function checkPartitions(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const topics = await describeTopics(cluster, [...byTopic(partitions).keys()])
  const leaders = new Map(
    topics.flatMap((topic) =>
      topic.partitions.map(
        ({ partition, leader }) => [partitionKey(topic.name, partition), leader] as const,
      ),
    ),
  )
  const keys = partitions.map(({ topic, partition }) => partitionKey(topic, partition))
  const unknown = keys.filter((key) => !leaders.has(key))
  if (unknown.length > 0) {
    throw new ClientError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `The partitions "${unknown.join(',')}" do not exist`,
    )
  }
  const leaderless = keys.filter((key) => (leaders.get(key) ?? -1) < 0)
  if (leaderless.length > 0) {
    throw new ClientError(
      'LEADER_NOT_AVAILABLE',
      `The partitions "${leaderless.join(',')}" have no leader`,
    )
  }
}

/** Where the partitions are to go on. @throws UsageError when the command line does not say where */
async function planOf(
  call: GroupResetCall,
  cluster: Cluster,
  scope: ResetScope,
): Promise<readonly NewOffset[]> {
  const plan = await plannedOffsets(call, cluster, scope, groupManner(call))
  if (plan !== null) return plan
  if (call.options.has('to-current')) return toCurrent(cluster, scope)
  throw new UsageError(
    "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [to-datetime], [by-duration], [to-earliest], [to-latest], [shift-by], [from-file], [to-current]]",
  )
}

function groupManner(call: GroupResetCall): ResetManner {
  const { host } = call
  return {
    outside: ({ topic, partition, offset }, how, instead) => {
      host.err(
        `WARN New offset (${offset}) is ${how} offset for topic partition ${partitionKey(topic, partition)}. Value will be set to ${instead}\n`,
      )
      return Promise.resolve()
    },
    countsEdges: false,
    late: ({ topic, partition }) =>
      host.out(
        `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`,
      ),
    uncommitted: ({ topic, partition }) => {
      throw new UsageError(
        `Cannot shift offset for partition ${partitionKey(topic, partition)} since there is no current committed offset`,
      )
    },
    read: (text, { groupId }) => planInFile(call, text, groupId),
  }
}

async function toCurrent(cluster: Cluster, scope: ResetScope): Promise<readonly NewOffset[]> {
  const committed = await committedByKey(cluster, scope.groupId)
  const current: NewOffset[] = []
  const without: TopicPartition[] = []
  for (const { topic, partition } of scope.partitions) {
    const offset = committed.get(partitionKey(topic, partition))
    if (offset === undefined) without.push({ topic, partition })
    else current.push({ topic, partition, offset })
  }
  return [...current, ...(await offsetsAt(cluster, without, offsetTimes.latest))]
}

/** Lines of `topic,partition,offset`, or of `group,topic,partition,offset`. */
async function planInFile(
  { options: given, host }: GroupResetCall,
  text: string,
  groupId: string,
): Promise<readonly NewOffset[]> {
  const isSingle = given.values('group').length === 1
  const wanted: NewOffset[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const cells = line
      .trim()
      .split(',')
      .map((cell) => cell.trim().replace(/^"|"$/g, ''))
    const [offset, partition, topic, group] = cells.reverse()
    const isNumber = (cell: string | undefined): boolean => /^-?\d+$/.test(cell ?? '')
    if (topic === undefined || !isNumber(partition) || !isNumber(offset)) {
      throw new Error(`Cannot read the reset plan: ${line}`)
    }
    const owner = group ?? (isSingle ? given.values('group')[0] : undefined)
    if (owner === groupId) {
      wanted.push({ topic, partition: Number(partition), offset: Number(offset) })
    }
  }
  if (wanted.length === 0) {
    await host.out(`\nError: No reset plan for group ${groupId} found\n`)
  }
  return wanted
}

function tableOf(plans: Plans, widths: readonly number[]): string {
  if (plans.size === 0) return '\n'
  const line = (...cells: readonly (string | number)[]): string =>
    `\n${cells.map((cell, index) => String(cell).padEnd(widths[index] ?? 0)).join(' ')}`
  const rows = [...plans].flatMap(([groupId, plan]) =>
    plan.map(({ topic, partition, offset }) => line(groupId, topic, partition, offset)),
  )
  return `${[line('GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'), ...rows].join('')}\n`
}

/** Lines of `topic,partition,offset`; the group in front unless there is but one. */
function csvOf(plans: Plans, isSingle: boolean): string {
  const lines = [...plans].flatMap(([groupId, plan]) =>
    plan.map(({ topic, partition, offset }) =>
      [...(isSingle ? [] : [csvCell(groupId)]), csvCell(topic), partition, offset].join(','),
    ),
  )
  return `${lines.map((line) => `${line}\n`).join('')}\n`
}

function csvCell(text: string): string {
  return /[",\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
