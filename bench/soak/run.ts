// Runs a mix of everything for a long time and asks whether the broker stays as it was: memory, descriptors,
// CPU and latency over time. Retention is short, so that segments come and go all the while.
import { ottla } from '../brokers/ottla.ts'
import type { RunningBroker } from '../brokers/broker.ts'
import { formatted, type Figures } from '../figures.ts'
import { Generator } from '../generator/generator.ts'
import type { Target } from '../generator/tasks.ts'
import type { BenchOptions } from '../options.ts'
import { descriptorCount, residentBytes } from '../process-stat.ts'
import { circumstancesNow, resultPath, writeResult } from '../results.ts'
import { say } from '../say.ts'
import { soakPlot, soakText, trendIn, watchedNames } from './report.ts'
import type { Sample, SoakData } from './report.ts'

/** Of one round of the mix, of which one sample comes. */
const roundSeconds = 10
const secondsPerMinute = 60
const settings = [
  'log.segment.bytes=8388608',
  'log.retention.bytes=33554432',
  'log.retention.check.interval.ms=5000',
]

export async function runSoak(options: BenchOptions): Promise<void> {
  const circumstances = circumstancesNow()
  const broker = await ottla.start({ settings })
  const generators = [0, 1, 2].map(() => new Generator())
  const samples: Sample[] = []
  const started = performance.now()
  const elapsedMinutes = (): number => (performance.now() - started) / 1000 / secondsPerMinute
  try {
    for (let round = 0; elapsedMinutes() < options.minutes; round++) {
      const figures = await mixedRound(broker, generators, { round, scale: options.scale })
      samples.push({ minutes: elapsedMinutes(), figures })
      const values = watchedNames.map((name) => `${name} ${formatted(figures[name] ?? null)}`)
      say(`${elapsedMinutes().toFixed(1)} min  ${values.join('; ')}`)
    }
  } finally {
    for (const generator of generators) generator.end()
    await broker.stop()
  }
  const trends = watchedNames.map((name) => [name, trendIn(samples, name)] as const)
  say(`\n${soakText(trends)}\n`)
  const data: SoakData = { minutes: options.minutes, trends, samples }
  const written = writeResult(
    resultPath('soak', options),
    { part: 'soak', circumstances, data },
    soakPlot(samples),
  )
  say(`figures and plot: ${written.join(', ')}`)
}

/** Appends, a tailing consumer, and groups and connections that come and go, on topics that do so too. */
async function mixedRound(
  broker: RunningBroker,
  [appends, tail, comings]: readonly Generator[],
  { round, scale }: { round: number; scale: number },
): Promise<Figures> {
  const seconds = roundSeconds * Math.min(1, scale)
  const target = (name: string): Target => ({
    port: broker.port,
    brokerPid: broker.pid,
    topic: `soak-${name}-${round}`,
    warmUpSeconds: 0,
    seconds,
  })
  const produce = { partitions: 4, recordBytes: 1024, recordsPerBatch: 4 }
  const connections = { connections: 8, inFlightPerConnection: 1 }
  const latency = { recordBytes: 200, recordsPerSecond: 200 }
  const comingAndGoing = async (): Promise<void> => {
    await comings?.run({ ...target('groups'), kind: 'groups', count: 20, commitsEach: 50 })
    await comings?.run({ ...target('idle'), kind: 'connections', count: 200, seconds: seconds / 4 })
  }
  const [appended, arrived] = await Promise.all([
    appends?.run({ ...target('appends'), kind: 'produce', ...produce, ...connections }),
    tail?.run({ ...target('tail'), kind: 'latency', ...latency }),
    comingAndGoing(),
  ])
  return {
    'RSS MB': (residentBytes(broker.pid) ?? NaN) / 1e6,
    descriptors: descriptorCount(broker.pid) ?? NaN,
    'append p99 ms': appended?.['p99 ms'] ?? NaN,
    'end to end p99 ms': arrived?.['p99 ms'] ?? NaN,
    'CPU us/append': appended?.['CPU us/request'] ?? NaN,
  }
}
