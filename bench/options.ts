// What `npm run bench -- …` can be told.
import { parseArgs } from 'node:util'
import { loads, type Load } from './loads.ts'

export interface BenchOptions {
  readonly loads: readonly Load[]
  readonly rounds: number
  /** Multiplies the measured time of each load. */
  readonly scale: number
  /** 'auto': when Java and Maven are there. */
  readonly kafka: 'auto' | 'yes' | 'no'
  /** Where the figures go as JSON. */
  readonly json: string
}

export const usage = `npm run bench -- [options]

  --loads a,b     only these: ${loads.map(({ name }) => name).join(', ')}; none: boot and memory
  --rounds N      rounds, of which medians are taken (default 3)
  --scale F       longer or shorter measurements (default 1: 3 seconds each)
  --kafka         fail when Apache Kafka cannot be measured beside; needs Java 17 and Maven
  --no-kafka      Ottla alone
  --json PATH     the figures (default bench/results/<time>.local.json)
`

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      loads: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      kafka: { type: 'boolean', default: false },
      'no-kafka': { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '')
  return {
    loads: chosenLoads(values.loads),
    rounds: positive('--rounds', Math.floor(Number(values.rounds))),
    scale: positive('--scale', Number(values.scale)),
    kafka: values.kafka ? 'yes' : values['no-kafka'] ? 'no' : 'auto',
    json: values.json ?? `bench/results/${time}.local.json`,
  }
}

function chosenLoads(names: string | undefined): readonly Load[] {
  if (names === undefined) return loads
  if (names === 'none') return []
  return names.split(',').map((name) => {
    const load = loads.find((one) => one.name === name)
    if (load === undefined) throw new Error(`there is no load "${name}"`)
    return load
  })
}

function positive(option: string, value: number): number {
  if (!(value > 0)) throw new Error(`${option} takes a number above 0`)
  return value
}
