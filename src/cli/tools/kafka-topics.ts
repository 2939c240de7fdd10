// kafka-topics: lists, describes, creates, alters and deletes topics.
import { describeConfigs, isDefault, resourceTypes } from '../../client/configs.ts'
import type { ConfigEntry } from '../../client/configs.ts'
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import {
  createPartitions,
  createTopic,
  deleteTopics,
  describeTopics,
  listTopics,
  noTopicId,
} from '../../client/topics.ts'
import type { PartitionDescription, TopicDescription } from '../../client/topics.ts'
import { int16Max } from '../../base/units.ts'
import type { OptionTable } from './options.ts'
import { beginTool, messageOf, quoted, readPropertiesFile, ToolExit, withCluster } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'
import { javaPattern } from './java-pattern.ts'

const summary = 'This tool helps to create, delete, describe, or change a topic.'
const configsHint = ' (To alter topic configurations, the kafka-configs tool can be used.)'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: The broker to connect to.',
    value: 'server to connect to',
  },
  'command-config': {
    text: 'A file with properties for the admin client.',
    value: 'command config property file',
  },
  list: { text: 'List all topics.' },
  create: { text: 'Create a topic.' },
  delete: { text: 'Delete topics.' },
  alter: { text: `Raise the number of partitions.${configsHint}` },
  describe: { text: 'Describe topics and their partitions.' },
  topic: {
    text: 'The topic; with every action but --create a regular expression.',
    value: 'topic',
  },
  'topic-id': { text: 'The id of the topic to describe.', value: 'topic-id' },
  config: {
    text: `A configuration for the topic that is created; may be repeated.${configsHint}`,
    value: 'name=value',
  },
  'delete-config': { text: 'No longer supported.', value: 'name' },
  partitions: {
    text: "The number of partitions; the broker's default when it is not given.",
    value: '# of partitions',
    type: 'int',
  },
  'replication-factor': {
    text: "The replication factor; the broker's default when it is not given.",
    value: 'replication factor',
    type: 'int',
  },
  'replica-assignment': {
    text: 'The brokers of each partition, instead of the two counts.',
    value: 'broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , ...',
  },
  'under-replicated-partitions': { text: 'Describe only under-replicated partitions.' },
  'unavailable-partitions': { text: 'Describe only partitions without a leader.' },
  'under-min-isr-partitions': {
    text: 'Describe only partitions with fewer in-sync replicas than min.insync.replicas.',
  },
  'at-min-isr-partitions': {
    text: 'Describe only partitions with exactly min.insync.replicas in-sync replicas.',
  },
  'topics-with-overrides': { text: 'Describe only topics that have configurations of their own.' },
  'if-exists': { text: 'With --alter, --delete and --describe: no error without the topic.' },
  'if-not-exists': { text: 'With --create: no error when the topic exists.' },
  'exclude-internal': { text: 'Leave internal topics out of lists and descriptions.' },
  'partition-size-limit-per-response': {
    text: 'How many partitions one answer may describe.',
    value: 'maximum number of partitions per response',
    type: 'int',
  },
} as const satisfies OptionTable

type Name = keyof typeof options
type Call = ToolCall<Name | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-topics', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  if (args.length === 0) {
    beginTool(options, args, host, { summary: 'Create, delete, describe, or change a topic.' })
  }
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  checkArguments(call)
  const config = call.options.value('command-config')
  const properties = readPropertiesFile(host, config)
  const bootstrap = call.options.required('bootstrap-server')
  try {
    await withCluster(host, { bootstrap, properties }, (cluster) => act(call, cluster))
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    await host.out(`Error while executing topic command : ${messageOf(error)}\n`)
    host.err(`ERROR ${error instanceof ClientError ? error.toString() : messageOf(error)}\n`)
    return 1
  }
}

function act(call: Call, cluster: Cluster): Promise<void> {
  const { options: given } = call
  if (given.has('create')) return create(call, cluster)
  if (given.has('alter')) return alter(call, cluster)
  if (given.has('list')) return list(call, cluster)
  if (given.has('describe')) return describe(call, cluster)
  return remove(call, cluster)
}

