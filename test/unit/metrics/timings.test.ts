import { describe, expect, test } from 'vitest'
import { Timings } from '../../../src/metrics/timings.ts'

describe('timings', () => {
  test('nothing was recorded: every quantile is 0', () => {
    expect(new Timings().quantiles([0.5, 0.99], 0)).toEqual([0, 0])
  })

  test('a quantile is off by less than a tenth, from microseconds to minutes', () => {
    for (const ms of [0.001, 0.02, 0.3, 1, 7.7, 99, 1234, 60_000, 1_000_000]) {
      const timings = new Timings()
      timings.record(ms, 0)
      const [median] = timings.quantiles([0.5], 0)
      expect(Math.abs((median ?? 0) - ms)).toBeLessThanOrEqual(Math.max(ms * 0.1, 0.0006))
    }
  })

  test('shares are told apart: of a thousand durations half lie below the median', () => {
    const timings = new Timings()
    for (let ms = 1; ms <= 1000; ms++) timings.record(ms, 0)
    const [p50 = 0, p99 = 0, p999 = 0] = timings.quantiles([0.5, 0.99, 0.999], 0)
    expect(p50).toBeGreaterThan(450)
    expect(p50).toBeLessThan(550)
    expect(p99).toBeGreaterThan(900)
    expect(p999).toBeGreaterThanOrEqual(p99)
    expect(timings.count).toBe(1000)
    expect(timings.sumMs).toBe(500_500)
  })

  test('what is longer ago than two windows does not count, the count and the sum stay', () => {
    const timings = new Timings()
    timings.record(1000, 0)
    timings.record(1, 61_000)
    expect(timings.quantiles([0.99], 61_000)[0]).toBeGreaterThan(900)
    expect(timings.quantiles([0.99], 122_000)[0]).toBeLessThan(2)
    expect(timings.quantiles([0.99], 500_000)).toEqual([0])
    expect(timings.count).toBe(2)
    expect(timings.sumMs).toBe(1001)
  })

  test('durations that a clock cannot mean are taken as the nearest that it can', () => {
    const timings = new Timings()
    timings.record(-5, 0)
    timings.record(Number.MAX_VALUE, 0)
    const [low = -1, high = 0] = timings.quantiles([0.1, 0.9], 0)
    expect(low).toBeLessThan(0.001)
    expect(high).toBeGreaterThan(1_000_000)
  })
})
