import { expect, test } from 'vitest'
import { dateTimeMs, durationMs } from '../../../../src/cli/tools/java-time.ts'

test.each([
  ['1970-01-01T00:00:00.000', 0],
  ['2000-02-29T12:00:00.001', 951825600001],
  ['2024-12-31T23:59:59', 1735689599000],
  ['2026-11-21T06:50:00.000+02:00', 1795236600000],
  ['2026-11-21T06:50:00.000Z', 1795243800000],
  ['1969-12-31T23:59:59.500', -500],
])('%s is %d', (text, ms) => {
  expect(dateTimeMs(text)).toBe(ms)
})

test.each(['2026-11-21', 'yesterday', '2026-11-21 06:50:00'])('%s has no time of day', (text) => {
  expect(() => dateTimeMs(text)).toThrow("does not contain a 'T'")
})

test.each(['2026-11-21T', 'YESTERDAY', '2026-11-21T6'])('%s is no time', (text) => {
  expect(() => dateTimeMs(text)).toThrow(`Unparseable date: "${text}"`)
})

test.each([
  ['PT1H', 3_600_000],
  ['P1DT2H3M4.5S', 93_784_500],
  ['-PT10S', -10_000],
  ['PT-10S', -10_000],
  ['p2d', 172_800_000],
])('%s lasts %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each(['', 'P', 'PT', '1H', 'P1Y', 'PT1.5H'])('%j is no duration', (text) => {
  expect(() => durationMs(text)).toThrow('Text cannot be parsed to a Duration')
})
