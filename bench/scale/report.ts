// Curves as text, Markdown and plots.
import { formatted, markdownTable, textTable, type Figures } from '../figures.ts'
import { linePlot, panels } from '../plot.ts'
import type { Result } from '../results.ts'

/** A cost that doubles from the smallest to the largest of these sizes has about this exponent. */
const flatExponentMax = 0.1

export interface MeasuredCurve {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly figure: string
  readonly points: readonly { readonly size: number; readonly figures: Figures }[]
  readonly exponent: number
}

/** Size and cost, where there is one. */
export function costs({
  points,
  figure,
}: Pick<MeasuredCurve, 'points' | 'figure'>): (readonly [number, number])[] {
  return points.flatMap(({ size, figures }) => {
    const cost = figures[figure]
    return cost === undefined || cost === 0 ? [] : [[size, cost] as const]
  })
}

function rowsOf(measured: readonly MeasuredCurve[]): string[][] {
  const head = ['with ever more', 'figure', 'from', 'to', 'cost there', 'exponent', 'flat']
  const body = measured.map((curve) => {
    const all = costs(curve)
    const [first, last] = [all[0], all.at(-1)]
    const span = [first?.[0], last?.[0]].map((size) => formatted(size ?? null))
    const cost = `${formatted(first?.[1] ?? null)} to ${formatted(last?.[1] ?? null)}`
    const flat = curve.exponent <= flatExponentMax ? 'yes' : 'no'
    return [curve.unit, curve.figure, ...span, cost, curve.exponent.toFixed(2), flat]
  })
  return [head, ...body]
}

export function scaleText(measured: readonly MeasuredCurve[]): string {
  return textTable(rowsOf(measured))
}

export function scaleMarkdown({ data }: Result<readonly MeasuredCurve[]>): string {
  return markdownTable(rowsOf(data))
}

export function scalePlot(measured: readonly MeasuredCurve[]): string {
  return panels(
    measured.map((curve) =>
      linePlot({
        title: `${curve.title}: exponent ${curve.exponent.toFixed(2)}`,
        xLabel: curve.unit,
        scale: 'log',
        series: [{ name: curve.figure, points: costs(curve) }],
      }),
    ),
  )
}
