// kafka-streams-application-reset: lets a Kafka Streams application read its input again. Moves the offsets of its
// group, and deletes the topics that it has made for itself.
import type { Cluster } from '../../client/cluster.ts'
import type { OffsetReset } from '../../client/consumer.ts'
import { ClientError } from '../../client/errors.ts'
import { describeConsumerGroup, removeMembers } from '../../client/groups.ts'
import type { GroupMemberDescription } from '../../client/groups.ts'
import { commitOffsets, offsetTimes } from '../../client/offsets.ts'
import {
  compareText,
  deleteTopics,
  describeTopics,
  listTopics,
  partitionKey,
} from '../../client/topics.ts'
import type { TopicPartition } from '../../client/topics.ts'
import { consumerSettings } from './consumer-settings.ts'
import type { OptionTable } from './options.ts'
import { offsetsAt, plannedOffsets, PlanUnreadable, resetOptions } from './reset-plan.ts'
import type { NewOffset, ResetManner, ResetScope } from './reset-plan.ts'
import { isInternalTopic } from './streams-topics.ts'
import {
  beginTool,
  configFileOf,
  javaText,
  readPropertiesFile,
  ToolExit,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool lets a Kafka Streams application process its input again: it moves the offsets of input topics, to the beginning unless it is told otherwise, and deletes the internal topics of the application. Local state is deleted by KafkaStreams#cleanUp().'

const options = {
  ...resetOptions,
  'application-id': { text: 'REQUIRED: The application.id.', value: 'id' },
  'bootstrap-server': {
    text: 'The brokers to connect to (default: localhost:9092).',
    value: 'server to connect to',
  },
  'input-topics': { text: 'Input topics, with commas between them.', value: 'list' },
  'intermediate-topics': {
    text: '(Deprecated) Topics that the application writes and reads: it goes on at their end.',
    value: 'list',
  },
  'internal-topics': {
    text: 'Internal topics to delete, instead of all of them, with commas between them.',
    value: 'list',
  },
  'command-config': { text: 'A file with properties for the client.', value: 'file name' },
  'config-file': {
    text: '(Deprecated) A file with properties for the client.',
    value: 'file name',
  },
  force: { text: 'Remove the members that the group still has. Stop the application first.' },
  'dry-run': { text: 'Only show what would be done.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-streams-application-reset', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call: Call = beginTool(options, args.length === 0 ? ['--'] : args, host, { summary })
  checkArguments(call)
  const { options: given } = call
  try {
    const properties = readPropertiesFile(host, await configFileOf(call, 'config-file'))
    const bootstrap = given.value('bootstrap-server') ?? 'localhost:9092'
    return await withCluster(host, { bootstrap, properties }, (cluster) =>
      resetApplication(call, cluster, consumerSettings(properties).reset),
    )
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (error instanceof PlanUnreadable) host.err('ERROR: Resetting offsets failed.\n')
    host.err(`ERROR: ${javaText(error)}\n`)
    return 1
  }
}

function checkArguments(call: Call): void {
  if (!call.options.has('application-id')) {
    call.usage('Missing required option(s) [application-id]')
  }
  call.forbidTogether([
    'to-offset',
    'to-datetime',
    'by-duration',
    'to-earliest',
    'to-latest',
    'from-file',
    'shift-by',
  ])
  call.forbid('config-file', 'command-config')
}

async function resetApplication(call: Call, cluster: Cluster, reset: OffsetReset): Promise<number> {
  const { options: given, host } = call
  await emptyGroup(call, cluster)
  const topics = (await listTopics(cluster))
    .filter(({ isInternal }) => !isInternal)
    .map(({ name }) => name)
  if (given.has('dry-run')) {
    await host.out(
      '----Dry run displays the actions which will be performed when running Streams Reset Tool----\n',
    )
  }
  const foundAll = await moveOffsets(call, cluster, { topics: new Set(topics), reset })
  await removeInternalTopics(call, cluster, topics)
  return foundAll ? 0 : 1
}

const attemptsMax = 3

/** Sees to it that the group has no members. */
async function emptyGroup({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const groupId = given.required('application-id')
  for (let attempt = 1; ; attempt++) {
    const members = await membersOf(cluster, groupId)
    if (members.length === 0) return
    if (!given.has('force')) {
      throw new Error(
        `Consumer group '${groupId}' is still active and has following members: [${members.map(memberText).join(', ')}]. Make sure to stop all running application instances before running the reset tool. You can use option '--force' to remove active members from the group.`,
      )
    }
    await host.out(`Force deleting all active members in the group: ${groupId}\n`)
    if (given.has('dry-run')) return
    try {
      return await removeMembers(cluster, groupId, members)
    } catch (error) {
      // One that has left by itself meanwhile: who is left is asked again.
      const hasLeft = error instanceof ClientError && error.errorName === 'UNKNOWN_MEMBER_ID'
      if (!hasLeft || attempt === attemptsMax) throw error
    }
  }
}

/** None of a group that there is not. */
async function membersOf(
  cluster: Cluster,
  groupId: string,
): Promise<readonly GroupMemberDescription[]> {
  try {
    return (await describeConsumerGroup(cluster, groupId)).members
  } catch (error) {
    if (error instanceof ClientError && error.errorName === 'GROUP_ID_NOT_FOUND') return []
    throw error
  }
}

/** A member as Java's MemberDescription prints itself. */
function memberText(member: GroupMemberDescription): string {
  const partitionsText = (partitions: readonly TopicPartition[]): string => {
    const keys = [...partitions].sort(inOrder).map((at) => partitionKey(at.topic, at.partition))
    return `(topicPartitions=${keys.join(',')})`
  }
  const target = member.targetAssignment
  const fields = {
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    host: member.host,
    assignment: partitionsText(member.assignment),
    targetAssignment: target === null ? 'Optional.empty' : `Optional[${partitionsText(target)}]`,
    memberEpoch: member.memberEpoch,
    upgraded: member.upgraded,
  }
  const cells = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
  return `(${cells.join(', ')})`
}

/** The values of a flag that takes several with commas between them. */
function listOf(
  { options: given }: Call,
  flag: 'input-topics' | 'intermediate-topics' | 'internal-topics',
): readonly string[] {
  const texts = given.values(flag).flatMap((text) => text.split(','))
  return texts.filter((text) => text !== '')
}

const listText = (names: readonly string[]): string => `[${names.join(', ')}]`

/** Moves the offsets of input and intermediate topics; false: not all of them exist. */
async function moveOffsets(
  call: Call,
  cluster: Cluster,
  at: { readonly topics: ReadonlySet<string>; readonly reset: OffsetReset },
): Promise<boolean> {
  const { options: given, host } = call
  if (given.has('intermediate-topics')) {
    await host.out(
      'WARN: `--intermediate-topics` is deprecated and will be removed in a future release\n',
    )
  }
  const inputs = listOf(call, 'input-topics')
  const intermediates = listOf(call, 'intermediate-topics')
  if (inputs.length === 0 && intermediates.length === 0) {
    await host.out('No input or intermediate topics specified. Skipping seek.\n')
    return true
  }
  if (inputs.length > 0) await host.out(`Reset-offsets for input topics ${listText(inputs)}\n`)
  if (intermediates.length > 0) {
    await host.out(`Seek-to-end for intermediate topics ${listText(intermediates)}\n`)
  }
  const { topics, reset } = at
  const isKnown = (topic: string): boolean => topics.has(topic)
  const unknownInputs = inputs.filter((topic) => !isKnown(topic))
  const unknownIntermediates = intermediates.filter((topic) => !isKnown(topic))
  if (unknownInputs.length > 0) {
    const lines = unknownInputs.map((topic) => `Topic: ${topic}\n`).join('')
    await host.out(`Following input topics are not found, skipping them\n${lines}`)
  }
  if (unknownIntermediates.length > 0) {
    const lines = unknownIntermediates.map((topic) => `Topic:${topic}\n`).join('')
    await host.out(`Following intermediate topics are not found, skipping them\n${lines}`)
  }
  const moved = inputs.filter(isKnown)
  const skipped = intermediates.filter((topic) => isKnown(topic) && !inputs.includes(topic))
  if (moved.length > 0 || skipped.length > 0) {
    const offsets = [
      ...(await inputOffsets(call, cluster, { topics: moved, reset })),
      ...(await endOffsets(call, cluster, skipped)),
    ]
    if (!given.has('dry-run')) {
      await commitOffsets(cluster, given.required('application-id'), offsets)
    }
    await host.out('Done.\n')
  }
  return unknownInputs.length === 0 && unknownIntermediates.length === 0
}

/** Where the input topics go on; prints that. */
async function inputOffsets(
  call: Call,
  cluster: Cluster,
  { topics, reset }: { readonly topics: readonly string[]; readonly reset: OffsetReset },
): Promise<readonly NewOffset[]> {
  if (topics.length === 0) return []
  const { options: given, host } = call
  const groupId = given.required('application-id')
  const partitions = await partitionsOf(cluster, topics)
  await host.out(
    `Following input topics offsets will be reset to (for consumer group ${groupId})\n`,
  )
  const manner = resetManner(host, cluster, reset)
  const planned = await plannedOffsets(call, cluster, { groupId, partitions }, manner)
  const offsets = planned ?? (await offsetsAt(cluster, partitions, offsetTimes.earliest))
  for (const { topic, partition, offset } of [...offsets].sort(inOrder)) {
    await host.out(`Topic: ${topic} Partition: ${partition} Offset: ${offset}\n`)
  }
  return offsets
}

/** The ends of the intermediate topics; prints which these are. */
async function endOffsets(
  { options: given, host }: Call,
  cluster: Cluster,
  topics: readonly string[],
): Promise<readonly NewOffset[]> {
  if (topics.length === 0) return []
  const partitions = await partitionsOf(cluster, topics)
  await host.out(
    `Following intermediate topics offsets will be reset to end (for consumer group ${given.required('application-id')})\n`,
  )
  // Kafka's tool names a topic once for each of its partitions.
  for (const { topic } of partitions) await host.out(`Topic: ${topic}\n`)
  return offsetsAt(cluster, partitions, offsetTimes.latest)
}

/** Every partition of the topics, in order. */
async function partitionsOf(
  cluster: Cluster,
  topics: readonly string[],
): Promise<readonly TopicPartition[]> {
  const descriptions = await describeTopics(cluster, [...new Set(topics)].sort(compareText))
  return descriptions.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  )
}

function inOrder(left: TopicPartition, right: TopicPartition): number {
  return compareText(left.topic, right.topic) || left.partition - right.partition
}

function resetManner({ out }: ToolHost, cluster: Cluster, reset: OffsetReset): ResetManner {
  return {
    outside: ({ offset }, how, instead) =>
      out(`New offset (${offset}) is ${how} offset. Value will be set to ${instead}\n`),
    countsEdges: true,
    late: ({ topic, partition }) =>
      out(
        `Partition ${partition} from topic ${topic} is empty, without a committed record. Falling back to latest known offset.\n`,
      ),
    // A consumer begins there.
    uncommitted: async (place) => {
      if (reset === 'none') {
        const name = partitionKey(place.topic, place.partition)
        throw new Error(`Undefined offset with no reset policy for partitions: [${name}]`)
      }
      const [begin] = await offsetsAt(cluster, [place], offsetTimes[reset])
      return begin?.offset ?? 0
    },
    read: (text, scope) => Promise.resolve(planIn(text, scope)),
  }
}

/**
 * The offsets in lines of `topic,partition,offset`: one for each partition of `scope`, and for no other.
 * @throws PlanUnreadable
 */
export function planIn(text: string, { partitions }: ResetScope): readonly NewOffset[] {
  if (text === '') throw new PlanUnreadable('Error parsing reset plan CSV file. It is empty,')
  const open = new Map(
    partitions.map((place) => [partitionKey(place.topic, place.partition), place] as const),
  )
  const plan = new Map<string, NewOffset>()
  for (const line of text.replace(/\n+$/, '').split('\n')) {
    const cells = line.split(',').map((cell) => cell.trim())
    if (cells.length !== 3) {
      throw new PlanUnreadable(
        'Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.',
      )
    }
    const [topic = '', ...numbers] = cells
    const broken = numbers.find((cell) => !/^[+-]?\d+$/.test(cell))
    if (broken !== undefined) throw new Error(`For input string: "${broken}"`)
    const [partition = 0, offset = 0] = numbers.map(Number)
    const key = partitionKey(topic, partition)
    if (!open.has(key)) throw new Error(`The reset plan names ${key}, which is not reset.`)
    plan.set(key, { topic, partition, offset })
  }
  const missing = [...open.keys()].filter((key) => !plan.has(key))
  if (missing.length > 0) throw new Error(`The reset plan lacks ${missing.join(', ')}.`)
  return [...plan.values()]
}

async function removeInternalTopics(
  call: Call,
  cluster: Cluster,
  topics: readonly string[],
): Promise<void> {
  const { options: given, host } = call
  const own = [...listOf(call, 'input-topics'), ...listOf(call, 'intermediate-topics')]
  const inferred = topics.filter(
    (topic) => !own.includes(topic) && isInternalTopic(topic, given.required('application-id')),
  )
  const specified = listOf(call, 'internal-topics')
  if (specified.some((topic) => !inferred.includes(topic))) {
    throw new Error(
      'Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all internal topics. Do a dry run without the --internal-topics option to see the list of all internal topics that can be deleted.',
    )
  }
  const [how, doomed] = specified.length > 0 ? ['specified', specified] : ['inferred', inferred]
  await host.out(`Deleting ${how} internal topics ${listText(doomed)}\n`)
  if (!given.has('dry-run')) await removeTopics(host, cluster, doomed)
  await host.out('Done.\n')
}

/** Deletes each topic that can be deleted. @throws Error when one could not */
async function removeTopics(
  { err }: ToolHost,
  cluster: Cluster,
  topics: readonly string[],
): Promise<void> {
  let hasFailed = false
  for (const topic of new Set(topics)) {
    try {
      await deleteTopics(cluster, [topic])
    } catch (error) {
      hasFailed = true
      err(`ERROR: deleting topic ${topic}\n${javaText(error)}\n`)
    }
  }
  if (hasFailed) throw new Error('Encountered an error deleting one or more topics')
}
