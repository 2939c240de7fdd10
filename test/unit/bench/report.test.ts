import { expect, test } from 'vitest'
import { barPlot, linePlot, panels } from '../../../bench/plot.ts'
import type { Load } from '../../../bench/versus/load.ts'
import { rowsOf, versusPlot, type VersusData } from '../../../bench/versus/report.ts'

const load: Load = {
  name: 'produce',
  title: 'a load',
  on: 'warm',
  figures: {
    'MB/s': { ratio: 1.5 },
    'p99 ms': { ratio: 0.5 },
    'peak RSS MB': { own: 100, ratio: 0.1 },
    'p50 ms': {},
  },
  run: () => Promise.resolve({}),
}
const ours = { 'MB/s': 300, 'p99 ms': 3, 'peak RSS MB': 90, 'p50 ms': 1 }
const theirs = { 'MB/s': 200, 'p99 ms': 4, 'peak RSS MB': 600, 'p50 ms': 2 }

test('a rate meets its goal from above, everything else from below', () => {
  const rows = rowsOf([load], { produce: [[ours], [theirs]] })
  expect(rows.map(({ ratio }) => ratio)).toEqual([1.5, 0.75, 0.15, 0.5])
  expect(rows.map(({ goal }) => goal)).toEqual(['x >= 1.5', 'x <= 0.5', '<= 100, x <= 0.1', ''])
  expect(rows.map(({ met }) => met)).toEqual([true, false, false, null])
})

test('alone, only goals of our own are judged', () => {
  const rows = rowsOf([load], { produce: [[ours]] })
  expect(rows.map(({ met }) => met)).toEqual([null, null, true, null])
})

test('brokers that have just started are judged by goals of their own', () => {
  const figures = { 'MB/s': { ratio: 1.1, coldRatio: 2 }, 'p99 ms': { ratio: 0.9 } }
  const rows = rowsOf([{ ...load, figures }], { produce: [[ours], [theirs]] }, { cold: true })
  expect(rows.map(({ goal, met }) => [goal, met])).toEqual([
    ['x >= 2', false],
    ['', null],
  ])
})

test('medians are taken over the rounds, and loads that did not run have no row', () => {
  const rounds = [100, 300, 200].map((rate) => ({ 'MB/s': rate }))
  const rows = rowsOf([load, { ...load, name: 'other' }], { produce: [rounds] })
  expect(rows.map(({ load: name }) => name)).toEqual(Array(4).fill('produce'))
  expect(rows[0]?.medians).toEqual([200])
})

test('in the plot every figure points to the right where the first broker is better', () => {
  const rows = rowsOf([load], { produce: [[ours], [theirs]] })
  const brokers = ['Ottla', 'Apache Kafka']
  const data: VersusData = { brokers, rounds: 1, scale: 1, cold: false, rows, samples: {} }
  const plot = versusPlot(data)
  expect([...plot.matchAll(/>([\d.]+)x</g)].map(([, ratio]) => ratio)).toEqual([
    '1.50',
    '1.33',
    '6.67',
    '2.00',
  ])
})

test('plots are whole SVG, whatever is in their names', () => {
  const points = [
    [1, 5],
    [1000, 6],
  ] as const
  const series = [{ name: 'a < b & c', points }]
  const line = linePlot({ title: 'costs', xLabel: 'size', scale: 'log', series })
  const svg = panels([line, barPlot('ratios', [{ name: 'one', ratio: 3 }])])
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/)
  expect(svg).toContain('a &lt; b &amp; c')
  expect(svg).not.toContain('NaN')
  expect(svg.trimEnd().endsWith('</svg>')).toBe(true)
})
