// kafka-share-groups: lists, describes, resets and deletes share groups (KIP-932).
import type { Cluster } from '../../client/cluster.ts'
import { deleteGroup, listGroups } from '../../client/groups.ts'
import { offsetTimes } from '../../client/offsets.ts'
import {
  alterShareOffsets,
  deleteShareOffsets,
  describeShareGroup,
  shareGroupOffsets,
} from '../../client/share-groups.ts'
import type { TopicPartition } from '../../client/topics.ts'
import { partitionsNamed } from './group-reset.ts'
import {
  checkDescribe,
  deletionReport,
  groupIdsOf,
  hasGroups,
  printGroups,
  runGroupTool,
} from './group-tool.ts'
import { dateTimeMs } from './java-time.ts'
import type { OptionTable } from './options.ts'
import { offsetsAt } from './reset-plan.ts'
import { printShareMembers, printShareOffsets, printShareStates } from './share-group-tables.ts'
import { beginTool, javaText, quoted } from './tool.ts'
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
  return runGroupTool(call, { type: 'share', isStrict: false }, (cluster) => act(call, cluster))
}

function act(call: Call, cluster: Cluster): Promise<void> {
  const { options: given } = call
  if (given.has('list')) return printGroups(call, cluster, { type: 'share', states })
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
  if (given.has('describe')) checkDescribe(call, scopes)
  if (given.has('delete') && !hasGroups(call)) {
    call.usage(`Option ${quoted('delete')} takes one of these options: ${scopes}`)
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

const listShareGroups = (cluster: Cluster) => listGroups(cluster, { types: ['share'] })

async function describe(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const verbose = given.has('verbose')
  for (const groupId of await groupIdsOf(call, () => listShareGroups(cluster))) {
    const group = await describeShareGroup(cluster, groupId)
    if (given.has('members')) await printShareMembers(host, group, verbose)
    else if (given.has('state')) await printShareStates(host, group, verbose)
    else await printShareOffsets(host, groupId, await shareGroupOffsets(cluster, groupId), verbose)
  }
}

async function removeGroups(call: Call, cluster: Cluster): Promise<void> {
  const { host } = call
  const known = new Set((await listShareGroups(cluster)).map(({ groupId }) => groupId))
  const done: string[] = []
  const failed = new Map<string, string>()
  for (const groupId of await groupIdsOf(call, () => listShareGroups(cluster))) {
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
      done.push(groupId)
    } catch (error) {
      failed.set(groupId, javaText(error))
    }
  }
  await host.out(deletionReport('share', done, failed))
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
  const found = await offsetsAt(cluster, partitions, timestamp)
  // Where no record is as late as that: the end.
  const ends = await offsetsAt(cluster, partitions, offsetTimes.latest)
  const offsets = found.map((place, index) => (place.offset < 0 ? (ends[index] ?? place) : place))
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
    partitions.push(...(await partitionsNamed(cluster, [text])))
  }
  return partitions
}
