// kafka-e2e-latency: how long a record takes from the producer through the broker to a consumer.
import type { Cluster } from '../../client/cluster.ts'
import { Consumer } from '../../client/consumer.ts'
import type { ConsumedRecord } from '../../client/fetched-records.ts'
import { commitOffsets, listOffsets, offsetTimes } from '../../client/offsets.ts'
import { Producer, type OutgoingRecord } from '../../client/producer.ts'
import { createTopic, describeTopics, listTopics, partitionKey } from '../../client/topics.ts'
import type { Random } from '../../io/random.ts'
import { consumerSettings } from './consumer-settings.ts'
import type { OptionTable } from './options.ts'
import { producerSettings } from './producer-settings.ts'
import { beginTool, failureCode, readPropertiesFile, withCluster } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool measures end-to-end latency in Kafka by sending messages and timing their reception.'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to.',
    value: 'bootstrap-server',
  },
  topic: { text: 'REQUIRED: The topic; made if there is none.', value: 'topic-name' },
  'num-records': { text: 'REQUIRED: How many records.', value: 'count', type: 'int' },
  'producer-acks': { text: "REQUIRED: '1' or 'all'.", value: 'producer-acks' },
  'record-size': { text: 'REQUIRED: Bytes of each value.', value: 'bytes', type: 'int' },
  'record-key-size': {
    text: 'Bytes of each key.',
    value: 'bytes',
    type: 'int',
    optionalValue: true,
    fallback: '0',
  },
  'record-header-key-size': {
    text: "Bytes of each header's key.",
    value: 'bytes',
    type: 'int',
    optionalValue: true,
    fallback: '0',
  },
  'record-header-size': {
    text: "Bytes of each header's value; -1: null.",
    value: 'bytes',
    type: 'int',
    optionalValue: true,
    fallback: '0',
  },
  'num-headers': {
    text: 'How many headers a record has.',
    value: 'count',
    type: 'int',
    optionalValue: true,
    fallback: '0',
  },
  'command-config': {
    text: 'A file with properties of the clients.',
    value: 'config-file',
    optionalValue: true,
  },
} as const satisfies OptionTable

type Name = keyof typeof options
type Call = ToolCall<Name | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-e2e-latency', summary, options, run }

/** In the order of the arguments that had no names before Kafka 4.2. */
const positional = [
  'bootstrap-server',
  'topic',
  'num-records',
  'producer-acks',
  'record-size',
  'command-config',
] as const satisfies readonly Name[]
const requiredNames = positional.slice(0, -1)

/** Gives positional arguments their names; null: they are neither named nor five or six. */
export function namedArguments(args: readonly string[]): readonly string[] | null {
  if (args.length === 0 || requiredNames.some((name) => args.includes(`--${name}`))) return args
  if (args.length !== positional.length && args.length !== requiredNames.length) return null
  return args.flatMap((value, index) => [`--${positional[index]}`, value])
}

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const named = namedArguments(args)
  if (named === null) {
    host.err(
      `Invalid number of arguments. Expected 5 or 6 positional arguments, but got ${args.length}. Usage: bootstrap-server topic num-records producer-acks record-size [optional] command-config\n`,
    )
    return 1
  }
  if (named !== args) {
    const names = positional.map((name) => `--${name}`).join(', ')
    await host.out(
      `WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. Please use named arguments instead: ${names}\n`,
    )
  }
  const call: Call = beginTool(options, named, host, { summary })
  try {
    checkArguments(call)
    const file = call.options.value('command-config')
    const properties = readPropertiesFile(host, file)
    const bootstrap = call.options.required('bootstrap-server')
    await withCluster(host, { bootstrap, properties, clientId: 'e2e-latency' }, (cluster) =>
      measure(call, cluster, properties),
    )
    return 0
  } catch (error) {
    return failureCode(host, error)
  }
}

function checkArguments(call: Call): void {
  const { options: given } = call
  call.require(...requiredNames)
  if (!['1', 'all'].includes(given.required('producer-acks'))) {
    call.usage(
      "Invalid value for --producer-acks. Latency testing requires synchronous acknowledgement. Please use '1' or 'all'.",
    )
  }
  if (given.numberOf('num-records') <= 0) {
    call.usage('Value for --num-records must be a positive integer.')
  }
  const sizes = ['record-size', 'record-key-size', 'record-header-key-size'] as const
  for (const name of sizes) {
    if (given.numberOf(name) < 0) {
      call.usage(`Value for --${name} must be a non-negative integer.`)
    }
  }
  if (given.numberOf('record-header-size') < -1) {
    call.usage(
      'Value for --record-header-size must be a non-negative integer or -1 for null header value.',
    )
  }
  if (given.numberOf('num-headers') < 0) {
    call.usage('Value for --num-headers must be a non-negative integer.')
  }
}

const reportEvery = 1000

