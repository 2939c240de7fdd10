// kafka-console-consumer: records of topics, to standard output.
import { booleanIn, ClientConfigRefused, numberIn } from '../../client/client-config.ts'
import type { Cluster } from '../../client/cluster.ts'
import { Consumer, defaultConsumerSettings } from '../../client/consumer.ts'
import type { ConsumerSettings, OffsetReset, Position } from '../../client/consumer.ts'
import type { ConsumedRecord } from '../../client/fetched-records.ts'
import { GroupConsumer } from '../../client/group-consumer.ts'
import { javaPattern } from './java-pattern.ts'
import { OptionsRefused, type OptionTable } from './options.ts'
import { formatterOf, type Formatter } from './record-formatters.ts'
import {
  beginTool,
  javaText,
  keyValues,
  messageOf,
  readPropertiesFile,
  ToolExit,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to read data from Kafka topics and outputs it to standard output.'
const formatterText =
  'A property of the formatter: print.timestamp, print.key, print.offset, print.epoch, print.partition, print.headers, print.value (true or false), key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer, headers.deserializer.'

const options = {
  topic: { text: 'The topic to read.', value: 'topic' },
  include: { text: 'A regular expression: the topics to read.', value: 'Java regex (String)' },
  partition: {
    text: 'The partition to read, from its end unless --offset says otherwise.',
    value: 'partition',
    type: 'int',
  },
  offset: {
    text: "Where to begin: an offset, 'earliest' or 'latest'.",
    value: 'consume offset',
    fallback: 'latest',
  },
  'consumer-property': {
    text: '(Deprecated) A consumer property, key=value.',
    value: 'consumer_prop',
  },
  'command-property': { text: 'A consumer property, key=value.', value: 'consumer_prop' },
  'consumer.config': {
    text: '(Deprecated) A file with consumer properties.',
    value: 'config file',
  },
  'command-config': { text: 'A file with consumer properties.', value: 'config file' },
  formatter: {
    text: 'The class that formats records.',
    value: 'class',
    fallback: 'org.apache.kafka.tools.consumer.DefaultMessageFormatter',
  },
  property: { text: `(Deprecated) ${formatterText}`, value: 'prop' },
  'formatter-property': { text: formatterText, value: 'prop' },
  'formatter-config': { text: 'A file with properties of the formatter.', value: 'config file' },
  'from-beginning': { text: 'Begin with the first record where no offset is committed.' },
  'max-messages': { text: 'End after so many records.', value: 'num_messages', type: 'int' },
  'timeout-ms': {
    text: 'End when no record has come for so long.',
    value: 'timeout_ms',
    type: 'long',
  },
  'skip-message-on-error': { text: 'Go on when a record cannot be formatted.' },
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to.',
    value: 'server to connect to',
  },
  'key-deserializer': { text: 'The class that reads keys.', value: 'deserializer for keys' },
  'value-deserializer': { text: 'The class that reads values.', value: 'deserializer for values' },
  'enable-systest-events': { text: 'Print the end of the consumer too.' },
  'isolation-level': {
    text: 'read_committed or read_uncommitted.',
    value: '',
    fallback: 'read_uncommitted',
  },
  group: { text: 'The group to read with.', value: 'consumer group id' },
} as const satisfies OptionTable

type Name = keyof typeof options
type Call = ToolCall<Name | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-console-consumer', summary, options, run }

/** What reads records: the partitions that were named, or those that a group assigns. */
interface RecordSource {
  poll(timeoutMs: number): Promise<readonly ConsumedRecord[]>
  seek(position: Position): void
  close(): Promise<void>
}

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary })
  try {
    await checkArguments(call)
    const properties = await consumerProperties(call)
    const formatter = await buildFormatter(call)
    const bootstrap = call.options.required('bootstrap-server')
    await withCluster(host, { bootstrap, properties, clientId: 'console-consumer' }, (cluster) =>
      consume(call, { cluster, properties, formatter }),
    )
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (error instanceof OptionsRefused) call.usage(error.message)
    host.err(`ERROR Unknown error when running consumer:  ${javaText(error)}\n`)
    return 1
  }
}

interface Setup {
  readonly cluster: Cluster
  readonly properties: ReadonlyMap<string, string>
  readonly formatter: Formatter
}

async function consume(call: Call, setup: Setup): Promise<void> {
  const { options: given, host } = call
  const source = recordSource(call, setup)
  if (!given.has('partition')) {
    host.err(
      'The consumer rebalance protocol (KIP-848) is production-ready! Set group.protocol=consumer to try it out. See https://kafka.apache.org/documentation/#consumer_rebalance_protocol\n',
    )
  }
  const progress: Progress = { count: 0, isInterrupted: false, unread: [] }
  host.onInterrupt(() => {
    progress.isInterrupted = true
  })
  try {
    await printRecords(call, { source, formatter: setup.formatter, progress })
  } finally {
    for (const record of [...progress.unread].reverse()) source.seek(record)
    host.err(`Processed a total of ${progress.count} messages\n`)
    await source.close().catch((error: unknown) => host.err(`ERROR ${javaText(error)}\n`))
    if (given.has('enable-systest-events')) await host.out('shutdown_complete\n')
  }
}

