// Medians over the rounds side by side, their ratio, and whether the goal was met: as text, Markdown and a plot.
import { formatted, isRate, markdownTable, medianOf, textTable, type Figures } from '../figures.ts'
import { barPlot, panels } from '../plot.ts'
import type { Result } from '../results.ts'
import type { Goal, Load } from './load.ts'

/** All that was measured: per load, per broker, one sample a round. */
export interface VersusData {
  readonly brokers: readonly string[]
  readonly rounds: number
  readonly scale: number
  readonly cold: boolean
  readonly rows: readonly Row[]
  readonly samples: Readonly<Record<string, readonly (readonly Figures[])[]>>
}

export interface Row {
  readonly load: string
  readonly title: string
  readonly figure: string
  /** One per broker, in their order; null where there is none. */
  readonly medians: readonly (number | null)[]
  /** The first broker's by the second's. */
  readonly ratio: number | null
  readonly goal: string
  readonly met: boolean | null
}

/** `cold`: the goals are those for brokers that have just started. */
export function rowsOf(
  loads: readonly Load[],
  samples: VersusData['samples'],
  { cold = false }: { readonly cold?: boolean } = {},
): Row[] {
  return loads.flatMap(({ name, title, figures }) => {
    const sides = samples[name]
    if (sides === undefined) return []
    return Object.entries(figures).map(([figure, warm]): Row => {
      const goal = cold ? coldGoal(warm) : warm
      const medians = sides.map((side) => medianOf(side, figure))
      const [own = null, other = null] = medians
      const ratio = own === null || other === null || other === 0 ? null : own / other
      return { load: name, title, figure, medians, ratio, ...judged(figure, goal, { own, ratio }) }
    })
  })
}

const coldGoal = ({ coldRatio }: Goal): Goal =>
  coldRatio === undefined ? {} : { ratio: coldRatio }

function judged(
  figure: string,
  goal: Goal,
  { own, ratio }: { own: number | null; ratio: number | null },
): Pick<Row, 'goal' | 'met'> {
  const sign = isRate(figure) ? '>=' : '<='
  const reached = (value: number, wanted: number): boolean =>
    isRate(figure) ? value >= wanted : value <= wanted
  const parts: string[] = []
  const verdicts: boolean[] = []
  if (goal.own !== undefined) {
    parts.push(`${sign} ${goal.own}`)
    if (own !== null) verdicts.push(reached(own, goal.own))
  }
  if (goal.ratio !== undefined) {
    parts.push(`x ${sign} ${goal.ratio}`)
    if (ratio !== null) verdicts.push(reached(ratio, goal.ratio))
  }
  return {
    goal: parts.join(', '),
    met: verdicts.length === 0 ? null : verdicts.every((verdict) => verdict),
  }
}

const verdict = ({ met }: Row): string => (met === null ? '' : met ? 'yes' : 'no')

function cells({ brokers, rows }: VersusData): string[][] {
  const versus = brokers.length > 1
  const head = ['load', 'figure', ...brokers, ...(versus ? ['ratio'] : []), 'goal', 'met']
  let previous = ''
  const body = rows.map((row) => {
    const load = row.load === previous ? '' : row.load
    previous = row.load
    const ratio = row.ratio === null ? '-' : `x ${formatted(row.ratio)}`
    const medians = row.medians.map(formatted)
    return [load, row.figure, ...medians, ...(versus ? [ratio] : []), row.goal, verdict(row)]
  })
  return [head, ...body]
}

export function versusText(data: VersusData): string {
  return textTable(cells(data))
}

export function versusMarkdown({ data }: Result<VersusData>): string {
  return markdownTable(cells(data))
}

/** How many times better the first broker is, by load and figure; figures without a comparison are left out. */
export function versusPlot({ brokers, rows }: VersusData): string {
  const bars = rows.flatMap(({ load, figure, ratio }) => {
    if (ratio === null || ratio === 0) return []
    return [{ name: `${load}, ${figure}`, ratio: isRate(figure) ? ratio : 1 / ratio }]
  })
  const title = `${brokers.join(' against ')}: how many times better (right is better)`
  return panels([barPlot(title, bars)])
}
