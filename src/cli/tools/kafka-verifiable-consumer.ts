// kafka-verifiable-consumer: consumes a topic in a group, and says what it was given, read and committed.
import { booleanIn } from '../../client/client-config.ts'
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import type { ConsumedRecord } from '../../client/fetched-records.ts'
import { GroupConsumer } from '../../client/group-consumer.ts'
import { partitionKey, type TopicPartition } from '../../client/topics.ts'
import { groupConsumerSettings } from './consumer-settings.ts'
import { eventPrinter, signalExitCodes, type EventPrinter } from './event-lines.ts'
import { usageOf, type OptionTable } from './options.ts'
import {
  beginTool,
  configFileOf,
  failureCode,
  javaText,
  messageOf,
  readPropertiesFile,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool consumes messages from a specific topic and emits consumer events (e.g. group rebalances, received messages, and offsets committed) as JSON objects to STDOUT.'

const rangeAssignor = 'org.apache.kafka.clients.consumer.RangeAssignor'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to.',
    value: 'HOST1:PORT1[,HOST2:PORT2[...]]',
  },
  topic: { text: 'REQUIRED: The topic to consume.', value: 'TOPIC' },
  'group-protocol': {
    text: 'classic or consumer.',
    value: 'GROUP-PROTOCOL',
    fallback: 'classic',
  },
  'group-remote-assignor': {
    text: 'The assignor of the consumer protocol.',
    value: 'GROUP-REMOTE-ASSIGNOR',
  },
  'group-id': { text: 'REQUIRED: The group.', value: 'GROUP-ID' },
  'group-instance-id': {
    text: 'The name of a static member.',
    value: 'GROUP-INSTANCE-ID',
  },
  'max-messages': {
    text: 'How many records; -1: until the process is ended.',
    value: 'MAX-MESSAGES',
    type: 'int',
    fallback: '-1',
  },
  'session-timeout': {
    text: "The member's session timeout.",
    value: 'TIMEOUT-MS',
    type: 'int',
  },
  verbose: { text: 'Print each record.' },
  'enable-autocommit': { text: 'Commit now and then instead of after each poll.' },
  'reset-policy': {
    text: "Where to begin without an offset: 'earliest', 'latest' or 'none'.",
    value: 'RESET-POLICY',
    fallback: 'earliest',
  },
  'assignment-strategy': {
    text: 'The assignor of the classic protocol.',
    value: 'ASSIGNMENT-STRATEGY',
    fallback: rangeAssignor,
  },
  'consumer.config': {
    text: '(Deprecated) A file with consumer properties.',
    value: 'CONFIG-FILE',
  },
  'command-config': { text: 'A file with consumer properties.', value: 'CONFIG-FILE' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-verifiable-consumer', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  if (args.length === 0) {
    await host.out(`${summary}\n${usageOf(options)}`)
    return 0
  }
  const call: Call = beginTool(options, args, host, { summary })
  const { options: given } = call
  const error = (text: string): never => call.usage(`verifiable-consumer: error: ${text}`)
  for (const name of ['group-id', 'topic', 'bootstrap-server'] as const) {
    if (!given.has(name)) error(`argument --${name} is required`)
  }
  if (given.has('consumer.config') && given.has('command-config')) {
    error('Options --consumer.config and --command-config are mutually exclusive.')
  }
  const file = await configFileOf(call, 'consumer.config')
  try {
    checkProtocol(call)
    const properties = propertiesOf(call, file)
    const bootstrap = given.required('bootstrap-server')
    return await withCluster(host, { bootstrap, properties, clientId: 'consumer-1' }, (cluster) =>
      verify(call, cluster, properties),
    )
  } catch (failure) {
    return failureCode(host, failure)
  }
}

function checkProtocol({ options: given, host }: Call): void {
  const protocol = given.required('group-protocol').toLowerCase()
  if (protocol === 'consumer') {
    host.err('WARN group.protocol=consumer: joins with the classic protocol (range)\n')
  } else if (protocol !== 'classic') {
    throw new Error(
      `No enum constant org.apache.kafka.clients.consumer.GroupProtocol.${protocol.toUpperCase()}`,
    )
  } else if (given.required('assignment-strategy') !== rangeAssignor) {
    throw new Error(
      `${given.value('assignment-strategy')} is not known here: the assignor is ${rangeAssignor}`,
    )
  }
}

/** What the flags say counts for more than the file. */
function propertiesOf(
  { options: given, host }: Call,
  file: string | undefined,
): ReadonlyMap<string, string> {
  const properties = readPropertiesFile(host, file)
  const flags = [
    ['session.timeout.ms', given.value('session-timeout')],
    ['group.instance.id', given.value('group-instance-id')],
    ['enable.auto.commit', String(given.has('enable-autocommit'))],
    ['auto.offset.reset', given.value('reset-policy')],
  ] as const
  for (const [key, value] of flags) if (value !== undefined) properties.set(key, value)
  return properties
}

