// --reset-offsets of kafka-consumer-groups, in parts kafka-streams-groups' too: which partitions, to which offsets.
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import { describeConsumerGroup, listConsumerGroups } from '../../client/groups.ts'
import { commitOffsets, committedOffsets, listOffsets, offsetTimes } from '../../client/offsets.ts'
import { byTopic, describeTopics, partitionKey, type TopicPartition } from '../../client/topics.ts'
import type { GroupCall as Call } from './group-options.ts'
import { dateTimeMs, durationMs } from './java-time.ts'
import { readTextFile, UsageError, type ToolCall } from './tool.ts'
import { parseTopicPartitions } from './topic-partitions.ts'

/** Where a partition is to go on. */
export interface NewOffset extends TopicPartition {
  readonly offset: number
}

/** A command line with the flags that say where to go on. */
export type ResetCall = ToolCall<
  | 'group'
  | 'to-offset'
  | 'to-earliest'
  | 'to-latest'
  | 'to-current'
  | 'to-datetime'
  | 'by-duration'
  | 'shift-by'
  | 'from-file'
>

/** Plans the reset of every group that was named, prints the plan, and with --execute commits it. */
export async function resetOffsets(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const groupIds = given.has('all-groups')
    ? (await listConsumerGroups(cluster)).map(({ groupId }) => groupId)
    : [...new Set(given.values('group'))]
  const plans = new Map<string, readonly NewOffset[]>()
  for (const groupId of groupIds) {
    const state = await stateOf(cluster, groupId)
    if (state === null || state === 'Empty' || state === 'Dead') {
      plans.set(groupId, await resetGroup(call, cluster, groupId))
    } else {
      await host.out(
        `\nError: Assignments can only be reset if the group '${groupId}' is inactive, but the current state is ${state}.\n`,
      )
      plans.set(groupId, [])
    }
  }
  await host.out(
    given.has('export') ? csvOf(plans, given.values('group').length === 1) : tableOf(plans),
  )
}

/** Null: there is no such group (yet). */
async function stateOf(cluster: Cluster, groupId: string): Promise<string | null> {
  try {
    return (await describeConsumerGroup(cluster, groupId)).state
  } catch (error) {
    if (error instanceof ClientError && error.errorName === 'GROUP_ID_NOT_FOUND') return null
    throw error
  }
}

async function resetGroup(
  call: Call,
  cluster: Cluster,
  groupId: string,
): Promise<readonly NewOffset[]> {
  const partitions = await partitionsToReset(call, cluster, groupId)
  await checkPartitions(cluster, partitions)
  const plan = await planOf(call, cluster, { groupId, partitions })
  if (call.options.has('execute')) await commitOffsets(cluster, groupId, plan)
  return plan
}

