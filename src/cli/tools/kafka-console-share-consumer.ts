// kafka-console-share-consumer: records that a share group hands out, to standard output (KIP-932).
import type { ShareRecord } from '../../client/share-consumer.ts'
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
import type { OptionTable } from './options.ts'
import { shareConsumer } from './share-settings.ts'
import { beginTool, javaText, messageOf } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool helps to read data from Kafka topics using share groups and outputs it to standard output.'

const options = {
  ...readingOptions,
  topic: { text: 'The topic to read.', value: 'topic' },
  'consumer-config': {
    text: '(Deprecated) A file with consumer properties.',
    value: 'config file',
  },
  'timeout-ms': {
    text: 'End when no record has come for so long.',
    value: 'timeout_ms',
    type: 'int',
  },
  reject: { text: 'Reject records after they are printed: nobody gets them again.' },
  release: { text: 'Release records after they are printed: somebody gets them again.' },
  'reject-message-on-error': { text: 'Reject a record that cannot be formatted, and go on.' },
  group: { text: 'The share group to read with.', value: 'share group id' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-console-share-consumer', summary, options, run }

const defaultName = 'console-share-consumer'

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call: Call = beginTool(options, args, host, { summary })
  return runReading(call, {
    clientId: defaultName,
    check: () => checkArguments(call),
    properties: () => consumerProperties(call),
    consume: (setup) => consume(call, setup),
  })
}

async function checkArguments(call: Call): Promise<void> {
  const { options: given } = call
  if (!given.has('topic')) call.usage('--topic is a required argument')
  call.require('bootstrap-server')
  if (given.has('reject') && given.has('release')) {
    call.usage('At most one of --reject and --release may be specified.')
  }
  await checkAliases(call, [
    ['consumer-property', 'command-property'],
    ['consumer-config', 'command-config'],
  ])
}

function consumerProperties(call: Call): ReadonlyMap<string, string> {
  const { options: given } = call
  const path = given.value(given.has('consumer-config') ? 'consumer-config' : 'command-config')
  const named = readConsumerProperties(call, path)
  const group = groupNamed(call, named, 'consumer-config') ?? defaultName
  return new Map([...named.file, ...named.flags, ['group.id', group]])
}

async function consume(
  call: Call,
  { cluster, properties, formatter }: ReadingSetup,
): Promise<void> {
  const { options: given, host } = call
  const topics = [given.required('topic')]
  const consumer = shareConsumer(host, { cluster, properties, topics })
  const progress: Progress<ShareRecord> = { count: 0, isInterrupted: false, unread: [] }
  host.onInterrupt(() => {
    progress.isInterrupted = true
  })
  try {
    const reading = {
      poll: (timeoutMs: number) => consumer.poll(timeoutMs),
      formatter,
      maxMessages: given.number('max-messages') ?? -1,
      timeoutMs: given.number('timeout-ms') ?? -1,
      onPrinted: (record: ShareRecord) => consumer.acknowledge(record, verdictOf(given)),
      onFailure: (record: ShareRecord, error: unknown) => {
        if (!given.has('reject-message-on-error')) throw error
        host.err(`ERROR Error processing message, rejecting this message: \n${messageOf(error)}\n`)
        consumer.acknowledge(record, 'reject')
      },
    }
    await printRecords(host, reading, progress)
  } finally {
    await consumer.close().catch((error: unknown) => host.err(`ERROR ${javaText(error)}\n`))
    host.err(`Processed a total of ${progress.count} messages\n`)
    if (given.has('enable-systest-events')) await host.out('shutdown_complete\n')
  }
}

function verdictOf(given: Call['options']): 'accept' | 'release' | 'reject' {
  if (given.has('reject')) return 'reject'
  return given.has('release') ? 'release' : 'accept'
}
