// Whether what is watched stayed where it was, as text, Markdown and plots.
import { formatted, markdownTable, textTable, type Figures } from '../figures.ts'
import { linePlot, panels } from '../plot.ts'
import type { Result } from '../results.ts'
import { trendOf, type Trend } from './slope.ts'

/** The first part of the run fills caches and warms the JIT; it is not judged. */
const settledAfter = 1 / 3

export interface Sample {
  readonly minutes: number
  readonly figures: Figures
}

/** What is watched, and how far it may drift from the level of the run. */
const watched = {
  'RSS MB': { relative: 0.1, absolute: 10 },
  descriptors: { relative: 0, absolute: 20 },
  'append p99 ms': { relative: 0.25, absolute: 1 },
  'end to end p99 ms': { relative: 0.25, absolute: 1 },
  'CPU us/append': { relative: 0.1, absolute: 1 },
} as const

type Watched = keyof typeof watched

export interface SoakData {
  readonly minutes: number
  readonly trends: readonly (readonly [Watched, Trend])[]
  readonly samples: readonly Sample[]
}

export const watchedNames = Object.keys(watched) as Watched[]

function pointsOf(samples: readonly Sample[], name: Watched): (readonly [number, number])[] {
  return samples.map(({ minutes, figures }) => [minutes, figures[name] ?? NaN] as const)
}

export function trendIn(samples: readonly Sample[], name: Watched): Trend {
  const settled = samples.slice(Math.floor(samples.length * settledAfter))
  return trendOf(pointsOf(settled, name), watched[name])
}

function rowsOf(trends: readonly (readonly [Watched, Trend])[]): string[][] {
  const head = ['over time', 'level', 'growth', 'flat']
  const body = trends.map(([name, { level, growth, flat }]) => {
    return [name, formatted(level), formatted(growth), flat ? 'yes' : 'no']
  })
  return [head, ...body]
}

export function soakText(trends: SoakData['trends']): string {
  return textTable(rowsOf(trends))
}

export function soakMarkdown({ data }: Result<SoakData>): string {
  return `Over ${data.minutes} minutes:\n\n${markdownTable(rowsOf(data.trends))}`
}

export function soakPlot(samples: readonly Sample[]): string {
  return panels(
    watchedNames.map((name) =>
      linePlot({
        title: name,
        xLabel: 'minutes',
        scale: 'linear',
        series: [{ name, points: pointsOf(samples, name) }],
      }),
    ),
  )
}
