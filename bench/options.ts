// What `npm run bench -- …` can be told.
import { parseArgs } from 'node:util'
import { loads } from './versus/loads.ts'
import type { Part } from './results.ts'

export interface BenchOptions {
  readonly parts: readonly Part[]
  /** Loads of `versus` and `cold`, or names of curves or micro benchmarks; null: all. */
  readonly loads: readonly string[] | null
  readonly rounds: number
  /** Multiplies measured times and counts. */
  readonly scale: number
  /** 'auto': when Java and Maven are there. */
  readonly kafka: 'auto' | 'yes' | 'no'
  /** Of the soak. */
  readonly minutes: number
  /** The figures become the ones that README shows. */
  readonly publish: boolean
  /** Directory for the figures; null: bench/results. */
  readonly out: string | null
}

const allParts: readonly Part[] = ['versus', 'cold', 'scale', 'micro', 'soak']
/** What runs when nothing is named, in some twenty minutes. */
const usualParts: readonly Part[] = ['versus', 'scale', 'micro']

export const usage = `npm run bench -- [versus] [cold] [scale] [micro] [soak] [options]

  versus   beside Apache Kafka        cold     so, in the first ten seconds after a start
  scale    growth of a request's cost micro    one part of the broker
  soak     mixed load for --minutes
  Without a name: ${usualParts.join(', ')}.

  --loads a,b    only these loads (versus, cold), curves (scale) or files (micro); loads:
                 ${loads.map(({ name }) => name).join(', ')}
  --rounds N     rounds of versus and cold, of which medians are taken (default 3)
  --scale F      longer or shorter, more or fewer (default 1: 3 seconds a measurement)
  --kafka        fail when Apache Kafka cannot be measured beside; needs Java 17 and Maven
  --no-kafka     Ottla alone
  --minutes N    of the soak (default 30)
  --publish      the figures become bench/results/<part>.json, from which README's table is made
  --out DIR      the figures go there (default bench/results/<time>-<part>.local.json)
`

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      loads: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '30' },
      kafka: { type: 'boolean', default: false },
      'no-kafka': { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  })
  return {
    parts: chosenParts(positionals),
    loads: values.loads?.split(',') ?? null,
    rounds: positive('--rounds', Math.floor(Number(values.rounds))),
    scale: positive('--scale', Number(values.scale)),
    minutes: positive('--minutes', Number(values.minutes)),
    kafka: values.kafka ? 'yes' : values['no-kafka'] ? 'no' : 'auto',
    publish: values.publish,
    out: values.out ?? null,
  }
}

function chosenParts(names: readonly string[]): readonly Part[] {
  if (names.length === 0) return usualParts
  return names.map((name) => {
    const part = allParts.find((one) => one === name)
    if (part === undefined) throw new Error(`there is no part "${name}"`)
    return part
  })
}

/** Those of a part's loads that were asked for. @throws Error when there is no such load */
export function chosenFrom<Named extends { readonly name: string }>(
  all: readonly Named[],
  options: BenchOptions,
): Named[] {
  const wanted = options.loads
  if (wanted === null) return [...all]
  const chosen = all.filter(({ name }) => wanted.includes(name))
  if (chosen.length > 0) return chosen
  throw new Error(`none of ${wanted.join(', ')} is among ${all.map(({ name }) => name).join(', ')}`)
}

function positive(option: string, value: number): number {
  if (!(value > 0)) throw new Error(`${option} takes a number above 0`)
  return value
}
