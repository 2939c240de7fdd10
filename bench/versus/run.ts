// Runs the loads on Ottla, and on Apache Kafka beside it where Java and Maven are, in turn and in rounds.
import { setTimeout as sleep } from 'node:timers/promises'
import { hasJavaAndMaven, installApacheKafka } from '../brokers/apache-kafka.ts'
import type { BrokerKind, RunningBroker } from '../brokers/broker.ts'
import { ottla } from '../brokers/ottla.ts'
import type { Figures } from '../figures.ts'
import { formatted } from '../figures.ts'
import { Generator } from '../generator/generator.ts'
import type { Target } from '../generator/tasks.ts'
import { chosenFrom, type BenchOptions } from '../options.ts'
import { circumstancesNow, resultPath, writeResult } from '../results.ts'
import { say } from '../say.ts'
import { pythonWithLibrdkafka } from './librdkafka.ts'
import type { Load, Round } from './load.ts'
import { loads } from './loads.ts'
import { rowsOf, versusPlot, versusText, type VersusData } from './report.ts'

const secondsPerRun = 3
const warmUpSeconds = 1
/** In the first round the JVM still compiles what the load needs. */
const firstWarmUpSeconds = 5
const settleMs = 100

type Samples = Record<string, Figures[][]>

export async function runVersus(options: BenchOptions): Promise<void> {
  const circumstances = circumstancesNow()
  const kinds = await brokerKinds(options)
  const { chosen, python } = await runnable(options)
  const samples: Samples = {}
  const bench = new Bench(kinds, options, python, samples)
  const isOn = (on: Load['on']) => (load: Load) => (options.cold ? 'fresh' : load.on) === on
  for (const on of ['warm', 'durable', 'fresh'] as const)
    await bench.run(chosen.filter(isOn(on)), on)
  const { rounds, scale, cold } = options
  const rows = rowsOf(loads, samples)
  const data: VersusData = {
    brokers: kinds.map(({ name }) => name),
    rounds,
    scale,
    cold,
    rows,
    samples,
  }
  say(`\n${versusText(data)}\n`)
  if (kinds.length === 1 && options.kafka === 'auto') {
    say('Ottla alone: Apache Kafka beside it needs Java 17 and Maven.')
  }
  const result = { part: 'versus', circumstances, data } as const
  const written = writeResult(resultPath('versus', options), result, versusPlot(data))
  say(`figures and plot: ${written.join(', ')}`)
}

async function brokerKinds({ kafka }: BenchOptions): Promise<BrokerKind[]> {
  if (kafka === 'no') return [ottla]
  if (kafka === 'auto' && !(await hasJavaAndMaven())) return [ottla]
  return [ottla, await installApacheKafka()]
}

/** The loads that can run here; says which cannot. */
async function runnable(options: BenchOptions): Promise<{ chosen: Load[]; python: string }> {
  const chosen = chosenFrom(loads, options)
  if (!chosen.some(({ needs }) => needs === 'librdkafka')) return { chosen, python: '' }
  const { python, reason } = await pythonWithLibrdkafka()
  if (python !== null) return { chosen, python }
  const without = chosen.filter(({ needs }) => needs !== 'librdkafka')
  const left = chosen.filter(({ needs }) => needs === 'librdkafka').map(({ name }) => name)
  say(`not run: ${left.join(', ')}; confluent-kafka cannot be had here: ${reason}`)
  return { chosen: without, python: '' }
}

class Bench {
  readonly #kinds: readonly BrokerKind[]
  readonly #options: BenchOptions
  readonly #python: string
  readonly #samples: Samples
  /** Topics that were filled, by broker and shape. */
  readonly #filled = new Map<string, string>()
  #topics = 0

  constructor(
    kinds: readonly BrokerKind[],
    options: BenchOptions,
    python: string,
    samples: Samples,
  ) {
    this.#kinds = kinds
    this.#options = options
    this.#python = python
    this.#samples = samples
  }

  /** Every load of every round on one broker after the other. */
  async run(chosen: readonly Load[], on: Load['on']): Promise<void> {
    if (chosen.length === 0) return
    const start = (kind: BrokerKind): Promise<RunningBroker> =>
      kind.start({ durable: on === 'durable' })
    const up: RunningBroker[] = []
    const generator = new Generator()
    try {
      if (on !== 'fresh') for (const kind of this.#kinds) up.push(await start(kind))
      for (let round = 0; round < this.#options.rounds; round++) {
        for (const load of chosen.filter(({ roundsMax = Infinity }) => round < roundsMax)) {
          for (const [side, kind] of this.#kinds.entries()) {
            const broker = up[side] ?? (await start(kind))
            const where = `round ${round + 1}  ${load.name}  ${kind.name}`
            const figures = await load
              .run(this.#round(broker, generator, { load, round, on }))
              .catch((error: unknown) => failure(where, error))
            if (on === 'fresh') await broker.stop()
            const sides = (this.#samples[load.name] ??= this.#kinds.map(() => []))
            if (figures === null) continue
            sides[side]?.push(figures)
            say(`${where}: ${summary(load, figures)}`)
            await sleep(settleMs)
          }
        }
      }
    } finally {
      generator.end()
      for (const broker of up) await broker.stop()
    }
  }

  #round(
    broker: RunningBroker,
    generator: Generator,
    { load, round, on }: { load: Load; round: number; on: Load['on'] },
  ): Round {
    const { scale } = this.#options
    const warmUp = on === 'fresh' ? 0 : round === 0 ? firstWarmUpSeconds : warmUpSeconds
    const target: Target = {
      port: broker.port,
      brokerPid: broker.pid,
      topic: `bench-${load.name}-${this.#topics++}`,
      warmUpSeconds: warmUp * Math.min(1, scale),
      seconds: secondsPerRun * scale,
    }
    const filled: Round['filled'] = async (how) => {
      const key = `${broker.pid} ${how.recordBytes} ${how.recordsPerBatch} ${how.totalBytes}`
      const topic = this.#filled.get(key) ?? `bench-filled-${this.#topics++}`
      if (!this.#filled.has(key)) await generator.run({ ...target, topic, kind: 'fill', ...how })
      this.#filled.set(key, topic)
      return topic
    }
    return { broker, generator, scale, target, python: this.#python, filled }
  }
}

/** One load that fails costs its own figures, and the run its clean exit code. */
function failure(where: string, error: unknown): null {
  say(`${where}: FAILED: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
  return null
}

/** The figures that the table will show, and who was the limit. */
function summary(load: Load, figures: Figures): string {
  const also = ['broker cores', 'cores waited for', 'generator cores']
  const names = [...Object.keys(load.figures), ...also].filter((name) => name in figures)
  return names.map((name) => `${name} ${formatted(figures[name] ?? null)}`).join('; ')
}