const actions = ['alter', 'create', 'describe', 'list', 'delete'] as const
const reports = [
  'under-replicated-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
  'unavailable-partitions',
] as const

function checkArguments(call: Call): void {
  const { options: given, host } = call
  if (actions.filter((action) => given.has(action)).length !== 1) {
    call.usage(
      'Command must include exactly one action: --list, --describe, --create, --alter or --delete',
    )
  }
  if (given.has('delete-config')) {
    host.err(
      'delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases.\n',
    )
  }
  if (!given.has('bootstrap-server')) {
    host.err('--bootstrap-server must be specified\n')
    throw new ToolExit(1)
  }
  if (given.has('describe') && given.has('if-exists')) {
    if (!given.has('topic') && !given.has('topic-id'))
      call.usage('--topic or --topic-id is required to describe a topic')
    if (given.has('topic') && given.has('topic-id'))
      void host.out(
        'Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID\n',
      )
  }
  if (!given.has('list') && !given.has('describe')) call.require('topic')
  if (given.has('alter')) {
    if (given.has('config')) {
      const used = ['bootstrap-server', 'config'].map(quoted).join(', ')
      call.usage(
        `Option combination "[${used}]" can't be used with option ` +
          `"${quoted('alter')}"${configsHint}`,
      )
    }
    call.require('partitions')
  }
  checkCombinations(call)
}

function checkCombinations(call: Call): void {
  const others = (...kept: readonly Name[]): readonly Name[] =>
    actions.filter((action) => !kept.includes(action))
  call.forbid('config', ...others('alter', 'create'))
  call.forbid('partitions', ...others('alter', 'create'))
  call.forbid('replication-factor', ...others('create'))
  call.forbid('replica-assignment', ...others('alter', 'create'))
  if (call.options.has('create')) {
    call.forbid('replica-assignment', 'partitions', 'replication-factor')
  }
  for (const report of reports) {
    call.forbid(report, ...others('describe'), 'topics-with-overrides')
  }
  call.forbid('topics-with-overrides', ...others('describe'), ...reports)
  call.forbid('if-exists', ...others('alter', 'delete', 'describe'))
  call.forbid('if-not-exists', ...others('create'))
  call.forbid('exclude-internal', ...others('list', 'describe'))
}

