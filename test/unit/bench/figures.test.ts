import { expect, test } from 'vitest'
import { formatted, isRate, median, quantiles, textTable } from '../../../bench/figures.ts'

test('the median of an even number of values lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([5, 1, 9])).toBe(5)
})

test('what could not be measured does not count, and nothing has no median', () => {
  expect(median([NaN, 2, Infinity])).toBe(2)
  expect(median([])).toBeNull()
})

test('a quantile of 1 is the largest value', () => {
  const at = quantiles(Float64Array.from([3, 1, 2]))
  expect([at(0), at(0.5), at(1)]).toEqual([1, 2, 3])
})

test('rates are to be high, all else low', () => {
  expect(['requests/s', 'MB/s'].every(isRate)).toBe(true)
  expect(['p99 ms', 'CPU s/GB', 'peak RSS MB'].some(isRate)).toBe(false)
})

test('figures keep three significant digits', () => {
  expect([0, 0.01234, 1.2345, 123.45, 98765].map(formatted)).toEqual([
    '0',
    '0.0123',
    '1.23',
    '123',
    '98,765',
  ])
  expect(formatted(null)).toBe('-')
})

test('the columns of a table are of one width, the first to the left', () => {
  expect(
    textTable([
      ['a', 'b'],
      ['long', '12'],
    ]),
  ).toBe('a      b\nlong  12')
})
