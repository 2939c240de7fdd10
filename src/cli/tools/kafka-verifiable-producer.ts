// kafka-verifiable-producer: produces numbers that count up, and says of each whether the broker took it.
import { ClientError, exceptionName } from '../../client/errors.ts'
import { Producer } from '../../client/producer.ts'
import { eventPrinter, JavaDouble, signalExitCodes, type EventPrinter } from './event-lines.ts'
import { usageOf, type OptionTable } from './options.ts'
import { producerSettings } from './producer-settings.ts'
import {
  beginTool,
  configFileOf,
  failureCode,
  messageOf,
  readPropertiesFile,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool produces increasing integers to the specified topic and prints JSON metadata to stdout on each "send" request, making externally visible which messages have been acked and which have not.'

const options = {
  topic: { text: 'REQUIRED: The topic to produce to.', value: 'TOPIC' },
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to.',
    value: 'HOST1:PORT1[,HOST2:PORT2[...]]',
  },
  'max-messages': {
    text: 'How many records; -1: until the process is ended.',
    value: 'MAX-MESSAGES',
    type: 'int',
    fallback: '-1',
  },
  throughput: {
    text: 'Records a second, about; -1: as many as possible.',
    value: 'THROUGHPUT',
    type: 'int',
    fallback: '-1',
  },
  acks: { text: '0, 1 or -1.', value: 'ACKS', type: 'int', fallback: '-1' },
  'producer.config': {
    text: '(Deprecated) A file with producer properties.',
    value: 'CONFIG-FILE',
  },
  'message-create-time': {
    text: 'The timestamp of the first record, ms since the epoch; later ones follow the clock.',
    value: 'CREATE-TIME',
    type: 'long',
    fallback: '-1',
  },
  'value-prefix': { text: 'Values are PREFIX.NUMBER.', value: 'VALUE-PREFIX', type: 'int' },
  'repeating-keys': {
    text: 'Keys count from 0 to one less than this, again and again.',
    value: 'REPEATING-KEYS',
    type: 'int',
  },
  'command-config': { text: 'A file with producer properties.', value: 'CONFIG-FILE' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-verifiable-producer', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  if (args.length === 0) {
    await host.out(`${summary}\n${usageOf(options)}`)
    return 0
  }
  const call: Call = beginTool(options, args, host, { summary })
  const { options: given } = call
  const error = (text: string): never => call.usage(`verifiable-producer: error: ${text}`)
  if (!given.has('bootstrap-server')) error('one of the arguments --bootstrap-server is required')
  if (!given.has('topic')) error('argument --topic is required')
  if (![0, 1, -1].includes(given.numberOf('acks'))) {
    error(`argument --acks: invalid choice: '${given.value('acks')}' (choose from {0,1,-1})`)
  }
  if (given.has('producer.config') && given.has('command-config')) {
    error('Options --producer.config and --command-config are mutually exclusive.')
  }
  const file = await configFileOf(call, 'producer.config')
  try {
    const properties = propertiesOf(call, file)
    const bootstrap = properties.get('bootstrap.servers') ?? given.required('bootstrap-server')
    const settings = producerSettings(properties)
    return await withCluster(host, { bootstrap, properties, clientId: 'producer-1' }, (cluster) =>
      produce(call, new Producer(cluster, settings, host.random)),
    )
  } catch (failure) {
    return failureCode(host, failure)
  }
}

/** What the file says counts for more than the flags. */
function propertiesOf(
  { options: given, host }: Call,
  file: string | undefined,
): ReadonlyMap<string, string> {
  const properties = new Map([
    ['acks', given.required('acks')],
    ['retries', '0'],
    ...readPropertiesFile(host, file),
  ])
  // Idempotence needs retries: Kafka's producer goes without it, unless it was asked for.
  if (properties.get('retries') === '0' && !properties.has('enable.idempotence')) {
    properties.set('enable.idempotence', 'false')
  }
  return properties
}

