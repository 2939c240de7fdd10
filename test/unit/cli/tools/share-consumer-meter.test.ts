import { expect, test } from 'vitest'
import { shareReport } from '../../../../src/cli/tools/share-consumer-meter.ts'

const MiB = 1024 * 1024
const format = (ms: number): string => `at ${ms}`

test('a line about the whole has its sums and its rates', () => {
  const window = { startMs: 1000, records: 8, bytes: 4 * MiB }
  expect(shareReport({ window, endMs: 3000 }, format)).toBe(
    'at 1000, at 3000, 4.0000, 2.0000, 4.0000, 8, 2000',
  )
})

test('a line about a window has the rates of the window and the sums of all', () => {
  const window = { startMs: 2000, records: 1, bytes: MiB }
  const all = { startMs: 0, records: 9, bytes: 5 * MiB }
  expect(shareReport({ window, all, endMs: 2500 }, format)).toBe(
    'at 2000, at 2500, 5.0000, 2.0000, 2.0000, 9, 500',
  )
})

test('rates over no time at all are no numbers, as in Java', () => {
  const window = { startMs: 0, records: 0, bytes: 0 }
  expect(shareReport({ window, endMs: 0 }, format)).toBe('at 0, at 0, 0.0000, NaN, NaN, 0, 0')
})
