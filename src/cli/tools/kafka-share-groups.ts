// kafka-share-groups: lists, describes, resets and deletes share groups (KIP-932).
import type { Cluster } from '../../client/cluster.ts'
import { deleteGroup, listGroups } from '../../client/groups.ts'
import { listOffsets, offsetTimes } from '../../client/offsets.ts'
import {
  alterShareOffsets,
  deleteShareOffsets,
  describeShareGroup,
  shareGroupOffsets,
} from '../../client/share-groups.ts'
import { describeTopics, partitionKey, type TopicPartition } from '../../client/topics.ts'
import { dateTimeMs } from './java-time.ts'
import { OptionsRefused, type OptionTable } from './options.ts'
import { printShareMembers, printShareOffsets, printShareStates } from './share-group-tables.ts'
import { parseTopicPartitions } from './topic-partitions.ts'
import {
  beginTool,
  javaText,
  quoted,
  readPropertiesFile,
  ToolExit,
  UsageError,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to list, describe, reset and delete share groups.'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: the brokers to connect to.',
    value: 'server to connect to',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command config property file',
  },
  group: { text: 'A share group; may be repeated.', value: 'share group' },
  'all-groups': { text: 'All share groups.' },
  topic: {
    text: "A topic, or with partitions 'topic:0,1,2', for --reset-offsets and --delete-offsets; may be repeated.",
    value: 'topic',
  },
  'all-topics': { text: 'All topics of the group, with --reset-offsets.' },
  list: { text: 'List all share groups.' },
  describe: { text: 'Describe groups: offsets, or --members, or --state.' },
  delete: { text: 'Delete groups that have no members.' },
  'delete-offsets': { text: 'Forget topics of a group without members.' },
  'reset-offsets': { text: 'Move the offsets of a group without members.' },
  'dry-run': { text: 'With --reset-offsets: only show the result.' },
  execute: { text: 'With --reset-offsets: do it.' },
  'to-earliest': { text: 'Reset to the beginning.' },
  'to-latest': { text: 'Reset to the end.' },
  'to-datetime': {
    text: "Reset to the first record from then on: 'YYYY-MM-DDThh:mm:ss.sss'.",
    value: 'datetime',
  },
  timeout: {
    text: 'How long to wait for answers.',
    value: 'timeout (ms)',
    type: 'long',
    fallback: '30000',
  },
  offsets: { text: 'Describe offsets (the default).', onlyWith: ['describe'] },
  members: { text: 'Describe the members.', onlyWith: ['describe'] },
  state: {
    text: 'Describe the state; with --list: show states, or list groups in these states.',
    value: '',
    optionalValue: true,
    onlyWith: ['describe', 'list'],
  },
  verbose: { text: 'Describe in more columns.', onlyWith: ['describe'] },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-share-groups', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  checkArguments(call)
  const { options: given } = call
  const config = given.value('command-config')
  const properties = config === undefined ? new Map() : readPropertiesFile(host, config)
  const request = {
    bootstrap: given.required('bootstrap-server'),
    properties,
    apiTimeoutMs: given.numberOf('timeout'),
  }
  try {
    await withCluster(host, request, (cluster) => act(call, cluster))
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (error instanceof UsageError || error instanceof OptionsRefused) call.usage(error.message)
    const text = javaText(error)
    await host.out(`\nError: Executing share group command failed due to ${text}\n`)
    host.err(`${text}\n`)
  }
  // Kafka's tool reports failures of the cluster in its output, not by its exit code.
  return 0
}

function act(call: Call, cluster: Cluster): Promise<void> {
  const { options: given } = call
  if (given.has('list')) return list(call, cluster)
  if (given.has('describe')) return describe(call, cluster)
  if (given.has('delete')) return removeGroups(call, cluster)
  return given.has('reset-offsets') ? resetOffsets(call, cluster) : removeOffsets(call, cluster)
}

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets'] as const
const scenarios = ['to-datetime', 'to-earliest', 'to-latest'] as const

