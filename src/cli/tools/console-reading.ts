// What kafka-console-consumer and kafka-console-share-consumer have in common: the flags about groups, properties and
// formatters, how they run, and the loop that prints records.
import type { Cluster } from '../../client/cluster.ts'
import type { ConsumedRecord } from '../../client/fetched-records.ts'
import { OptionsRefused, type OptionTable } from './options.ts'
import { formatterOf, type Formatter } from './record-formatters.ts'
import {
  javaText,
  keyValues,
  messageOf,
  readPropertiesFile,
  ToolExit,
  withCluster,
} from './tool.ts'
import type { ToolCall, ToolHost } from './tool.ts'

const formatterText =
  'A property of the formatter: print.timestamp, print.key, print.offset, print.delivery, print.epoch, print.partition, print.headers, print.value (true or false), key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer, headers.deserializer.'

/** The flags of both tools. */
export const readingOptions = {
  'consumer-property': {
    text: '(Deprecated) A consumer property, key=value.',
    value: 'consumer_prop',
  },
  'command-property': { text: 'A consumer property, key=value.', value: 'consumer_prop' },
  'command-config': { text: 'A file with consumer properties.', value: 'config file' },
  formatter: {
    text: 'The class that formats records.',
    value: 'class',
    fallback: 'org.apache.kafka.tools.consumer.DefaultMessageFormatter',
  },
  property: { text: `(Deprecated) ${formatterText}`, value: 'prop' },
  'formatter-property': { text: formatterText, value: 'prop' },
  'formatter-config': { text: 'A file with properties of the formatter.', value: 'config file' },
  'max-messages': { text: 'End after so many records.', value: 'num_messages', type: 'int' },
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to.',
    value: 'server to connect to',
  },
  'key-deserializer': { text: 'The class that reads keys.', value: 'deserializer for keys' },
  'value-deserializer': { text: 'The class that reads values.', value: 'deserializer for values' },
  'enable-systest-events': { text: 'Print the end of the consumer too.' },
} as const satisfies OptionTable

type Name = keyof typeof readingOptions

/** Refuses a flag beside its deprecated name, and says what is deprecated. */
export async function checkAliases<Flag extends string>(
  call: ToolCall<Flag>,
  aliases: readonly (readonly [deprecated: Flag, current: Flag])[],
): Promise<void> {
  const { options: given, host } = call
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

interface ConsumerProperties {
  /** Of a file. */
  readonly file: ReadonlyMap<string, string>
  /** Of flags: these count. */
  readonly flags: ReadonlyMap<string, string>
}

/** The consumer's properties; `path`: the file that was named. */
export function readConsumerProperties(
  { options: given, host }: ToolCall<Name>,
  path: string | undefined,
): ConsumerProperties {
  const flag = given.has('consumer-property') ? 'consumer-property' : 'command-property'
  return {
    file: readPropertiesFile(host, path),
    flags: keyValues(given.values(flag)),
  }
}

/** The one group that is named; undefined: none is. */
export function groupNamed(
  call: ToolCall<Name | 'group'>,
  { file, flags }: ConsumerProperties,
  fileFlag: string,
): string | undefined {
  const named = [call.options.value('group'), file.get('group.id'), flags.get('group.id')]
  const groups = [...new Set(named.filter((group) => group !== undefined))]
  if (groups.length > 1) {
    const list = groups.map((group) => `'${group}'`).join(', ')
    call.usage(
      `The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--${fileFlag}') do not match. Detected group ids: ${list}`,
    )
  }
  return groups[0]
}

/** The formatter that the flags describe. */
async function buildFormatter(call: ToolCall<Name>): Promise<Formatter> {
  const { options: given, host } = call
  await checkAliases(call, [['property', 'formatter-property']])
  const file = given.value('formatter-config')
  const properties = readPropertiesFile(host, file)
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

/** What a tool reads with. */
export interface ReadingSetup {
  readonly cluster: Cluster
  readonly properties: ReadonlyMap<string, string>
  readonly formatter: Formatter
}

/** How a tool that reads begins, and what it then does. */
export interface ReadingRun {
  readonly clientId: string
  /** Refuses a command line that makes no sense. */
  readonly check: () => Promise<void>
  /** The consumer's properties. */
  readonly properties: () => ReadonlyMap<string, string>
  readonly consume: (setup: ReadingSetup) => Promise<void>
}

/** Runs a tool that reads; its exit code. */
export async function runReading(call: ToolCall<Name>, reading: ReadingRun): Promise<number> {
  const { host } = call
  const { clientId } = reading
  try {
    await reading.check()
    const properties = reading.properties()
    const formatter = await buildFormatter(call)
    const bootstrap = call.options.required('bootstrap-server')
    await withCluster(host, { bootstrap, properties, clientId }, (cluster) =>
      reading.consume({ cluster, properties, formatter }),
    )
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (error instanceof OptionsRefused) call.usage(error.message)
    host.err(`ERROR Unknown error when running consumer: \n${javaText(error)}\n`)
    return 1
  }
}

/** How far the loop has come. */
export interface Progress<Item> {
  count: number
  isInterrupted: boolean
  /** Polled and not printed. */
  unread: readonly Item[]
}

export interface Reading<Item> {
  readonly poll: (timeoutMs: number) => Promise<readonly Item[]>
  readonly formatter: Formatter
  /** -1: no end. */
  readonly maxMessages: number
  /** How long no record may come; negative: for ever. */
  readonly timeoutMs: number
  readonly onPrinted: (record: Item) => void
  /** A record could not be formatted: throws, or has said so and goes on. */
  readonly onFailure: (record: Item, error: unknown) => void
}

const pollMsMax = 500

/** As in Kafka's tools, the exit code stays 0. */
function sayWhyItEnds(host: ToolHost, reason: string): void {
  host.err(`ERROR Error processing message, terminating consumer process: \n${reason}\n`)
}

/** Prints records until there are enough, none comes any more, polling fails, or somebody interrupts. */
export async function printRecords<Item extends ConsumedRecord>(
  host: ToolHost,
  reading: Reading<Item>,
  progress: Progress<Item>,
): Promise<void> {
  const { poll, formatter, maxMessages } = reading
  const timeoutMs = reading.timeoutMs < 0 ? Infinity : reading.timeoutMs
  const isDone = (): boolean =>
    progress.isInterrupted || (maxMessages !== -1 && progress.count >= maxMessages)
  let lastRecordMs = host.clock.monotonicMs()
  while (!isDone()) {
    const leftMs = timeoutMs - (host.clock.monotonicMs() - lastRecordMs)
    if (leftMs < 0) return sayWhyItEnds(host, 'org.apache.kafka.common.errors.TimeoutException')
    try {
      progress.unread = await poll(Math.min(leftMs, pollMsMax))
    } catch (error) {
      return sayWhyItEnds(host, javaText(error))
    }
    if (progress.unread.length > 0) lastRecordMs = host.clock.monotonicMs()
    const chunk: Buffer[] = []
    let read = 0
    try {
      for (const record of progress.unread) {
        if (isDone()) break
        read += 1
        progress.count += 1
        try {
          const text = formatter(record)
          if (text !== null) chunk.push(text)
          reading.onPrinted(record)
        } catch (error) {
          reading.onFailure(record, error)
        }
      }
    } finally {
      progress.unread = progress.unread.slice(read)
      if (chunk.length > 0) await host.out(Buffer.concat(chunk))
      if (!host.isOutputSeen) host.showProgress(() => `${progress.count} messages`)
    }
  }
}
