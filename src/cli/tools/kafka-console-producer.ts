// kafka-console-producer: standard input, line by line, into a topic.
import { parseBootstrap } from '../../client/client-config.ts'
import { Producer, type OutgoingRecord } from '../../client/producer.ts'
import { lineRules, linesOf, recordOfLine } from './line-reader.ts'
import type { OptionTable } from './options.ts'
import { producerSettings } from './producer-settings.ts'
import {
  beginTool,
  failureCode,
  javaText,
  keyValues,
  messageOf,
  readPropertiesFile,
  ToolExit,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to read data from standard input and publish it to Kafka.'
const readerText =
  'A property of the reader: parse.key=false, parse.headers=false, ignore.error=false, key.separator=\\t, headers.delimiter=\\t, headers.separator=, headers.key.separator=: null.marker='

const options = {
  topic: { text: 'REQUIRED: The topic to produce to.', value: 'topic' },
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to, HOST1:PORT1,HOST2:PORT2.',
    value: 'server to connect to',
  },
  sync: { text: 'Wait for the answer to each record before the next is sent.' },
  'compression-codec': {
    text: "none, gzip, snappy, lz4 or zstd; without a value 'gzip'.",
    value: 'compression-codec',
    optionalValue: true,
  },
  'batch-size': { text: 'batch.size.', value: 'size', type: 'int', fallback: '16384' },
  'message-send-max-retries': { text: 'retries.', value: '', type: 'int', fallback: '3' },
  'retry-backoff-ms': { text: 'retry.backoff.ms.', value: '', type: 'long', fallback: '100' },
  timeout: { text: 'linger.ms.', value: 'timeout_ms', type: 'long', fallback: '1000' },
  'request-required-acks': { text: 'acks.', value: 'request required acks', fallback: '-1' },
  'request-timeout-ms': {
    text: 'request.timeout.ms.',
    value: 'request timeout ms',
    type: 'int',
    fallback: '1500',
  },
  'metadata-expiry-ms': {
    text: 'metadata.max.age.ms.',
    value: 'metadata expiration interval',
    type: 'long',
    fallback: '300000',
  },
  'max-block-ms': {
    text: 'max.block.ms.',
    value: 'max block on send',
    type: 'long',
    fallback: '60000',
  },
  'max-memory-bytes': {
    text: 'buffer.memory.',
    value: 'total memory in bytes',
    type: 'long',
    fallback: '33554432',
  },
  'max-partition-memory-bytes': {
    text: '(Deprecated) batch.size. Use --batch-size instead.',
    value: 'memory in bytes per partition',
    type: 'int',
    fallback: '16384',
  },
  'line-reader': {
    text: 'The class that reads lines; only the default one exists here.',
    value: 'reader_class',
    fallback: 'org.apache.kafka.tools.LineMessageReader',
  },
  'socket-buffer-size': {
    text: 'send.buffer.bytes; without effect here.',
    value: 'size',
    type: 'int',
    fallback: '102400',
  },
  property: { text: `(Deprecated) ${readerText}`, value: 'prop' },
  'reader-property': { text: readerText, value: 'prop' },
  'reader-config': { text: 'A file with properties of the reader.', value: 'config file' },
  'producer-property': {
    text: '(Deprecated) A producer property, key=value.',
    value: 'producer_prop',
  },
  'command-property': { text: 'A producer property, key=value.', value: 'producer_prop' },
  'producer.config': {
    text: '(Deprecated) A file with producer properties.',
    value: 'config file',
  },
  'command-config': { text: 'A file with producer properties.', value: 'config file' },
} as const satisfies OptionTable

type Name = keyof typeof options
type Call = ToolCall<Name | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-console-producer', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary })
  await checkArguments(call)
  try {
    const reader = lineRules(readerProperties(call))
    const properties = producerProperties(call)
    const settings = producerSettings(properties)
    const topic = call.options.required('topic')
    const bootstrap = call.options.required('bootstrap-server')
    await withCluster(
      host,
      { bootstrap, properties, clientId: 'console-producer' },
      async (cluster) => {
        const producer = new Producer(cluster, settings, host.random)
        host.onInterrupt(() => {
          void producer.flush().finally(() => host.exit(0))
        })
        try {
          await produce(call, { producer, reader, topic })
        } finally {
          await producer.flush()
        }
      },
    )
    return 0
  } catch (error) {
    return failureCode(host, error)
  }
}

