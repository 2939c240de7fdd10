// kafka-console-consumer: records of topics, to standard output.
import { booleanIn } from '../../client/client-config.ts'
import { Consumer, type Position } from '../../client/consumer.ts'
import type { ConsumedRecord } from '../../client/fetched-records.ts'
import { GroupConsumer } from '../../client/group-consumer.ts'
import {
  checkAliases,
  groupNamed,
  printRecords,
  readConsumerProperties,
  readingOptions,
  runReading,
  type Progress,
  type ReadingSetup,
} from './console-reading.ts'
import { consumerSettings, groupConsumerSettings } from './consumer-settings.ts'
import { javaPattern } from './java-pattern.ts'
import type { OptionTable } from './options.ts'
import { beginTool, javaText, messageOf, ToolExit } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to read data from Kafka topics and outputs it to standard output.'

const options = {
  ...readingOptions,
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
  'consumer.config': {
    text: '(Deprecated) A file with consumer properties.',
    value: 'config file',
  },
  'from-beginning': { text: 'Begin with the first record where no offset is committed.' },
  'timeout-ms': {
    text: 'End when no record has come for so long.',
    value: 'timeout_ms',
    type: 'long',
  },
  'skip-message-on-error': { text: 'Go on when a record cannot be formatted.' },
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
  const call: Call = beginTool(options, args, host, { summary })
  return runReading(call, {
    clientId: 'console-consumer',
    check: () => checkArguments(call),
    properties: () => consumerProperties(call),
    consume: (setup) => consume(call, setup),
  })
}

async function consume(call: Call, setup: ReadingSetup): Promise<void> {
  const { options: given, host } = call
  const source = recordSource(call, setup)
  if (!given.has('partition')) {
    host.err(
      'The consumer rebalance protocol (KIP-848) is production-ready! Set group.protocol=consumer to try it out. See https://kafka.apache.org/documentation/#consumer_rebalance_protocol\n',
    )
  }
  const progress: Progress<ConsumedRecord> = { count: 0, isInterrupted: false, unread: [] }
  host.onInterrupt(() => {
    progress.isInterrupted = true
  })
  try {
    const reading = {
      poll: (timeoutMs: number) => source.poll(timeoutMs),
      formatter: setup.formatter,
      maxMessages: given.number('max-messages') ?? -1,
      timeoutMs: given.number('timeout-ms') ?? -1,
      onPrinted: () => undefined,
      onFailure: (_record: ConsumedRecord, error: unknown) => {
        if (!given.has('skip-message-on-error')) throw error
        host.err(`ERROR Error processing message, skipping this message: \n${messageOf(error)}\n`)
      },
    }
    await printRecords(host, reading, progress)
  } finally {
    for (const record of [...progress.unread].reverse()) source.seek(record)
    host.err(`Processed a total of ${progress.count} messages\n`)
    await source.close().catch((error: unknown) => host.err(`ERROR ${javaText(error)}\n`))
    if (given.has('enable-systest-events')) await host.out('shutdown_complete\n')
  }
}

function recordSource({ options: given, host }: Call, setup: ReadingSetup): RecordSource {
  const { cluster, properties } = setup
  const topic = given.value('topic')
  const partition = given.number('partition')
  if (topic !== undefined && partition !== undefined) {
    const offset = given.has('offset') ? given.required('offset') : null
    const isEarliest = offset?.toLowerCase() === 'earliest' || given.has('from-beginning')
    const start = offset !== null && /^\d+$/.test(offset) ? { offset: Number(offset) } : {}
    const consumer = new Consumer(cluster, {
      ...consumerSettings(properties),
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
  const settings = groupConsumerSettings(properties, {
    groupId: groupId ?? `console-consumer-${random}`,
    topics: topic === undefined ? javaPattern(given.required('include')) : [topic],
  })
  // Nobody comes back for the offsets of a group with a drawn name.
  const autoCommit = booleanIn(properties, 'enable.auto.commit', groupId !== undefined)
  return new GroupConsumer(cluster, { ...settings, autoCommit })
}

const randomGroupsMax = 100_000

async function checkArguments(call: Call): Promise<void> {
  const { options: given } = call
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
  await checkAliases(call, [
    ['consumer-property', 'command-property'],
    ['consumer.config', 'command-config'],
  ])
}

function consumerProperties(call: Call): ReadonlyMap<string, string> {
  const { options: given, host } = call
  const path = given.value(given.has('consumer.config') ? 'consumer.config' : 'command-config')
  const named = readConsumerProperties(call, path)
  const group = groupNamed(call, named, 'consumer.config')
  if (group !== undefined && given.has('partition')) {
    call.usage('Options group and partition cannot be specified together.')
  }
  const properties = new Map([...named.file, ...named.flags])
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
  return properties
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