async function create({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const name = given.required('topic')
  const assignments = replicaAssignment(given.value('replica-assignment') ?? '')
  const configs = topicConfigs(given.values('config'))
  if (/[._]/.test(name)) {
    await host.out(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n",
    )
  }
  const replicationFactor = given.number('replication-factor') ?? -1
  if (given.has('replication-factor') && (replicationFactor > int16Max || replicationFactor < 1)) {
    throw new Error(`The replication factor must be between 1 and ${int16Max} inclusive`)
  }
  const partitions = given.number('partitions') ?? -1
  if (given.has('partitions') && partitions < 1) {
    throw new Error('The partitions must be greater than 0')
  }
  try {
    await createTopic(cluster, { name, partitions, replicationFactor, assignments, configs })
    await host.out(`Created topic ${name}.\n`)
  } catch (error) {
    const exists = error instanceof ClientError && error.errorName === 'TOPIC_ALREADY_EXISTS'
    if (!exists || !given.has('if-not-exists')) throw error
  }
}

function topicConfigs(args: readonly string[]): ReadonlyMap<string, string> {
  const pairs = args.map((arg) => arg.split(/\s*=\s*/))
  const configs = new Map<string, string>()
  for (const [name, value, ...more] of pairs) {
    if (name === undefined || value === undefined || more.length > 0) {
      throw new Error(
        'requirement failed: Invalid topic config: all configs to be added must be in the format "key=val".',
      )
    }
    configs.set(name.trim(), value.trim())
  }
  return configs
}

/** `0:1,1:2` → brokers by partition. */
function replicaAssignment(text: string): readonly (readonly number[])[] {
  if (text === '') return []
  const assignments = text.split(',').map((part) => part.split(':').map(parseBrokerId))
  for (const [partition, brokers] of assignments.entries()) {
    const twice = [...new Set(brokers.filter((id, index) => brokers.indexOf(id) !== index))]
    if (twice.length > 0) {
      throw new Error(
        `Partition replica lists may not contain duplicate entries: ${twice.join(',')}`,
      )
    }
    if (brokers.length !== assignments[0]?.length) {
      throw new Error(
        `Partition ${partition} has different replication factor: [${brokers.join(', ')}]`,
      )
    }
  }
  return assignments
}

function parseBrokerId(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new Error(`For input string: "${text.trim()}"`)
  return Number(text)
}

async function list({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const topics = await matchingTopics(cluster, given.value('topic'), given.has('exclude-internal'))
  await host.out(`${topics.join('\n')}\n`)
}

async function alter({ options: given }: Call, cluster: Cluster): Promise<void> {
  const topic = given.required('topic')
  const assignments = replicaAssignment(given.value('replica-assignment') ?? '')
  const topics = await matchingTopics(cluster, topic, false)
  expectTopics(topics, topic, given.has('if-exists'))
  if (topics.length === 0) return
  const count = given.numberOf('partitions')
  const described = assignments.length > 0 ? await describeTopics(cluster, topics) : []
  await createPartitions(
    cluster,
    topics.map((name, index) => ({
      name,
      count,
      assignments:
        assignments.length > 0 ? assignments.slice(described[index]?.partitions.length ?? 0) : null,
    })),
  )
}

async function remove({ options: given }: Call, cluster: Cluster): Promise<void> {
  const topic = given.required('topic')
  const topics = await matchingTopics(cluster, topic, false)
  expectTopics(topics, topic, given.has('if-exists'))
  await deleteTopics(cluster, topics)
}

/** The sorted names that match the expression: names, regular expressions, parted by commas. */
async function matchingTopics(
  cluster: Cluster,
  expression: string | undefined,
  excludeInternal: boolean,
): Promise<readonly string[]> {
  const topics = await listTopics(cluster)
  const pattern = expression === undefined ? null : topicPattern(expression)
  return topics
    .filter(({ name, isInternal }) => {
      if (isInternal && excludeInternal) return false
      return pattern === null || pattern.test(name)
    })
    .map(({ name }) => name)
}

/** Kafka's list of topics to include: commas are alternatives, blanks and quotes around it are dropped. */
function topicPattern(expression: string): RegExp {
  const text = expression
    .trim()
    .replaceAll(',', '|')
    .replaceAll(' ', '')
    .replace(/^["']+/, '')
    .replace(/["']+$/, '')
  return javaPattern(text)
}

function expectTopics(
  found: readonly string[],
  expression: string | undefined,
  mayBeMissing: boolean,
): void {
  if (expression !== undefined && expression !== '' && !mayBeMissing && found.length === 0) {
    throw new Error(`Topic '${expression}' does not exist as expected`)
  }
}

async function describe(call: Call, cluster: Cluster): Promise<void> {
  const { options: given } = call
  const topics = await describedTopics(call, cluster)
  const limit = given.number('partition-size-limit-per-response')
  const descriptions = await describeTopics(cluster, topics, limit)
  const configs = await describeConfigs(
    cluster,
    descriptions.map(({ name }) => ({ type: resourceTypes.topic, name })),
  )
  const brokers = new Set((await cluster.brokers()).map(({ id }) => id))
  const reassigned = await reassignments(cluster, descriptions)
  for (const [index, description] of descriptions.entries()) {
    await printTopic(call, { description, configs: configs[index] ?? [], brokers, reassigned })
  }
}

async function describedTopics(
  { options: given }: Call,
  cluster: Cluster,
): Promise<readonly string[]> {
  const id = given.value('topic-id')
  const excludeInternal = given.has('exclude-internal')
  if (id === undefined || id === noTopicId) {
    const topic = given.value('topic')
    const topics = await matchingTopics(cluster, topic, excludeInternal)
    expectTopics(topics, topic, given.has('if-exists'))
    return topics
  }
  const found = (await listTopics(cluster)).filter(({ topicId }) => topicId === id)
  if (found.length === 0 && !given.has('if-exists')) {
    throw new Error(`TopicId '${id}' does not exist as expected`)
  }
  return found.map(({ name }) => name)
}

interface Reassignment {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

async function reassignments(
  cluster: Cluster,
  topics: readonly TopicDescription[],
): Promise<ReadonlyMap<string, Reassignment>> {
  const found = new Map<string, Reassignment>()
  if (topics.length === 0) return found
  const response = await cluster.controller('ListPartitionReassignments', {
    timeoutMs: cluster.config.requestTimeoutMs,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitionIndexes: partitions.map(({ partition }) => partition),
    })),
  })
  for (const { name, partitions } of response.topics) {
    for (const { partitionIndex, replicas, addingReplicas, removingReplicas } of partitions) {
      found.set(`${name}-${partitionIndex}`, {
        replicas,
        adding: addingReplicas,
        removing: removingReplicas,
      })
    }
  }
  return found
}

interface TopicToPrint {
  readonly description: TopicDescription
  readonly configs: readonly ConfigEntry[]
  readonly brokers: ReadonlySet<number>
  readonly reassigned: ReadonlyMap<string, Reassignment>
}

async function printTopic({ options: given, host }: Call, topic: TopicToPrint): Promise<void> {
  const { description, configs, reassigned } = topic
  const { name, topicId, partitions } = description
  const showsAll = !reports.some((report) => given.has(report))
  const overrides = configs.filter((entry) => !isDefault(entry))
  const first = partitions[0]
  if (showsAll && first !== undefined) {
    if (!given.has('topics-with-overrides') || overrides.length > 0) {
      const id = topicId === noTopicId ? '' : `\tTopicId: ${topicId}`
      const factor = replicationFactor(first, reassigned.get(`${name}-${first.partition}`))
      const set = overrides.map((entry) => `${entry.name}=${entry.value}`).join(',')
      await host.out(
        `Topic: ${name}${id}\tPartitionCount: ${partitions.length}\tReplicationFactor: ${factor}\tConfigs: ${set}\n`,
      )
    }
  }
  if (given.has('topics-with-overrides')) return
  const minIsr = Number(configs.find((entry) => entry.name === 'min.insync.replicas')?.value ?? 1)
  for (const partition of partitions) {
    const reassignment = reassigned.get(`${name}-${partition.partition}`)
    const { isr, leader } = partition
    const shown =
      showsAll ||
      (given.has('under-replicated-partitions') &&
        replicationFactor(partition, reassignment) > isr.length) ||
      (given.has('unavailable-partitions') && !topic.brokers.has(leader)) ||
      (given.has('under-min-isr-partitions') && (leader < 0 || isr.length < minIsr)) ||
      (given.has('at-min-isr-partitions') && isr.length === minIsr)
    if (shown) await host.out(partitionLine(name, partition, reassignment))
  }
}

function replicationFactor(
  { replicas }: PartitionDescription,
  reassignment: Reassignment | undefined,
): number {
  const changing = new Set([...(reassignment?.adding ?? []), ...(reassignment?.removing ?? [])])
  if (reassignment === undefined || !replicas.some((id) => changing.has(id))) return replicas.length
  return reassignment.replicas.length - reassignment.adding.length
}

function partitionLine(
  topic: string,
  partition: PartitionDescription,
  reassignment: Reassignment | undefined,
): string {
  const changing =
    reassignment === undefined
      ? ''
      : `\tAdding Replicas: ${reassignment.adding.join(',')}` +
        `\tRemoving Replicas: ${reassignment.removing.join(',')}`
  return (
    `\tTopic: ${topic}\tPartition: ${partition.partition}` +
    `\tLeader: ${partition.leader < 0 ? 'none' : partition.leader}` +
    `\tReplicas: ${partition.replicas.join(',')}\tIsr: ${partition.isr.join(',')}${changing}` +
    `\tElr: ${partition.eligibleLeaderReplicas?.join(',') ?? 'N/A'}` +
    `\tLastKnownElr: ${partition.lastKnownEligibleLeaderReplicas?.join(',') ?? 'N/A'}\n`
  )
}
