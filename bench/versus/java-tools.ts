// Loads by Apache Kafka's own tools, kafka-producer-perf-test and kafka-consumer-perf-test: what a user of the Java
// client sees. Rates are what the tools tell, and so begin after the JVM's start.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { scratchDirectory } from '../brokers/broker.ts'
import { jvmFlags } from '../brokers/kafka-jars.ts'
import type { Figures } from '../figures.ts'
import { CpuMeter } from '../generator/meter.ts'
import { onFreshTopic, recordCount } from '../generator/topics.ts'
import { scaled, type Round } from './load.ts'

const run = promisify(execFile)
const toolMillisMax = 150_000
const recordMillisMax = 60_000
/** As kafka-producer-perf-test.sh and kafka-consumer-perf-test.sh set it. */
const heap = '-Xmx512M'
const recordsPerBatch = 15
const payloadLines = 2000
const payloads = new Map<number, string>()

interface ProduceShape {
  readonly recordBytes: number
  readonly records: number
  readonly partitions?: number
  /** Of the producer, as key=value, beside acks=all and its defaults. */
  readonly settings?: readonly string[]
}

export function runJavaProducer(shape: ProduceShape): (round: Round) => Promise<Figures> {
  const { recordBytes, partitions = 1, settings = [] } = shape
  return (round) => {
    const { port, topic } = round.target
    const records = scaled(shape.records, round.scale)
    const payload = ['--throughput', '-1', '--payload-file', payloadFile(recordBytes)]
    const properties = ['--command-property', 'acks=all', ...settings]
    return onFreshTopic({ port, topic }, partitions, async () => {
      const tool = await runTool(round, 'ProducerPerformance', [
        ...['--topic', topic, '--num-records', String(records)],
        ...payload,
        ...properties,
      ])
      const arrived = await recordCount(port, topic, partitions)
      if (arrived !== records) throw new Error(`${arrived} of ${records} records arrived`)
      // The line of the whole run is the one with percentiles.
      const [, perSecond] = /, ([\d.]+) records\/sec .* ms 50th,/.exec(tool.output) ?? []
      if (perSecond === undefined) throw new Error(`no figures: ${tool.output.slice(-300)}`)
      return tool.figures({ records, recordBytes, seconds: records / Number(perSecond) })
    })
  }
}

interface ConsumeShape {
  readonly recordBytes: number
  readonly records: number
}

export function runJavaConsumer(shape: ConsumeShape): (round: Round) => Promise<Figures> {
  const { recordBytes } = shape
  return async (round) => {
    const records = scaled(shape.records, round.scale)
    const totalBytes = records * recordBytes
    const topic = await round.filled({ recordBytes, recordsPerBatch, totalBytes })
    const tool = await runTool(round, 'ConsumerPerformance', [
      ...['--topic', topic, '--num-records', String(records)],
      ...['--hide-header', '--timeout', String(recordMillisMax)],
    ])
    // start, end, MB, MB/s, records, records/s, ms of the rebalance, ms of the fetches, ...
    const line = tool.output.trim().split('\n').at(-1) ?? ''
    const [, , , , count = NaN, , , fetchMs = NaN] = line.split(',').map(Number)
    if (!(count >= records)) throw new Error(`${count} of ${records} records came: ${line}`)
    return tool.figures({ records: count, recordBytes, seconds: fetchMs / 1000 })
  }
}

interface ToolRun {
  readonly output: string
  figures(moved: { records: number; recordBytes: number; seconds: number }): Figures
}

/** Runs a tool to its end. The broker's CPU is counted over the whole of it. */
async function runTool(
  { clients, target }: Round,
  tool: 'ProducerPerformance' | 'ConsumerPerformance',
  args: readonly string[],
): Promise<ToolRun> {
  const java = [heap, ...jvmFlags, '-cp', clients.kafkaTools, `org.apache.kafka.tools.${tool}`]
  const bootstrap = ['--bootstrap-server', `127.0.0.1:${target.port}`]
  const cpu = new CpuMeter(target.brokerPid)
  const { stdout } = await run('java', [...java, ...bootstrap, ...args], { timeout: toolMillisMax })
  return {
    output: stdout,
    figures: ({ records, recordBytes, seconds }) => {
      const bytes = records * recordBytes
      const { 'generator cores': _, ...costs } = cpu.figures({ 'CPU s/GB': bytes / 1e9 })
      return { 'MB/s': bytes / 1e6 / seconds, 'records/s': records / seconds, ...costs }
    },
  }
}

/** Lines of printable, JSON-like records, which compress about 3:1; the tool picks from them at random. */
function payloadFile(recordBytes: number): string {
  const known = payloads.get(recordBytes)
  if (known !== undefined) return known
  const path = join(scratchDirectory(), `payload-${recordBytes}.txt`)
  let seed = 7
  const below = (end: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * end)
  }
  const kinds = ['order', 'payment', 'notice', 'sensor']
  const record = (): string =>
    `{"id":${below(1e9)},"user":"u${below(1e6)}","kind":"${kinds[below(kinds.length)]}",` +
    `"amount":${below(1e5) / 100},"note":"${below(2 ** 32).toString(16)}${below(2 ** 32).toString(16)}"}`
  const lines = Array.from({ length: payloadLines }, () => {
    let line = ''
    while (line.length < recordBytes) line += record()
    return line.slice(0, recordBytes)
  })
  writeFileSync(path, `${lines.join('\n')}\n`)
  payloads.set(recordBytes, path)
  return path
}
