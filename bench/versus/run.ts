// Runs the loads on Ottla, and on Apache Kafka beside it where Java and Maven are: on warm brokers, or (`cold`)
// each on brokers that have just started.
import { installApacheKafka } from '../brokers/apache-kafka.ts'
import type { BrokerKind } from '../brokers/broker.ts'
import { hasJavaAndMaven } from '../brokers/kafka-jars.ts'
import { ottla } from '../brokers/ottla.ts'
import { chosenFrom, type BenchOptions } from '../options.ts'
import { circumstancesNow, resultPath, writeResult, type Part } from '../results.ts'
import { say } from '../say.ts'
import { withClients } from './clients.ts'
import type { Load } from './load.ts'
import { loads } from './loads.ts'
import { rowsOf, versusPlot, versusText, type VersusData } from './report.ts'
import { Rounds } from './rounds.ts'

/** A fresh start of both brokers for every load takes its time. */
const coldRoundsMax = 2

type VersusPart = Extract<Part, 'versus' | 'cold'>

export async function runVersus(part: VersusPart, options: BenchOptions): Promise<void> {
  const circumstances = circumstancesNow()
  const kinds = await brokerKinds(options)
  const { chosen, clients } = await withClients(chosenFor(part, options))
  const { scale } = options
  const cold = part === 'cold'
  const rounds = cold ? Math.min(options.rounds, coldRoundsMax) : options.rounds
  const measured = new Rounds(kinds, clients, { rounds, scale, cold })
  await measured.run(chosen)
  const { samples } = measured
  const rows = rowsOf(loads, samples, { cold })
  const brokers = kinds.map(({ name }) => name)
  const data: VersusData = { brokers, rounds, scale, cold, rows, samples }
  say(`\n${versusText(data)}\n`)
  if (kinds.length === 1 && options.kafka === 'auto') {
    say('Ottla alone: Apache Kafka beside it needs Java 17 and Maven.')
  }
  const written = writeResult(
    resultPath(part, options),
    { part, circumstances, data },
    versusPlot(data),
  )
  say(`figures and plot: ${written.join(', ')}`)
}

async function brokerKinds({ kafka }: BenchOptions): Promise<BrokerKind[]> {
  if (kafka === 'no') return [ottla]
  if (kafka === 'auto' && !(await hasJavaAndMaven())) return [ottla]
  return [ottla, await installApacheKafka()]
}

/** Without names: all loads, or for `cold` those that have a goal there. */
function chosenFor(part: VersusPart, options: BenchOptions): Load[] {
  if (part === 'versus' || options.loads !== null) return chosenFrom(loads, options)
  return loads.filter(({ figures }) =>
    Object.values(figures).some(({ coldRatio }) => coldRatio !== undefined),
  )
}