interface Progress {
  count: number
  isInterrupted: boolean
  /** Polled and not printed. */
  unread: readonly ConsumedRecord[]
}

const pollMsMax = 500

async function printRecords(
  { options: given, host }: Call,
  work: {
    readonly source: RecordSource
    readonly formatter: Formatter
    readonly progress: Progress
  },
): Promise<void> {
  const { source, formatter, progress } = work
  const maxMessages = given.number('max-messages') ?? -1
  const timeout = given.number('timeout-ms') ?? -1
  const timeoutMs = timeout < 0 ? Infinity : timeout
  const isFull = (): boolean => maxMessages !== -1 && progress.count >= maxMessages
  let lastRecordMs = host.clock.monotonicMs()
  while (!progress.isInterrupted && !isFull()) {
    const leftMs = timeoutMs - (host.clock.monotonicMs() - lastRecordMs)
    if (leftMs < 0) {
      host.err(
        'ERROR Error processing message, terminating consumer process:  org.apache.kafka.common.errors.TimeoutException\n',
      )
      return
    }
    progress.unread = await source.poll(Math.min(leftMs, pollMsMax))
    if (progress.unread.length > 0) lastRecordMs = host.clock.monotonicMs()
    let chunk: Buffer[] = []
    let read = 0
    for (const record of progress.unread) {
      if (isFull() || progress.isInterrupted) break
      read += 1
      progress.count += 1
      const text = formatted(record, formatter, given.has('skip-message-on-error'), host)
      if (text !== null) chunk.push(text)
    }
    progress.unread = progress.unread.slice(read)
    if (chunk.length > 0) await host.out(Buffer.concat(chunk))
    chunk = []
  }
}

function formatted(
  record: ConsumedRecord,
  formatter: Formatter,
  skipsErrors: boolean,
  host: ToolHost,
): Buffer | null {
  try {
    return formatter(record)
  } catch (error) {
    if (!skipsErrors) throw error
    host.err(`ERROR Error processing message, skipping this message:  ${messageOf(error)}\n`)
    return null
  }
}

function recordSource({ options: given, host }: Call, setup: Setup): RecordSource {
  const { cluster, properties } = setup
  const settings = consumerSettings(properties)
  const topic = given.value('topic')
  const partition = given.number('partition')
  if (topic !== undefined && partition !== undefined) {
    const offset = given.has('offset') ? given.required('offset') : null
    const isEarliest = offset?.toLowerCase() === 'earliest' || given.has('from-beginning')
    const start = offset !== null && /^\d+$/.test(offset) ? { offset: Number(offset) } : {}
    const consumer = new Consumer(cluster, {
      ...settings,
      reset: isEarliest ? 'earliest' : 'latest',
    })
    consumer.assign([{ topic, partition, ...start }])
    return {
      poll: (timeoutMs) => consumer.poll(timeoutMs),
      seek: (position) => consumer.seek(position),
      close: () => Promise.resolve(),
    }
  }
  const groupId = properties.get('group.id')
  const random = host.random.bytes(4).readUInt32BE(0) % randomGroupsMax
  return new GroupConsumer(cluster, {
    ...settings,
    groupId: groupId ?? `console-consumer-${random}`,
    sessionTimeoutMs: numberIn(properties, 'session.timeout.ms', 45_000),
    rebalanceTimeoutMs: numberIn(properties, 'max.poll.interval.ms', 300_000),
    heartbeatIntervalMs: numberIn(properties, 'heartbeat.interval.ms', 3000),
    instanceId: properties.get('group.instance.id') ?? null,
    autoCommit: booleanIn(properties, 'enable.auto.commit', groupId !== undefined),
    autoCommitIntervalMs: numberIn(properties, 'auto.commit.interval.ms', 5000),
    topics: topic === undefined ? javaPattern(given.required('include')) : [topic],
  })
}

const randomGroupsMax = 100_000

function consumerSettings(properties: ReadonlyMap<string, string>): ConsumerSettings {
  const defaults = defaultConsumerSettings
  const isolation = properties.get('isolation.level') ?? defaults.isolation
  if (isolation !== 'read_committed' && isolation !== 'read_uncommitted') {
    throw new ClientConfigRefused(
      `Invalid value ${isolation} for configuration isolation.level: String must be one of: read_committed, read_uncommitted`,
    )
  }
  return {
    isolation,
    reset: resetIn(properties.get('auto.offset.reset')),
    maxWaitMs: numberIn(properties, 'fetch.max.wait.ms', defaults.maxWaitMs),
    minBytes: numberIn(properties, 'fetch.min.bytes', defaults.minBytes),
    maxBytes: numberIn(properties, 'fetch.max.bytes', defaults.maxBytes),
    partitionMaxBytes: numberIn(
      properties,
      'max.partition.fetch.bytes',
      defaults.partitionMaxBytes,
    ),
  }
}

