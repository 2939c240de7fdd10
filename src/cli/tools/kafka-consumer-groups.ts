// kafka-consumer-groups: lists, describes, resets and deletes consumer groups.
import type { Cluster } from '../../client/cluster.ts'
import {
  deleteGroup,
  describeConsumerGroup,
  listConsumerGroups,
  type ConsumerGroupDescription,
  type GroupListing,
} from '../../client/groups.ts'
import { committedOffsets } from '../../client/offsets.ts'
import { compareText, type TopicPartition } from '../../client/topics.ts'
import {
  consumerGroupOptions as options,
  resetScenarios,
  type GroupCall as Call,
} from './group-options.ts'
import { removeGroupOffsets } from './group-delete-offsets.ts'
import { printMembers, printOffsets, printStates } from './group-tables.ts'
import { checkPartitions, partitionsNamed, resetOffsets } from './group-reset.ts'
import { checkDescribe, deletionReport, groupIdsOf, hasGroups, runGroupTool } from './group-tool.ts'
import { beginTool, javaText, messageOf, quoted, UsageError } from './tool.ts'
import type { Tool, ToolHost } from './tool.ts'

const summary =
  'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.'

export const tool: Tool = { name: 'kafka-consumer-groups', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  checkArguments(call)
  const { options: given } = call
  const regex = given.value('validate-regex')
  if (regex !== undefined) return validateRegex(regex, host)
  // Errors of a reset are shown without their class.
  const textOf = given.has('reset-offsets') ? messageOf : javaText
  return runGroupTool(call, { type: 'consumer', isStrict: false, textOf }, (cluster) =>
    act(call, cluster),
  )
}

function act(call: Call, cluster: Cluster): Promise<void> {
  const { options: given } = call
  if (given.has('list')) return list(call, cluster)
  if (given.has('describe')) return describe(call, cluster)
  if (given.has('delete')) return removeGroups(call, cluster)
  if (given.has('reset-offsets')) return reset(call, cluster)
  return removeOffsets(call, cluster)
}

/** Asks the broker's own parser of topic patterns. */
async function validateRegex(regex: string, host: ToolHost): Promise<number> {
  const { compilePattern, PatternRefused } = await import('../../base/pattern.ts')
  try {
    compilePattern(regex)
    await host.out(`The regular expression \`${regex}\` is valid.\n`)
  } catch (error) {
    if (!(error instanceof PatternRefused)) throw error
    await host.out(`The regular expression \`${regex}\` is invalid: ${error.message}.\n`)
  }
  return 0
}

const actions = [
  'list',
  'describe',
  'delete',
  'reset-offsets',
  'delete-offsets',
  'validate-regex',
] as const
function checkArguments(call: Call): void {
  const { options: given } = call
  if (!given.has('validate-regex')) call.require('bootstrap-server')
  const scopes = `${quoted('group')}, ${quoted('all-groups')}`
  if (given.has('describe')) checkDescribe(call, scopes)
  if (given.has('delete')) {
    if (!hasGroups(call))
      call.usage(`Option ${quoted('delete')} takes one of these options: ${scopes}`)
    if (given.has('topic')) {
      call.usage(
        'The consumer does not support topic-specific offset deletion from a consumer group.',
      )
    }
  }
  if (given.has('delete-offsets') && !(given.has('group') && given.has('topic'))) {
    const list = `${quoted('group')}, ${quoted('topic')}`
    call.usage(`Option ${quoted('delete-offsets')} takes the following options: ${list}`)
  }
  if (given.has('reset-offsets')) checkReset(call)
  call.forbid('group', 'all-groups', 'list')
  call.forbid('topic', 'list', 'describe')
  if (actions.filter((action) => given.has(action)).length !== 1) {
    const list = actions.map((action) => `--${action}`).join(', ')
    call.usage(`Command must include exactly one action: ${list}`)
  }
}

function checkReset(call: Call): void {
  const { options: given, host } = call
  const action = quoted('reset-offsets')
  if (given.has('dry-run') && given.has('execute')) {
    call.usage(`Option ${action} only accepts one of ${quoted('execute')} and ${quoted('dry-run')}`)
  }
  if (!given.has('dry-run') && !given.has('execute')) {
    host.err(
      'WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n',
    )
  }
  if (!hasGroups(call)) {
    call.usage(
      `Option ${action} takes one of these options: ${quoted('group')}, ${quoted('all-groups')}`,
    )
  }
  call.forbidTogether(resetScenarios)
}

