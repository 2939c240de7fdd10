// The costs of operations as text, Markdown and a plot.
import { formatted, markdownTable, textTable } from '../figures.ts'
import { barPlot, panels } from '../plot.ts'
import type { Result } from '../results.ts'
import type { Cost } from './measure.ts'

export interface MicroFigure extends Cost {
  readonly bench: string
  readonly name: string
}

function rowsOf(measured: readonly MicroFigure[]): string[][] {
  const body = measured.map(({ bench, name, nsPerOp, bytesPerOp }) => {
    return [`${bench}: ${name}`, formatted(nsPerOp), formatted(bytesPerOp)]
  })
  return [['operation', 'ns', 'B allocated'], ...body]
}

export function microText(measured: readonly MicroFigure[]): string {
  return textTable(rowsOf(measured))
}

export function microMarkdown({ data }: Result<readonly MicroFigure[]>): string {
  return markdownTable(rowsOf(data))
}

/** Each operation against a microsecond. */
export function microPlot(measured: readonly MicroFigure[]): string {
  const bars = measured.map(({ bench, name, nsPerOp }) => {
    return { name: `${bench}: ${name}`, ratio: nsPerOp / 1000 }
  })
  return panels([barPlot('microseconds an operation', bars)])
}