function resetIn(text = 'latest'): OffsetReset {
  if (text === 'earliest' || text === 'latest' || text === 'none') return text
  throw new ClientConfigRefused(
    `Invalid value ${text} for configuration auto.offset.reset: Invalid value \`${text}\`. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.`,
  )
}

async function checkArguments(call: Call): Promise<void> {
  const { options: given, host } = call
  call.requireOneOf('topic', 'include')
  if (given.has('partition')) {
    if (!given.has('topic')) call.usage('The topic is required when partition is specified.')
    if (given.has('from-beginning') && given.has('offset')) {
      call.usage('Options from-beginning and offset cannot be specified together.')
    }
  } else if (given.has('offset')) {
    call.usage('The partition is required when offset is specified.')
  }
  call.require('bootstrap-server')
  const aliases = [
    ['consumer-property', 'command-property'],
    ['consumer.config', 'command-config'],
  ] as const
  for (const [deprecated, current] of aliases) {
    if (given.has(deprecated) && given.has(current)) {
      call.usage(`Options --${deprecated} and --${current} cannot be specified together.`)
    }
  }
  for (const [deprecated, current] of aliases) {
    if (given.has(deprecated)) {
      await host.out(
        `Option --${deprecated} is deprecated and will be removed in a future version. Use --${current} instead.\n`,
      )
    }
  }
}

async function consumerProperties(call: Call): Promise<ReadonlyMap<string, string>> {
  const { options: given, host } = call
  const file = given.value(given.has('consumer.config') ? 'consumer.config' : 'command-config')
  const name = given.has('consumer-property') ? 'consumer-property' : 'command-property'
  const fromFile = file === undefined ? new Map<string, string>() : readPropertiesFile(host, file)
  const extra = keyValues(given.values(name))
  checkGroup(call, [given.value('group'), fromFile.get('group.id'), extra.get('group.id')])
  const properties = new Map([...fromFile, ...extra])
  const group = given.value('group')
  if (group !== undefined) properties.set('group.id', group)
  const reset = properties.get('auto.offset.reset')
  if (reset === undefined) {
    properties.set('auto.offset.reset', given.has('from-beginning') ? 'earliest' : 'latest')
  } else if (given.has('from-beginning') && reset !== 'earliest') {
    host.err(
      `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${reset}', please remove one option\n`,
    )
    throw new ToolExit(1)
  }
  if (given.has('isolation-level') || !properties.has('isolation.level')) {
    properties.set('isolation.level', given.required('isolation-level'))
  }
  checkOffset(call)
  return Promise.resolve(properties)
}

function checkGroup(call: Call, named: readonly (string | undefined)[]): void {
  const groups = [...new Set(named.filter((group) => group !== undefined))]
  if (groups.length > 1) {
    const list = groups.map((group) => `'${group}'`).join(', ')
    call.usage(
      `The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: ${list}`,
    )
  }
  if (groups.length > 0 && call.options.has('partition')) {
    call.usage('Options group and partition cannot be specified together.')
  }
}

function checkOffset(call: Call): void {
  if (!call.options.has('offset')) return
  const offset = call.options.required('offset')
  if (/^(earliest|latest)$/i.test(offset) || /^\+?\d+$/.test(offset)) return
  call.usage(
    `The provided offset value '${offset}' is incorrect. Valid values are ` +
      `'earliest', 'latest', or a non-negative long.`,
  )
}

async function buildFormatter(call: Call): Promise<Formatter> {
  const { options: given, host } = call
  if (given.has('formatter-property') && given.has('property')) {
    call.usage('Options --property and --formatter-property cannot be specified together.')
  }
  if (given.has('property')) {
    await host.out(
      'Option --property is deprecated and will be removed in a future version. Use --formatter-property instead.\n',
    )
  }
  const file = given.value('formatter-config')
  const properties = file === undefined ? new Map<string, string>() : readPropertiesFile(host, file)
  const key = given.value('key-deserializer')
  if (key !== undefined && key !== '') properties.set('key.deserializer', key)
  const value = given.value('value-deserializer')
  if (value !== undefined && value !== '') properties.set('value.deserializer', value)
  const name = given.has('property') ? 'property' : 'formatter-property'
  for (const [property, text] of keyValues(given.values(name))) properties.set(property, text)
  try {
    return formatterOf(given.required('formatter'), properties)
  } catch (error) {
    return call.usage(messageOf(error))
  }
}