const groupStates = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
  'Assigning',
  'Reconciling',
] as const
const groupTypes = ['Classic', 'Consumer'] as const

/** Names out of a list with commas, in any case. @throws UsageError for one that is not among them */
function namesIn(text: string | undefined, valid: readonly string[], what: string): string[] {
  if (text === undefined || text === '') return []
  return text.split(',').map((part) => {
    const wanted = part.trim().toLowerCase().replaceAll('_', '')
    const found = valid.find((name) => name.toLowerCase() === wanted)
    if (found !== undefined) return found
    const list = valid.join(', ')
    throw new UsageError(
      what === 'state'
        ? `Invalid state list '${text}'. Valid states are: ${list}`
        : `Invalid types list '${text}'. Valid types are: ${list}`,
    )
  })
}

async function list({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const [showsType, showsState] = [given.has('type'), given.has('state')]
  const groups = await listConsumerGroups(cluster, {
    types: namesIn(given.value('type'), groupTypes, 'type'),
    states: namesIn(given.value('state'), groupStates, 'state'),
  })
  if (!showsType && !showsState) {
    if (groups.length > 0) await host.out(`${groups.map(({ groupId }) => groupId).join('\n')}\n`)
    return
  }
  const minGroupColumns = 15
  const gap = 10
  const width = gap + Math.max(minGroupColumns, ...groups.map(({ groupId }) => groupId.length))
  const columnsOf = (group: string, type: string, state: string): string =>
    [
      group.padEnd(width),
      ...(showsType ? [type.padEnd(typeColumns)] : []),
      ...(showsState ? [state.padEnd(typeColumns)] : []),
    ].join(' ')
  const rows = groups.map((group: GroupListing) =>
    columnsOf(group.groupId, group.type || 'Unknown', group.state || 'Unknown'),
  )
  await host.out(`${[columnsOf('GROUP', 'TYPE', 'STATE'), ...rows].join('\n')}\n`)
}

const typeColumns = 20

async function describe(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const groups: ConsumerGroupDescription[] = []
  for (const groupId of await groupIdsOf(call, () => listConsumerGroups(cluster))) {
    groups.push(await describeConsumerGroup(cluster, groupId))
  }
  groups.sort((left, right) => compareText(left.groupId, right.groupId))
  const verbose = given.has('verbose')
  if (given.has('members')) await printMembers(host, groups, verbose)
  else if (given.has('state')) await printStates(host, groups, verbose)
  else await printOffsets(host, cluster, groups, verbose)
}

async function removeGroups(call: Call, cluster: Cluster): Promise<void> {
  const { host } = call
  const done: string[] = []
  const failed = new Map<string, string>()
  for (const groupId of await groupIdsOf(call, () => listConsumerGroups(cluster))) {
    try {
      await deleteGroup(cluster, groupId)
      done.push(groupId)
    } catch (error) {
      failed.set(groupId, javaText(error))
    }
  }
  await host.out(deletionReport('consumer', done, failed))
}

async function reset(call: Call, cluster: Cluster): Promise<void> {
  await resetOffsets(call, cluster, {
    groupIds: await groupIdsOf(call, () => listConsumerGroups(cluster)),
    describe: (groupId) => describeConsumerGroup(cluster, groupId),
    partitionsOf: async (groupId) => {
      const partitions = await partitionsToReset(call, cluster, groupId)
      await checkPartitions(cluster, partitions)
      return partitions
    },
    widths: (plans) => [
      widthOf([...plans.keys()]),
      widthOf([...plans.values()].flat().map(({ topic }) => topic)),
      partitionColumns,
    ],
  })
}

const minColumns = 15
const partitionColumns = 10
const widthOf = (cells: readonly string[]): number =>
  Math.max(minColumns, ...cells.map(({ length }) => length))

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

function removeOffsets({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const scope = { groupId: given.required('group'), topics: given.values('topic') }
  return removeGroupOffsets(host, cluster, scope)
}
