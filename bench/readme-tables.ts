// The tables of published figures in README and bench/README, with what each was measured on. Written by
// `npm run docs` from bench/results/<part>.json, which `npm run bench -- --publish` makes.
import { microMarkdown, type MicroFigure } from './micro/report.ts'
import { publishedResult, type Circumstances, type Part, type Result } from './results.ts'
import { scaleMarkdown, type MeasuredCurve } from './scale/report.ts'
import { soakMarkdown, type SoakData } from './soak/report.ts'
import { versusMarkdown, type VersusData } from './versus/report.ts'

const bytesPerGigabyte = 1e9

export function documentVersus(): string {
  return versusTable('versus')
}

export function documentVersusWithPlot(): string {
  return withPlot('versus', versusTable('versus'))
}

export function documentCold(): string {
  return withPlot('cold', versusTable('cold'))
}

function versusTable(part: 'versus' | 'cold'): string {
  return published<VersusData>(part, (result) => {
    const { brokers, rounds, cold } = result.data
    const how = cold ? 'both just started, default settings' : 'both warm, default settings'
    const told =
      `Medians of ${rounds} rounds, ${brokers.join(' and ')} in turn, ${how}; ` +
      `${described(result.circumstances)}. ` +
      '`ratio` is the first by the second: above 1 is better for rates, below 1 for all else.'
    return `${told}\n\n${versusMarkdown(result)}`
  })
}

export function documentScale(): string {
  return published<readonly MeasuredCurve[]>('scale', tableWithMachine(scaleMarkdown))
}

export function documentMicro(): string {
  return published<readonly MicroFigure[]>('micro', tableWithMachine(microMarkdown))
}

export function documentSoak(): string {
  return published<SoakData>('soak', tableWithMachine(soakMarkdown))
}

function published<Data>(part: Part, render: (result: Result<Data>) => string): string {
  const result = publishedResult<Data>(part)
  if (result === null) return `No figures are published: \`npm run bench -- ${part} --publish\`.`
  return render(result)
}

const tableWithMachine =
  <Data>(table: (result: Result<Data>) => string) =>
  (result: Result<Data>): string =>
    `${table(result)}\n\nMeasured on ${described(result.circumstances)}.\n\n${plotOf(result.part)}`

const withPlot = (part: Part, table: string): string =>
  publishedResult(part) === null ? table : `${table}\n\n${plotOf(part)}`

const plotOf = (part: Part): string => `![${part}](results/${part}.svg)`

function described(circumstances: Circumstances): string {
  const { measuredAt, cpu, cores, memoryBytes, node, system } = circumstances
  const memory = `${Math.round(memoryBytes / bytesPerGigabyte)} GB`
  return `${measuredAt.slice(0, 10)}, ${cores} cores of ${cpu}, ${memory}, ${system}, Node ${node}`
}
