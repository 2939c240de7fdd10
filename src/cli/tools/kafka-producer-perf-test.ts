// kafka-producer-perf-test: produces records as fast as told, and says how fast that was.
import { Producer } from '../../client/producer.ts'
import { producerSettings } from './producer-settings.ts'
import type { OptionTable } from './options.ts'
import {
  beginTool,
  failureCode,
  javaText,
  keyValues,
  readPropertiesFile,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool is used to verify the producer performance.'

const options = {
  'bootstrap-server': { text: 'The brokers to connect to.', value: 'BOOTSTRAP-SERVER' },
  topic: { text: 'The topic to produce to.', value: 'TOPIC' },
  'num-records': { text: 'How many records.', value: 'NUM-RECORDS', type: 'long' },
  'record-size': { text: 'Their size in bytes.', value: 'RECORD-SIZE', type: 'int' },
  'payload-file': { text: 'A file of payloads, one drawn for each record.', value: 'FILE' },
  'payload-delimiter': { text: 'What parts them.', value: 'DELIMITER', fallback: '\\n' },
  'payload-monotonic': { text: 'Payloads count up from 0.' },
  throughput: { text: 'Records a second; -1: as many as possible.', value: 'N', fallback: '-1' },
  'producer-props': {
    text: '(Deprecated) Producer properties.',
    value: 'PROP-NAME=PROP-VALUE',
    many: true,
  },
  'command-property': {
    text: 'Producer properties.',
    value: 'PROP-NAME=PROP-VALUE',
    many: true,
  },
  'producer.config': {
    text: '(Deprecated) A file with producer properties.',
    value: 'CONFIG-FILE',
  },
  'command-config': { text: 'A file with producer properties.', value: 'CONFIG-FILE' },
  'warmup-records': { text: 'The first so many do not count.', value: 'N', fallback: '0' },
  'reporting-interval': { text: 'How often to report, ms.', value: 'MS', fallback: '5000' },
  'print-metrics': { text: 'Print metrics; there are none here.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-producer-perf-test', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call: Call = beginTool(options, args, host, { summary })
  const { options: given } = call
  const error = (text: string): never => call.usage(`producer-performance: error: ${text}`)
  for (const name of ['topic', 'num-records'] as const) {
    if (!given.has(name)) error(`argument --${name} is required`)
  }
  const sources = ['record-size', 'payload-file', 'payload-monotonic'] as const
  if (sources.filter((name) => given.has(name)).length !== 1) {
    error('one of the arguments --record-size --payload-file --payload-monotonic is required')
  }
  if (given.numberOf('num-records') <= 0) error('--num-records should be greater than zero.')
  if ((given.number('record-size') ?? 1) <= 0) error('--record-size should be greater than zero.')
  if (given.numberOf('warmup-records') >= given.numberOf('num-records')) {
    error(
      'The value for --warmup-records must be strictly fewer than the number of records in the test, --num-records.',
    )
  }
  try {
    const properties = propertiesOf(call)
    const bootstrap = given.value('bootstrap-server') ?? properties.get('bootstrap.servers') ?? ''
    const settings = producerSettings(properties)
    await withCluster(
      host,
      { bootstrap, properties, clientId: 'perf-producer-client' },
      (cluster) => produce(call, new Producer(cluster, settings, host.random)),
    )
    return 0
  } catch (failure) {
    return failureCode(host, failure)
  }
}

function propertiesOf({ options: given, host }: Call): ReadonlyMap<string, string> {
  const file = given.value('producer.config') ?? given.value('command-config')
  return new Map([
    ...readPropertiesFile(host, file),
    ...keyValues([...given.values('producer-props'), ...given.values('command-property')]),
  ])
}

/** A record at its place in the run → its payload. */
type Payloads = (index: number) => Buffer

function payloadsOf({ options: given, host }: Call): Payloads {
  if (given.has('payload-monotonic')) return (index) => Buffer.from(String(index))
  const file = given.value('payload-file')
  const draw = (bound: number): number => host.random.bytes(4).readUInt32BE(0) % bound
  if (file !== undefined) {
    const delimiter = given.required('payload-delimiter').replaceAll('\\n', '\n')
    const payloads = host.disk.readFile(file).toString('utf8').split(delimiter)
    if (payloads.at(-1) === '') payloads.pop()
    if (payloads.length === 0) throw new Error('File does not exist or empty file provided.')
    const buffers = payloads.map((payload) => Buffer.from(payload))
    return () => buffers[draw(buffers.length)] ?? Buffer.alloc(0)
  }
  // Letters A to Z, as Kafka's: drawn once, cut at another place for every record.
  const size = given.numberOf('record-size')
  const letters = host.random.bytes(size + 1024).map((byte) => 65 + (byte % 26))
  const text = Buffer.from(letters)
  return (index) => text.subarray(index % 1024, (index % 1024) + size)
}

async function produce(call: Call, producer: Producer): Promise<void> {
  const { options: given, host } = call
  const topic = given.required('topic')
  const count = given.numberOf('num-records')
  const perSecond = Number(given.required('throughput'))
  const warmup = given.numberOf('warmup-records')
  const payloads = payloadsOf(call)
  await producer.prepare(topic)
  const { clock } = host
  const startMs = clock.monotonicMs()
  const meter = new Meter(startMs, given.numberOf('reporting-interval'))
  const steady = warmup > 0 ? new Meter(startMs, Infinity) : null
  for (let index = 0; index < count; index++) {
    const value = payloads(index)
    const sentMs = clock.monotonicMs()
    if (index === warmup) steady?.restart(sentMs)
    producer.send({ topic, key: null, value }).then(
      () => {
        const nowMs = clock.monotonicMs()
        const report = meter.take(nowMs, nowMs - sentMs, value.length)
        if (report !== null) void host.out(report)
        if (index >= warmup) steady?.take(nowMs, nowMs - sentMs, value.length)
      },
      (error: unknown) => host.err(`${javaText(error)}\n`),
    )
    await producer.ready()
    // Answers are read only when the loop lets go.
    if (index % turnRecords === turnRecords - 1) await new Promise((next) => setImmediate(next))
    const aheadMs =
      perSecond > 0 ? ((index + 1) * 1000) / perSecond - (clock.monotonicMs() - startMs) : 0
    if (aheadMs > 1) await new Promise<void>((next) => clock.after(aheadMs, next, 'hold-process'))
  }
  await producer.flush()
  await new Promise((next) => setImmediate(next))
  await host.out(meter.total(clock.monotonicMs(), ''))
  if (steady !== null) await host.out(steady.total(clock.monotonicMs(), ' steady state'))
}

const turnRecords = 256
const MiB = 1024 * 1024

/** Counts what was delivered, by window and in all. */
class Meter {
  readonly #latencies: number[] = []
  readonly #intervalMs: number
  #startMs: number
  #windowMs: number
  #window = { count: 0, bytes: 0, latency: 0, max: 0 }
  #bytes = 0

  constructor(nowMs: number, intervalMs: number) {
    this.#startMs = nowMs
    this.#windowMs = nowMs
    this.#intervalMs = intervalMs
  }

  restart(nowMs: number): void {
    this.#startMs = nowMs
  }

  /** Counts a record; a line about the window when it is over. */
  take(nowMs: number, latencyMs: number, bytes: number): string | null {
    this.#latencies.push(latencyMs)
    this.#bytes += bytes
    const window = this.#window
    window.count += 1
    window.bytes += bytes
    window.latency += latencyMs
    window.max = Math.max(window.max, latencyMs)
    const elapsedMs = nowMs - this.#windowMs
    if (elapsedMs < this.#intervalMs) return null
    this.#windowMs = nowMs
    this.#window = { count: 0, bytes: 0, latency: 0, max: 0 }
    const rate = ((window.count * 1000) / elapsedMs).toFixed(1)
    const speed = ((window.bytes * 1000) / elapsedMs / MiB).toFixed(2)
    const average = (window.latency / window.count).toFixed(1)
    return `${window.count} records sent, ${rate} records/sec (${speed} MB/sec), ${average} ms avg latency, ${window.max.toFixed(1)} ms max latency.\n`
  }

  total(nowMs: number, kind: string): string {
    const sorted = this.#latencies.sort((left, right) => left - right)
    const elapsedMs = nowMs - this.#startMs
    const at = (share: number): number => Math.round(sorted[Math.floor(share * sorted.length)] ?? 0)
    const sum = sorted.reduce((total, latency) => total + latency, 0)
    const rate = ((sorted.length * 1000) / elapsedMs).toFixed(6)
    const speed = ((this.#bytes * 1000) / elapsedMs / MiB).toFixed(2)
    const average = (sum / Math.max(1, sorted.length)).toFixed(2)
    const max = (sorted.at(-1) ?? 0).toFixed(2)
    return `${sorted.length}${kind} records sent, ${rate} records/sec (${speed} MB/sec), ${average} ms avg latency, ${max} ms max latency, ${at(0.5)} ms 50th, ${at(0.95)} ms 95th, ${at(0.99)} ms 99th, ${at(0.999)} ms 99.9th.\n`
  }
}