function checkArguments(call: Call): void {
  const { options: given } = call
  call.require('bootstrap-server')
  const scopes = `${quoted('all-groups')}, ${quoted('group')}`
  for (const action of ['describe', 'delete'] as const) {
    if (given.has(action) && !given.has('group') && !given.has('all-groups')) {
      call.usage(`Option ${quoted(action)} takes one of these options: ${scopes}`)
    }
  }
  if (given.has('describe') && given.has('state') && given.value('state') !== undefined) {
    call.usage(`Option ${quoted('describe')} does not take a value for ${quoted('state')}`)
  }
  if (given.has('reset-offsets')) checkReset(call)
  if (given.has('delete-offsets')) {
    if (!(given.has('group') && given.has('topic'))) {
      const both = `${quoted('group')}, ${quoted('topic')}`
      call.usage(`Option ${quoted('delete-offsets')} takes the following options: ${both}`)
    }
  }
  call.forbid('group', 'all-groups', 'list')
  if (actions.filter((action) => given.has(action)).length !== 1) {
    const all = actions.map((action) => `--${action}`).join(', ')
    call.usage(`Command must include exactly one action: ${all}`)
  }
}

function checkReset(call: Call): void {
  const { options: given } = call
  const action = `Option ${quoted('reset-offsets')}`
  if (given.has('dry-run') === given.has('execute')) {
    const both = `${quoted('execute')} ${given.has('execute') ? 'and' : 'or'} ${quoted('dry-run')}`
    call.usage(
      `${action} ${given.has('execute') ? 'only accepts one of' : 'takes the option:'} ${both}`,
    )
  }
  if (!given.has('group')) call.usage(`${action} takes the option: ${quoted('group')}`)
  call.requireOneOf(...scenarios)
  call.requireOneOf('topic', 'all-topics')
}

const states = ['Empty', 'Stable', 'Dead'] as const

