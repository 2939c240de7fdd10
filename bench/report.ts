// Medians over the rounds, as lines of a table: one column per broker, and how many times better Ottla is.
import { figures, type FigureName, type Load, type Sample } from './loads.ts'

/** All that was measured of one broker. */
export interface Measurements {
  readonly broker: string
  readonly bootMs: number[]
  readonly idleBytes: number[]
  readonly loadedBytes: number[]
  /** By the name of the load, one sample a round. */
  readonly samples: Record<string, Sample[]>
}

export interface Row {
  readonly load: string
  readonly figure: string
  readonly better: 'more' | 'less'
  /** One median per broker, in the order of the measurements; null where there is none. */
  readonly medians: readonly (number | null)[]
  /** Above 1: the first broker is so many times better than the second. */
  readonly ratio: number | null
}

const labelWidth = 26
const cellWidth = 20
const significantDigits = 3

/** Null for no values. */
export function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[]
  known.sort((a, b) => a - b)
  const [low, high] = [known[(known.length - 1) >> 1], known[known.length >> 1]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

export function rowsOf(loads: readonly Load[], measured: readonly Measurements[]): Row[] {
  const inMB = (bytes: readonly number[]): number[] => bytes.map((value) => value / 1e6)
  const less = 'less' as const
  const rows = [
    row(
      'process',
      'boot ms',
      less,
      measured.map(({ bootMs }) => median(bootMs)),
    ),
    row(
      'process',
      'RSS idle MB',
      less,
      measured.map(({ idleBytes }) => median(inMB(idleBytes))),
    ),
    row(
      'process',
      'RSS loaded MB',
      less,
      measured.map(({ loadedBytes }) => median(inMB(loadedBytes))),
    ),
  ]
  for (const load of loads) {
    for (const figure of load.figures) {
      const medians = measured.map(({ samples }) => medianOf(samples[load.name] ?? [], figure))
      rows.push(row(load.title, figure, figures[figure].better, medians))
    }
  }
  return rows
}

function medianOf(samples: readonly Sample[], figure: FigureName): number | null {
  return median(samples.map((sample) => figures[figure].of(sample)))
}

function row(
  load: string,
  figure: string,
  better: 'more' | 'less',
  medians: readonly (number | null)[],
): Row {
  const [first, second] = medians
  const comparable =
    first !== null && second !== null && first !== undefined && second !== undefined
  const ratio = !comparable ? null : better === 'more' ? first / second : second / first
  return { load, figure, better, medians, ratio }
}

/** The table as text. */
export function renderTable(rows: readonly Row[], brokers: readonly string[]): string {
  const withRatio = brokers.length > 1
  const heads = [...brokers, ...(withRatio ? ['Ottla is better by'] : [])]
  const lines = [''.padEnd(labelWidth) + heads.map((head) => head.padStart(cellWidth)).join('')]
  let load = ''
  for (const one of rows) {
    if (one.load !== load) lines.push('', one.load)
    load = one.load
    const cells = one.medians.map(formatted)
    if (withRatio) cells.push(one.ratio === null ? '-' : `x ${one.ratio.toFixed(2)}`)
    const label = `  ${one.figure} (${one.better})`
    lines.push(label.padEnd(labelWidth) + cells.map((cell) => cell.padStart(cellWidth)).join(''))
  }
  return lines.join('\n')
}

function formatted(value: number | null): string {
  if (value === null) return '-'
  const digits = Math.max(0, significantDigits - 1 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return Number(value.toFixed(digits)).toLocaleString('en')
}
