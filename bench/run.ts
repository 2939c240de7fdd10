// `npm run bench`: measures Ottla, and Apache Kafka beside it where Java and Maven are there, in turn, and
// prints medians and ratios. bench/README.md says how, and what the figures mean.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hasJavaAndMaven, installApacheKafka } from './brokers/apache-kafka.ts'
import type { BrokerKind, RunningBroker } from './brokers/broker.ts'
import { ottla } from './brokers/ottla.ts'
import type { GeneratorAnswer } from './generator/process.ts'
import type { LoadTask } from './generator/run-load.ts'
import type { Load, Sample } from './loads.ts'
import { parseOptions, usage, type BenchOptions } from './options.ts'
import { loadAverage, residentBytes } from './process-stat.ts'
import { renderTable, rowsOf, type Measurements } from './report.ts'

const generatorScript = fileURLToPath(new URL('generator/process.ts', import.meta.url))
const secondsPerLoad = 3
const warmUpSeconds = 1
/** In the first round the JVM still compiles what the load needs. */
const firstWarmUpSeconds = 3
const idleSeconds = 1

interface Subject {
  readonly kind: BrokerKind
  readonly measured: Measurements
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 1
})

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  const subjects = (await brokerKinds(options)).map((kind): Subject => {
    const lists = { bootMs: [], idleBytes: [], loadedBytes: [], samples: {} }
    return { kind, measured: { broker: kind.name, ...lists } }
  })
  const before = loadAverage()
  say(`load average before: ${before ?? 'unknown'}; ${options.rounds} rounds`)
  await measureBoots(subjects, options.rounds)
  await measureLoads(subjects, options)
  const measured = subjects.map((subject) => subject.measured)
  const rows = rowsOf(options.loads, measured)
  say(
    `\n${renderTable(
      rows,
      measured.map(({ broker }) => broker),
    )}`,
  )
  if (measured.length === 1) say('\nOttla alone: Apache Kafka needs Java 17 and Maven here.')
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    loadAverage: { before, after: loadAverage() },
  }
  mkdirSync(dirname(options.json), { recursive: true })
  writeFileSync(options.json, `${JSON.stringify({ machine, rows, measured }, null, 2)}\n`)
  say(`\nall figures: ${options.json}`)
}

async function brokerKinds({ kafka }: BenchOptions): Promise<BrokerKind[]> {
  if (kafka === 'no') return [ottla]
  if (kafka === 'auto' && !(await hasJavaAndMaven())) return [ottla]
  return [ottla, await installApacheKafka()]
}

/** Starts and stops every broker in turn, and looks at its memory while it idles. */
async function measureBoots(subjects: readonly Subject[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const { kind, measured } of subjects) {
      const broker = await kind.start()
      await sleep(idleSeconds * 1000)
      measured.bootMs.push(broker.bootMs)
      measured.idleBytes.push(residentBytes(broker.pid) ?? Number.NaN)
      await broker.stop()
      say(`round ${round + 1}  boot  ${kind.name}: ${broker.bootMs.toFixed(0)} ms`)
    }
  }
}

/** Every load of every round on one broker after the other, both staying up and warm. */
async function measureLoads(subjects: readonly Subject[], options: BenchOptions): Promise<void> {
  if (options.loads.length === 0) return
  const started: (Subject & { broker: RunningBroker })[] = []
  for (const subject of subjects) started.push({ ...subject, broker: await subject.kind.start() })
  const generator = fork(generatorScript)
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const load of options.loads) {
        for (const { broker, kind, measured } of started) {
          const sample = await runOn(generator, broker, load, round, options.scale)
          const samples = (measured.samples[load.name] ??= [])
          samples.push(sample)
          say(`round ${round + 1}  ${load.name}  ${kind.name}: ${summary(sample)}`)
        }
      }
      for (const { broker, measured } of started) {
        measured.loadedBytes.push(residentBytes(broker.pid) ?? Number.NaN)
      }
    }
  } finally {
    generator.disconnect()
    for (const { broker } of started) await broker.stop()
  }
}

async function runOn(
  generator: ChildProcess,
  broker: RunningBroker,
  load: Load,
  round: number,
  scale: number,
): Promise<Sample> {
  const task: LoadTask = {
    load,
    port: broker.port,
    brokerPid: broker.pid,
    topic: `bench-${load.name}-${round}`,
    warmUpSeconds: round === 0 ? firstWarmUpSeconds : warmUpSeconds,
    seconds: secondsPerLoad * scale,
  }
  const answer = await new Promise<GeneratorAnswer>((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`the generator ended with code ${code}`))
    generator.once('exit', onExit)
    generator.once('message', (message: GeneratorAnswer) => {
      generator.off('exit', onExit)
      resolve(message)
    })
    generator.send(task)
  })
  if ('error' in answer) throw new Error(`${load.name}: ${answer.error}`)
  return answer.sample
}

function summary(sample: Sample): string {
  const rate = Math.round(sample.requests / sample.seconds)
  const megabytes = Math.round(sample.payloadBytes / 1e6 / sample.seconds)
  const { p99Ms, brokerCpuSeconds, brokerCoreWaitSeconds, seconds } = sample
  const perSecond = (value: number | null): string =>
    value === null ? '?' : (value / seconds).toFixed(2)
  const cores = `${perSecond(brokerCpuSeconds)} cores, waits for ${perSecond(brokerCoreWaitSeconds)}`
  const generator = `generator ${sample.generatorCores.toFixed(2)}`
  return `${rate} requests/s, ${megabytes} MB/s, p99 ${p99Ms.toFixed(2)} ms; ${cores}; ${generator}`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