async function verify(
  call: Call,
  cluster: Cluster,
  properties: ReadonlyMap<string, string>,
): Promise<number> {
  const { options: given, host } = call
  const print = eventPrinter(host)
  const show = (name: string) => (partitions: readonly TopicPartition[]) =>
    void print(name, {
      partitions: partitions.map(({ topic, partition }) => ({ topic, partition })),
    })
  const consumer = new GroupConsumer(
    cluster,
    groupConsumerSettings(properties, {
      groupId: given.required('group-id'),
      topics: [given.required('topic')],
      listener: {
        assigned: show('partitions_assigned'),
        revoked: show('partitions_revoked'),
      },
    }),
  )
  let exitCode: number | null = null
  host.onInterrupt((signal) => {
    exitCode = signalExitCodes[signal]
    void print('shutdown_requested')
  })
  await print('startup_complete')
  try {
    const max = given.numberOf('max-messages')
    const commits = !booleanIn(properties, 'enable.auto.commit', false)
    for (let read = 0; exitCode === null && (max < 0 || read < max);) {
      const records = await consumer.poll(pollMs)
      if (records.length === 0) continue
      const batches = batchesOf(records, max < 0 ? Infinity : max - read)
      await printBatches(print, { count: records.length, batches, verbose: given.has('verbose') })
      if (commits) await commit(consumer, print, batches)
      for (const batch of batches) read += batch.records.length
    }
  } catch (error) {
    host.err(`ERROR Error during processing, terminating consumer process: ${javaText(error)}\n`)
  } finally {
    await consumer.close().catch((error: unknown) => host.err(`ERROR ${javaText(error)}\n`))
    await print('shutdown_complete')
  }
  // Kafka's tool says so whenever its process ends, even by itself.
  if (exitCode === null) await print('shutdown_requested')
  return exitCode ?? 0
}

const pollMs = 500

/** What one poll gave of one partition, never empty. */
export interface PartitionBatch extends TopicPartition {
  readonly records: readonly ConsumedRecord[]
}

/** The records by partition, `max` of them at most. */
export function batchesOf(
  records: readonly ConsumedRecord[],
  max: number,
): readonly PartitionBatch[] {
  const batches = new Map<string, { topic: string; partition: number; records: ConsumedRecord[] }>()
  for (const record of records) {
    const { topic, partition } = record
    const key = partitionKey(topic, partition)
    const batch = batches.get(key) ?? { topic, partition, records: [] }
    batches.set(key, batch)
    batch.records.push(record)
  }
  const taken: PartitionBatch[] = []
  let left = max
  for (const batch of batches.values()) {
    if (left <= 0) break
    const own = batch.records.slice(0, left)
    taken.push({ ...batch, records: own })
    left -= own.length
  }
  return taken
}

async function printBatches(
  print: EventPrinter,
  polled: {
    readonly count: number
    readonly batches: readonly PartitionBatch[]
    readonly verbose: boolean
  },
): Promise<void> {
  const { count, batches, verbose } = polled
  const partitions = batches.map(({ topic, partition, records }) => ({
    topic,
    partition,
    count: records.length,
    minOffset: records[0]?.offset,
    maxOffset: records.at(-1)?.offset,
  }))
  for (const record of verbose ? batches.flatMap((batch) => batch.records) : []) {
    const { topic, partition, offset } = record
    const [key, value] = [textOf(record.key), textOf(record.value)]
    await print('record_data', { key, value, topic, partition, offset })
  }
  await print('records_consumed', { count, partitions })
}

function textOf(bytes: Buffer | null): string | null {
  return bytes?.toString('utf8') ?? null
}

/** Commits what was printed, and says how that went. @throws ClientError when another member has its name */
async function commit(
  consumer: GroupConsumer,
  print: EventPrinter,
  batches: readonly PartitionBatch[],
): Promise<void> {
  const offsets = batches.map(({ topic, partition, records }) => ({
    topic,
    partition,
    offset: (records.at(-1)?.offset ?? -1) + 1,
  }))
  const epochs = batches.map(({ records }) => records.at(-1)?.leaderEpoch ?? null)
  try {
    await consumer.commit(
      offsets.map((place, index) => ({ ...place, leaderEpoch: epochs[index] ?? null })),
    )
    await print('offsets_committed', { offsets, success: true })
  } catch (error) {
    if (error instanceof ClientError && error.errorName === 'FENCED_INSTANCE_ID') throw error
    await print('offsets_committed', { offsets, error: messageOf(error), success: false })
  }
}