/** What a record carries; `index` counts from 0. */
export interface NumberedRecord {
  readonly key: string | null
  readonly value: string
}

/** The record at its place in the run. */
export function numberedRecord(
  index: number,
  rules: { readonly prefix: number | undefined; readonly keyCount: number | undefined },
): NumberedRecord {
  const { prefix, keyCount } = rules
  // A count below 1 is never reached: keys go on.
  const cycle = keyCount !== undefined && keyCount > 0 ? keyCount : Infinity
  return {
    key: keyCount === undefined ? null : String(cycle === Infinity ? index : index % cycle),
    value: prefix === undefined ? String(index) : `${prefix}.${index}`,
  }
}

interface Tally {
  sent: number
  acked: number
}

const turnRecords = 256

async function produce(call: Call, producer: Producer): Promise<number> {
  const { options: given, host } = call
  const { clock } = host
  const print = eventPrinter(host)
  const startMs = clock.nowMs()
  const stop = stopSignal(host)
  const tally: Tally = { sent: 0, acked: 0 }
  const max = given.numberOf('max-messages')
  const perSecond = given.numberOf('throughput')
  let createTime = given.numberOf('message-create-time')
  await print('startup_complete')
  for (let index = 0; (max < 0 || index < max) && stop.exitCode === null; index++) {
    const record = numberedRecord(index, {
      prefix: given.number('value-prefix'),
      keyCount: given.number('repeating-keys'),
    })
    await send(call, { producer, print, tally, record, createTime })
    if (createTime >= 0) createTime += clock.nowMs() - startMs
    // Answers are read only when the loop lets go.
    if (index % turnRecords === turnRecords - 1) await new Promise((next) => setImmediate(next))
    if (perSecond === 0) await stop.requested
    else if (perSecond > 0) {
      const aheadMs = (tally.sent * 1000) / perSecond - (clock.nowMs() - startMs)
      if (aheadMs > 1) await Promise.race([stop.requested, pause(host, aheadMs)])
    }
  }
  await producer.flush()
  await new Promise((next) => setImmediate(next))
  await print('shutdown_complete')
  await print('tool_data', {
    ...tally,
    target_throughput: perSecond,
    avg_throughput: new JavaDouble((1000 * tally.acked) / Math.max(1, clock.nowMs() - startMs)),
  })
  return stop.exitCode ?? 0
}

function pause({ clock }: ToolHost, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve, 'hold-process')
  })
}

/** Resolves, and says the exit code, when somebody wants the process to end. */
function stopSignal({ onInterrupt }: ToolHost): {
  readonly requested: Promise<void>
  readonly exitCode: number | null
} {
  const state: { requested: Promise<void>; exitCode: number | null } = {
    exitCode: null,
    requested: new Promise((resolve) => {
      onInterrupt((signal) => {
        state.exitCode = signalExitCodes[signal]
        resolve()
      })
    }),
  }
  return state
}

async function send(
  { options: given }: Call,
  work: {
    readonly producer: Producer
    readonly print: EventPrinter
    readonly tally: Tally
    readonly record: NumberedRecord
    /** -1: now. */
    readonly createTime: number
  },
): Promise<void> {
  const { producer, print, tally, record, createTime } = work
  const { key, value } = record
  const topic = given.required('topic')
  const failed = (error: unknown): Promise<void> => {
    const isOurs = error instanceof ClientError
    const className = isOurs ? exceptionName(error) : 'org.apache.kafka.common.KafkaException'
    const exception = `class ${className}`
    return print('producer_send_error', { topic, key, value, exception, message: messageOf(error) })
  }
  tally.sent += 1
  try {
    await producer.prepare(topic)
    await producer.ready()
  } catch (error) {
    return failed(error)
  }
  void producer
    .send({
      topic,
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
      ...(createTime < 0 ? {} : { timestamp: createTime }),
    })
    .then(({ partition, offset }) => {
      tally.acked += 1
      return print('producer_send_success', { key, value, offset, topic, partition })
    }, failed)
}