async function list({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const wanted = (given.value('state') ?? '').split(',').filter((text) => text !== '')
  const names = wanted.map((text) => {
    const found = states.find((state) => state.toLowerCase() === text.trim().toLowerCase())
    if (found !== undefined) return found
    throw new UsageError(
      `Invalid state list '${given.value('state')}'. Valid states are: ${states.join(', ')}`,
    )
  })
  const groups = await listGroups(cluster, { types: ['share'], states: names })
  const width = Math.max(15, ...groups.map(({ groupId }) => groupId.length))
  const line = (group: string, state: string): string =>
    given.has('state') ? `${group.padEnd(width)} ${state}\n` : `${group}\n`
  if (given.has('state')) await host.out(line('GROUP', 'STATE'))
  for (const { groupId, state } of groups) await host.out(line(groupId, state || 'Unknown'))
}

async function groupIdsOf({ options: given }: Call, cluster: Cluster): Promise<readonly string[]> {
  if (!given.has('all-groups')) return [...new Set(given.values('group'))]
  return (await listGroups(cluster, { types: ['share'] })).map(({ groupId }) => groupId)
}

async function describe(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const verbose = given.has('verbose')
  for (const groupId of await groupIdsOf(call, cluster)) {
    const group = await describeShareGroup(cluster, groupId)
    if (given.has('members')) await printShareMembers(host, group, verbose)
    else if (given.has('state')) await printShareStates(host, group, verbose)
    else await printShareOffsets(host, groupId, await shareGroupOffsets(cluster, groupId), verbose)
  }
}

async function removeGroups(call: Call, cluster: Cluster): Promise<void> {
  const { host } = call
  const known = new Set(
    (await listGroups(cluster, { types: ['share'] })).map(({ groupId }) => groupId),
  )
  const done: string[] = []
  const failed: string[] = []
  for (const groupId of await groupIdsOf(call, cluster)) {
    try {
      if (!known.has(groupId)) {
        throw new Error(
          `java.lang.IllegalArgumentException: Group '${groupId}' is not a share group.`,
        )
      }
      const { state } = await describeShareGroup(cluster, groupId)
      if (state !== 'Empty') {
        throw new Error(
          `org.apache.kafka.common.errors.GroupNotEmptyException: Share group '${groupId}' is not EMPTY.`,
        )
      }
      await deleteGroup(cluster, groupId)
      done.push(`'${groupId}'`)
    } catch (error) {
      failed.push(`* Group '${groupId}' could not be deleted due to: ${javaText(error)}`)
    }
  }
  if (failed.length === 0) {
    await host.out(`Deletion of requested share groups (${done.join(', ')}) was successful.\n`)
    return
  }
  await host.out(`\nError: Deletion of some share groups failed:\n${failed.join('\n')}\n`)
  if (done.length > 0) {
    await host.out(`\nThese share groups were deleted successfully: ${done.join(', ')}\n`)
  }
}

async function removeOffsets({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const topics = given.values('topic')
  const outcome = await deleteShareOffsets(cluster, given.required('group'), topics)
  const width = Math.max(15, ...outcome.map(({ topic }) => topic.length))
  await host.out(`\n${'TOPIC'.padEnd(width)} STATUS\n`)
  for (const { topic, error } of outcome) {
    const status = error === null ? 'Successful' : `Error: ${error.message}`
    await host.out(`${topic.padEnd(width)} ${status}\n`)
  }
}

async function resetOffsets(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const groupId = given.required('group')
  const { state } = await describeShareGroup(cluster, groupId)
  if (state !== 'Empty' && state !== 'Dead') {
    return host.out(
      `\nError: Share group '${groupId}' is not empty. Only inactive groups may be reset.\n`,
    )
  }
  const timestamp = timestampOf(given)
  const partitions = await partitionsToReset(call, cluster, groupId)
  const offsetsAt = (time: number) =>
    listOffsets(
      cluster,
      partitions.map((partition) => ({ ...partition, timestamp: time })),
    )
  // Where no record is as late as that: the end.
  const [found, ends] = [await offsetsAt(timestamp), await offsetsAt(offsetTimes.latest)]
  const offsets = partitions.map(({ topic, partition }) => {
    const key = partitionKey(topic, partition)
    const offset = found.get(key)?.offset ?? -1
    return { topic, partition, offset: offset < 0 ? (ends.get(key)?.offset ?? 0) : offset }
  })
  if (given.has('execute')) await alterShareOffsets(cluster, groupId, offsets)
  const groupWidth = Math.max(15, groupId.length)
  const topicWidth = Math.max(15, ...offsets.map(({ topic }) => topic.length))
  const line = (group: string, topic: string, partition: string, offset: string): string =>
    `${group.padEnd(groupWidth)} ${topic.padEnd(topicWidth)} ${partition.padEnd(10)} ${offset}\n`
  await host.out(`\n${line('GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET')}`)
  for (const { topic, partition, offset } of offsets) {
    await host.out(line(groupId, topic, String(partition), String(offset)))
  }
}

function timestampOf(given: Call['options']): number {
  if (given.has('to-earliest')) return offsetTimes.earliest
  return given.has('to-latest') ? offsetTimes.latest : dateTimeMs(given.required('to-datetime'))
}

async function partitionsToReset(
  { options: given }: Call,
  cluster: Cluster,
  groupId: string,
): Promise<readonly TopicPartition[]> {
  if (given.has('all-topics')) return shareGroupOffsets(cluster, groupId)
  const partitions: TopicPartition[] = []
  for (const text of given.values('topic')) {
    if (text.includes(':')) partitions.push(...parseTopicPartitions(text))
    else {
      for (const description of await describeTopics(cluster, [text])) {
        for (const { partition } of description.partitions) {
          partitions.push({ topic: text, partition })
        }
      }
    }
  }
  return partitions
}