async function produce(
  { options: given, host }: Call,
  to: {
    readonly producer: Producer
    readonly reader: ReturnType<typeof lineRules>
    readonly topic: string
  },
): Promise<void> {
  const { producer, reader, topic } = to
  const isSync = given.has('sync')
  let number = 0
  if (host.isInteractive) await host.out('>')
  for await (const text of linesOf(host.input)) {
    number += 1
    const record = recordOfLine(reader, { text, number, topic })
    await prepared(producer, record, host)
    const delivery = producer.send(record)
    if (isSync) await delivery
    else delivery.catch((error: unknown) => logFailure(host, record, error))
    await producer.ready()
    if (host.isInteractive) await host.out('>')
    else host.showProgress(() => `${number} lines`)
  }
}

/** A topic that cannot be found fails the record, not the tool: the next line may find it. */
async function prepared(producer: Producer, record: OutgoingRecord, host: ToolHost): Promise<void> {
  try {
    await producer.prepare(record.topic)
  } catch (error) {
    logFailure(host, record, error)
    throw new ToolExit(0)
  }
}

function logFailure(host: ToolHost, record: OutgoingRecord, error: unknown): void {
  const size = (bytes: Buffer | null): string => (bytes === null ? 'null' : `${bytes.length} bytes`)
  host.err(
    `ERROR Error when sending message to topic ${record.topic} with key: ${size(record.key)}, value: ${size(record.value)} with error: ${messageOf(error)}\n${javaText(error)}\n`,
  )
}

async function checkArguments(call: Call): Promise<void> {
  const { options: given, host } = call
  call.require('topic')
  const aliases = [
    ['command-config', 'producer.config'],
    ['command-property', 'producer-property'],
    ['reader-property', 'property'],
  ] as const
  for (const [current, deprecated] of aliases) {
    if (given.has(current) && given.has(deprecated)) {
      call.usage(`Options --${current} and --${deprecated} cannot be specified together.`)
    }
  }
  for (const [current, deprecated] of [aliases[1], aliases[0], aliases[2]]) {
    if (given.has(deprecated)) {
      await host.out(
        `Warning: --${deprecated} is deprecated and will be removed in a future version. Use --${current} instead.\n`,
      )
    }
  }
  if (given.has('max-partition-memory-bytes')) {
    await host.out(
      'Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size instead.\n',
    )
  }
  checkBootstrap(call)
  const reader = given.required('line-reader')
  if (reader !== options['line-reader'].fallback) {
    host.err(`java.lang.ClassNotFoundException: ${reader}\n`)
    throw new ToolExit(1)
  }
}

function checkBootstrap(call: Call): void {
  const bootstrap = call.options.value('bootstrap-server')
  if (bootstrap === undefined || bootstrap === '') {
    call.usage('Error while validating the bootstrap address\n')
  }
  try {
    parseBootstrap(bootstrap)
  } catch (error) {
    call.usage(messageOf(error))
  }
}

function readerProperties({ options: given, host }: Call): ReadonlyMap<string, string> {
  const file = given.value('reader-config')
  const name = given.has('property') ? 'property' : 'reader-property'
  return new Map([...readPropertiesFile(host, file), ...keyValues(given.values(name))])
}

/** A flag that was given counts most, then the properties, then the flag's default. */
function producerProperties({ options: given, host }: Call): ReadonlyMap<string, string> {
  const file = given.value(given.has('producer.config') ? 'producer.config' : 'command-config')
  const name = given.has('producer-property') ? 'producer-property' : 'command-property'
  const properties = new Map([...readPropertiesFile(host, file), ...keyValues(given.values(name))])
  const flags = [
    ['linger.ms', 'timeout'],
    ['acks', 'request-required-acks'],
    ['request.timeout.ms', 'request-timeout-ms'],
    ['retries', 'message-send-max-retries'],
    ['retry.backoff.ms', 'retry-backoff-ms'],
    ['buffer.memory', 'max-memory-bytes'],
    ['batch.size', 'batch-size'],
    ['batch.size', 'max-partition-memory-bytes'],
    ['max.block.ms', 'max-block-ms'],
  ] as const
  for (const [key, flag] of flags) {
    if (given.has(flag) || !properties.has(key)) properties.set(key, given.required(flag))
  }
  const codec = given.value('compression-codec')
  properties.set('compression.type', given.has('compression-codec') ? (codec ?? 'gzip') : 'none')
  return properties
}
