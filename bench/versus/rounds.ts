// Loads in rounds, each on one broker after the other: which brokers are up, how they are warmed, and what
// every run gave.
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerKind, RunningBroker } from '../brokers/broker.ts'
import { formatted, type Figures } from '../figures.ts'
import { Generator } from '../generator/generator.ts'
import type { Target } from '../generator/tasks.ts'
import { say } from '../say.ts'
import type { Clients, Load, Round } from './load.ts'

const secondsPerRun = 3
const warmUpSeconds = 1
/** In the first round the JVM still compiles what the load needs. */
const firstWarmUpSeconds = 5
/** What a CI run or a laptop sees of a broker before it is warm. */
const coldSecondsPerRun = 10
const settleMs = 100

export interface How {
  readonly rounds: number
  /** Multiplies measured times and counts. */
  readonly scale: number
  /** Every load on a broker that has just started, without a warm-up. */
  readonly cold: boolean
}

interface Run {
  readonly load: Load
  readonly broker: RunningBroker
  readonly generator: Generator
  readonly round: number
}

export class Rounds {
  /** Per load and broker, one sample a round. */
  readonly samples: Record<string, Figures[][]> = {}
  readonly #kinds: readonly BrokerKind[]
  readonly #clients: Clients
  readonly #how: How
  /** Topics that were filled, by broker and shape. */
  readonly #filled = new Map<string, string>()
  #topics = 0

  constructor(kinds: readonly BrokerKind[], clients: Clients, how: How) {
    this.#kinds = kinds
    this.#clients = clients
    this.#how = how
  }

  async run(chosen: readonly Load[]): Promise<void> {
    const stateFor = ({ on }: Load): Load['on'] => (this.#how.cold ? 'fresh' : on)
    for (const on of ['warm', 'durable', 'fresh'] as const)
      await this.#runOn(
        on,
        chosen.filter((load) => stateFor(load) === on),
      )
  }

  /** Loads on brokers in one state: those that stay up are started once for all. */
  async #runOn(on: Load['on'], chosen: readonly Load[]): Promise<void> {
    if (chosen.length === 0) return
    const up: RunningBroker[] = []
    const generator = new Generator()
    try {
      if (on !== 'fresh')
        for (const kind of this.#kinds) up.push(await kind.start({ durable: on === 'durable' }))
      for (let round = 0; round < this.#how.rounds; round++) {
        for (const load of chosen.filter(({ roundsMax = Infinity }) => round < roundsMax)) {
          for (const [side, kind] of this.#kinds.entries()) {
            const broker = up[side] ?? (await kind.start({ durable: load.on === 'durable' }))
            const where = `round ${round + 1}  ${load.name}  ${kind.name}`
            const figures = await this.#measure({ load, broker, generator, round }, on, where)
            if (on === 'fresh') await broker.stop()
            const sides = (this.samples[load.name] ??= this.#kinds.map(() => []))
            if (figures !== null) sides[side]?.push(figures)
          }
        }
      }
    } finally {
      generator.end()
      for (const broker of up) await broker.stop()
    }
  }

  /** One load that fails costs its own figures, and the run its clean exit code. */
  async #measure(run: Run, on: Load['on'], where: string): Promise<Figures | null> {
    const { load, round } = run
    const { scale } = this.#how
    const isFirst = on !== 'fresh' && round === 0
    try {
      if (isFirst && load.warmUpScale !== undefined)
        await load.run(this.#round(run, { scale: scale * load.warmUpScale, warmUp: 0 }))
      const warmUp = on === 'fresh' ? 0 : isFirst ? firstWarmUpSeconds : warmUpSeconds
      const figures = await load.run(this.#round(run, { scale, warmUp }))
      say(`${where}: ${summary(load, figures)}`)
      await sleep(settleMs)
      return figures
    } catch (error) {
      say(`${where}: FAILED: ${error instanceof Error ? error.message : String(error)}`)
      process.exitCode = 1
      return null
    }
  }

  #round(
    { load, broker, generator }: Run,
    { scale, warmUp }: { scale: number; warmUp: number },
  ): Round {
    const target: Target = {
      port: broker.port,
      brokerPid: broker.pid,
      topic: `bench-${load.name}-${this.#topics++}`,
      warmUpSeconds: warmUp * Math.min(1, scale),
      seconds: (this.#how.cold ? coldSecondsPerRun : secondsPerRun) * scale,
    }
    const filled: Round['filled'] = async (how) => {
      const key = `${broker.pid} ${how.recordBytes} ${how.recordsPerBatch} ${how.totalBytes}`
      const topic = this.#filled.get(key) ?? `bench-filled-${this.#topics++}`
      if (!this.#filled.has(key)) await generator.run({ ...target, topic, kind: 'fill', ...how })
      this.#filled.set(key, topic)
      return topic
    }
    return { broker, generator, scale, target, clients: this.#clients, filled }
  }
}

/** The figures that the table will show, and who was the limit. */
function summary(load: Load, figures: Figures): string {
  const also = ['broker cores', 'cores waited for', 'generator cores']
  const names = [...Object.keys(load.figures), ...also].filter((name) => name in figures)
  return names.map((name) => `${name} ${formatted(figures[name] ?? null)}`).join('; ')
}