async function measure(
  call: Call,
  cluster: Cluster,
  properties: ReadonlyMap<string, string>,
): Promise<void> {
  const { options: given, host } = call
  const { clock, random } = host
  const topic = given.required('topic')
  await makeTopic(call, cluster, topic)
  const consumer = await consumerAtEnd(cluster, topic, properties)
  const producer = new Producer(cluster, producerSettingsOf(call, properties), random)
  await producer.prepare(topic)
  const groupId = `test-group-${clock.nowMs()}`
  const latencies: number[] = []
  try {
    for (let index = 0; index < given.numberOf('num-records'); index++) {
      const record = recordOf(call, topic)
      const startMs = clock.monotonicMs()
      await producer.send(record)
      const received = await pollFor(consumer, () => clock.monotonicMs())
      const latencyMs = clock.monotonicMs() - startMs
      checkReceived(record, received)
      if (index % reportEvery === 0) await host.out(`${index}\t${latencyMs}\n`)
      latencies.push(latencyMs)
    }
    await host.out(latencyReport(latencies))
  } finally {
    await commitOffsets(cluster, groupId, consumer.positions)
  }
}

/** Every record at once, and no wait for more of them. */
function producerSettingsOf(
  { options: given }: Call,
  properties: ReadonlyMap<string, string>,
): ReturnType<typeof producerSettings> {
  const own = { 'linger.ms': '0', acks: given.required('producer-acks') }
  return producerSettings(new Map([...properties, ...Object.entries(own)]))
}

async function makeTopic({ host }: Call, cluster: Cluster, topic: string): Promise<void> {
  if ((await listTopics(cluster)).some(({ name }) => name === topic)) return
  await host.out(
    `Topic "${topic}" does not exist. Will create topic with 1 partition(s) and replication factor = 1\n`,
  )
  const plain = { partitions: 1, replicationFactor: 1, assignments: [], configs: new Map() }
  try {
    await createTopic(cluster, { name: topic, ...plain })
  } catch (error) {
    await host.out(`Creation of topic ${topic} failed\n`)
    throw error
  }
}

/** A consumer of all partitions, each at its end as it is now. */
async function consumerAtEnd(
  cluster: Cluster,
  topic: string,
  properties: ReadonlyMap<string, string>,
): Promise<Consumer> {
  const [description] = await describeTopics(cluster, [topic])
  const partitions = (description?.partitions ?? []).map(({ partition }) => ({ topic, partition }))
  const { latest } = offsetTimes
  const ends = await listOffsets(
    cluster,
    partitions.map((place) => ({ ...place, timestamp: latest })),
  )
  const consumer = new Consumer(cluster, { ...consumerSettings(properties), maxWaitMs: 0 })
  consumer.assign(
    partitions.map((place) => {
      const offset = ends.get(partitionKey(place.topic, place.partition))?.offset ?? 0
      return { ...place, offset }
    }),
  )
  return consumer
}

const pollTimeoutMs = 60_000

async function pollFor(
  consumer: Consumer,
  monotonicMs: () => number,
): Promise<readonly ConsumedRecord[]> {
  const deadlineMs = monotonicMs() + pollTimeoutMs
  while (monotonicMs() < deadlineMs) {
    const records = await consumer.poll(pollTimeoutMs)
    if (records.length > 0) return records
  }
  throw new Error(`poll() timed out before finding a result (timeout:[${pollTimeoutMs}ms])`)
}

function recordOf({ options: given, host }: Call, topic: string): OutgoingRecord {
  const { random } = host
  const keyBytes = given.numberOf('record-header-key-size')
  const valueBytes = given.numberOf('record-header-size')
  return {
    topic,
    key: letters(random, given.numberOf('record-key-size')),
    value: letters(random, given.numberOf('record-size')),
    headers: Array.from({ length: given.numberOf('num-headers') }, () => ({
      key: letters(random, keyBytes).toString('latin1'),
      value: valueBytes === -1 ? null : letters(random, valueBytes),
    })),
  }
}

/** One capital letter, drawn once, over and over. */
function letters(random: Random, bytes: number): Buffer {
  return Buffer.alloc(bytes, 65 + (random.bytes(1).readUInt8(0) % 26))
}

/** What came must be the one record that was sent. @throws Error in Kafka's words */
export function checkReceived(sent: OutgoingRecord, received: readonly ConsumedRecord[]): void {
  const [record] = received
  const text = (bytes: Buffer | null | undefined): string => bytes?.toString('utf8') ?? 'null'
  for (const part of ['value', 'key'] as const) {
    if (text(record?.[part]) !== text(sent[part])) {
      throw new Error(
        `The message ${part} read [${text(record?.[part])}] did not match the message ${part} sent [${text(sent[part])}]`,
      )
    }
  }
  const pairs = (headers: OutgoingRecord['headers'] = []): string =>
    headers.map(({ key, value }) => `${key}:${text(value)}`).join(', ')
  if (pairs(record?.headers) !== pairs(sent.headers)) {
    throw new Error(
      `The message header read [${pairs(record?.headers)}] did not match the message header sent [${pairs(sent.headers)}]`,
    )
  }
  if (received.length !== 1) {
    throw new Error(`Only one result was expected during this test. We found [${received.length}]`)
  }
}

/** The two lines at the end; percentiles are whole milliseconds, cut off. */
export function latencyReport(latenciesMs: readonly number[]): string {
  const count = latenciesMs.length
  const average = latenciesMs.reduce((sum, latency) => sum + latency, 0) / count
  const sorted = latenciesMs.map(Math.floor).sort((left, right) => left - right)
  const at = (share: number): number => sorted[Math.floor(count * share)] ?? 0
  return `Avg latency: ${average.toFixed(4)} ms\nPercentiles: 50th = ${at(0.5)}, 99th = ${at(0.99)}, 99.9th = ${at(0.999)}\n`
}
