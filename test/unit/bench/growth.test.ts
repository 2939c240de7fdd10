import { expect, test } from 'vitest'
import { exponentOf } from '../../../bench/scale/fit.ts'
import { slopeOf, trendOf } from '../../../bench/soak/slope.ts'

const sizes = [10, 100, 1000, 10_000]

test('the exponent tells flat from proportional from quadratic', () => {
  const of = (cost: (size: number) => number): number =>
    exponentOf(sizes.map((size) => [size, cost(size)]))
  expect(of(() => 7)).toBeCloseTo(0)
  expect(of((size) => 3 * size)).toBeCloseTo(1)
  expect(of((size) => size ** 2 / 5)).toBeCloseTo(2)
})

test('one size has no exponent', () => {
  expect(exponentOf([[10, 3]])).toBe(0)
})

test('a single bad sample does not tilt the slope', () => {
  const points = Array.from({ length: 20 }, (_, at) => [at, at === 19 ? 900 : 50] as const)
  expect(slopeOf(points)).toBe(0)
})

test('a series is flat as long as its growth is within what is allowed', () => {
  const rising = Array.from({ length: 11 }, (_, at) => [at, 100 + at] as const)
  expect(trendOf(rising, { relative: 0.05, absolute: 0 })).toMatchObject({
    growth: 10,
    flat: false,
  })
  expect(trendOf(rising, { relative: 0.1, absolute: 0 }).flat).toBe(true)
  expect(trendOf(rising, { relative: 0, absolute: 10 }).flat).toBe(true)
})

test('a series that falls is flat', () => {
  const falling = Array.from({ length: 11 }, (_, at) => [at, 100 - at] as const)
  expect(trendOf(falling, { relative: 0, absolute: 0 }).flat).toBe(true)
})