async function partitionsToReset(
  { options: given }: Call,
  cluster: Cluster,
  groupId: string,
): Promise<readonly TopicPartition[]> {
  if (given.has('all-topics')) return committedOffsets(cluster, groupId)
  const topics = given.values('topic')
  if (topics.length > 0) return partitionsNamed(cluster, topics)
  if (given.has('from-file')) return []
  throw new UsageError('One of the reset scopes should be defined: --all-topics, --topic.')
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

/** What to reset. */
export interface ResetScope {
  readonly groupId: string
  readonly partitions: readonly TopicPartition[]
}

/** Where the partitions are to go on. @throws UsageError when the command line does not say where */
export async function planOf(
  call: ResetCall,
  cluster: Cluster,
  scope: ResetScope,
): Promise<readonly NewOffset[]> {
  const { options: given, host } = call
  const { groupId, partitions } = scope
  if (given.has('to-offset')) {
    const offset = given.numberOf('to-offset')
    return withinLog(
      call,
      cluster,
      partitions.map((place) => ({ ...place, offset })),
    )
  }
  if (given.has('to-earliest')) return offsetsAt(cluster, partitions, offsetTimes.earliest)
  if (given.has('to-latest')) return offsetsAt(cluster, partitions, offsetTimes.latest)
  if (given.has('shift-by')) return shifted(call, cluster, scope)
  if (given.has('to-datetime')) {
    const timestamp = dateTimeMs(given.values('to-datetime')[0] ?? '')
    return offsetsFrom(call, cluster, partitions, timestamp)
  }
  if (given.has('by-duration')) {
    const timestamp = host.clock.nowMs() - durationMs(given.required('by-duration'))
    return offsetsFrom(call, cluster, partitions, timestamp)
  }
  if (given.has('from-file')) return fromFile(call, cluster, groupId)
  if (given.has('to-current')) return toCurrent(cluster, scope)
  throw new UsageError(
    "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [to-datetime], [by-duration], [to-earliest], [to-latest], [shift-by], [from-file], [to-current]]",
  )
}

/** The offsets at a special time. */
export async function offsetsAt(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<readonly NewOffset[]> {
  const answers = await listOffsets(
    cluster,
    partitions.map(({ topic, partition }) => ({ topic, partition, timestamp })),
  )
  return partitions.map(({ topic, partition }) => {
    const answer = answers.get(partitionKey(topic, partition))
    if (answer?.error !== null && answer !== undefined) throw answer.error
    return { topic, partition, offset: answer?.offset ?? 0 }
  })
}

/** The first offsets from a time on; the end where nothing is that young. */
async function offsetsFrom(
  { host }: ResetCall,
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<readonly NewOffset[]> {
  const found = await offsetsAt(cluster, partitions, timestamp)
  const late = found.filter(({ offset }) => offset < 0)
  for (const { topic, partition } of late) {
    await host.out(
      `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`,
    )
  }
  const ends = await offsetsAt(cluster, late, offsetTimes.latest)
  return [...found.filter(({ offset }) => offset >= 0), ...ends]
}

async function shifted(
  call: ResetCall,
  cluster: Cluster,
  scope: ResetScope,
): Promise<readonly NewOffset[]> {
  const by = call.options.numberOf('shift-by')
  const committed = await committedByKey(cluster, scope.groupId)
  const wanted = scope.partitions.map(({ topic, partition }) => {
    const key = partitionKey(topic, partition)
    const current = committed.get(key)
    if (current === undefined) {
      throw new UsageError(
        `Cannot shift offset for partition ${key} since there is no current committed offset`,
      )
    }
    return { topic, partition, offset: current + by }
  })
  return withinLog(call, cluster, wanted)
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

async function committedByKey(
  cluster: Cluster,
  groupId: string,
): Promise<ReadonlyMap<string, number>> {
  const offsets = await committedOffsets(cluster, groupId)
  return new Map(
    offsets.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]),
  )
}

/** Offsets moved into the log where they lie outside. */
async function withinLog(
  { host }: ResetCall,
  cluster: Cluster,
  wanted: readonly NewOffset[],
): Promise<readonly NewOffset[]> {
  const starts = await offsetsAt(cluster, wanted, offsetTimes.earliest)
  const ends = await offsetsAt(cluster, wanted, offsetTimes.latest)
  return wanted.map((place, index) => {
    const key = partitionKey(place.topic, place.partition)
    const start = starts[index]?.offset ?? 0
    const end = ends[index]?.offset ?? 0
    const warn = (relation: string, offset: number): NewOffset => {
      host.err(
        `WARN New offset (${place.offset}) is ${relation} offset for topic partition ${key}. Value will be set to ${offset}\n`,
      )
      return { ...place, offset }
    }
    if (place.offset > end) return warn('higher than latest', end)
    if (place.offset < start) return warn('lower than earliest', start)
    return place
  })
}

/** Lines of `topic,partition,offset`, or of `group,topic,partition,offset`. */
async function fromFile(
  call: ResetCall,
  cluster: Cluster,
  groupId: string,
): Promise<readonly NewOffset[]> {
  const { options: given, host } = call
  const text = readTextFile(host, given.required('from-file'))
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
    return []
  }
  return withinLog(call, cluster, wanted)
}

function tableOf(plans: ReadonlyMap<string, readonly NewOffset[]>): string {
  if (plans.size === 0) return '\n'
  const width = (texts: readonly string[]): number =>
    Math.max(15, ...texts.map(({ length }) => length))
  const groupColumns = width([...plans.keys()])
  const topicColumns = width([...plans.values()].flat().map(({ topic }) => topic))
  const line = (group: string, topic: string, partition: string, offset: string): string =>
    `\n${group.padEnd(groupColumns)} ${topic.padEnd(topicColumns)} ${partition.padEnd(10)} ${offset}`
  const rows = [...plans].flatMap(([groupId, plan]) =>
    plan.map(({ topic, partition, offset }) =>
      line(groupId, topic, String(partition), String(offset)),
    ),
  )
  return `${[line('GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'), ...rows].join('')}\n`
}

/** Lines of `topic,partition,offset`; the group in front unless there is but one. */
export function csvOf(plans: ReadonlyMap<string, readonly NewOffset[]>, isSingle: boolean): string {
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
