// What a measurement is: named figures, their medians over rounds, and how they are written. The unit at
// the end of a figure's name says which way is better: rates ("…/s") are to be high, all else low.

/** What one run of something gave, by the name of the figure. What could not be measured is left out. */
export type Figures = Readonly<Record<string, number>>

const significantDigits = 3

export function isRate(figure: string): boolean {
  return figure.endsWith('/s')
}

/** Null for no values. */
export function median(values: readonly number[]): number | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

export function medianOf(samples: readonly Figures[], figure: string): number | null {
  return median(samples.flatMap((sample) => sample[figure] ?? []))
}

/** The value below which `part` of them lie; NaN for none. Sorts in place. */
export function quantiles(values: Float64Array): (part: number) => number {
  values.sort()
  return (part) => values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN
}

/** Three significant digits, thousands with commas; a dash for null. */
export function formatted(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '-'
  const magnitude = Math.floor(Math.log10(Math.abs(value) || 1))
  const digits = Math.max(0, significantDigits - 1 - magnitude)
  const maximumFractionDigits = Math.min(digits, 6)
  return Number(value.toFixed(maximumFractionDigits)).toLocaleString('en', {
    maximumFractionDigits,
  })
}

/** Columns of equal width, the first to the left and the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)))
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : pad(cell, at))).join('  ')
  const pad = (cell: string, at: number): string => cell.padStart(widths[at] ?? 0)
  return rows.map(line).join('\n')
}

export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:'))
  return [head, rule, ...body].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
