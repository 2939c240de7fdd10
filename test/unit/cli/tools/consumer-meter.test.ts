import { describe, expect, test } from 'vitest'
import { ConsumerMeter } from '../../../../src/cli/tools/consumer-meter.ts'

const MiB = 1024 * 1024
const meterOf = (intervalMs = 1000): ConsumerMeter =>
  new ConsumerMeter({ startMs: 0, intervalMs, format: (ms) => `at ${ms}` })

describe('a window', () => {
  test('is reported by the first record after its end, with the time of rebalances apart', () => {
    const meter = meterOf()
    meter.rebalanced(500)
    expect(meter.take(MiB, 999)).toBeNull()
    expect(meter.take(MiB, 1000)).toBe(
      'at 1000, 0, 2.0000, 2.0000, 2, 2.0000, 500, 500, 4.0000, 4.0000\n',
    )
  })

  test('counts anew from there, beside the sum of all', () => {
    const meter = meterOf()
    meter.rebalanced(500)
    meter.take(MiB, 1000)
    expect(meter.take(MiB, 3000)).toBe(
      'at 3000, 0, 2.0000, 0.5000, 2, 0.5000, 0, 2000, 0.5000, 0.5000\n',
    )
  })

  test('that was all rebalance has no rate of fetching', () => {
    const meter = meterOf()
    meter.rebalanced(1000)
    expect(meter.take(MiB, 1000)).toBe(
      'at 1000, 0, 1.0000, 1.0000, 1, 1.0000, 1000, 0, 0.0000, 0.0000\n',
    )
  })
})

describe('the summary', () => {
  test('has the rates over the whole run, and over what was left of it for fetching', () => {
    const meter = meterOf(Infinity)
    meter.rebalanced(1000)
    for (let count = 0; count < 4; count++) meter.take(MiB, 2000)
    expect(meter.summary(2000)).toBe(
      'at 0, at 2000, 4.0000, 2.0000, 4, 2.0000, 1000, 1000, 4.0000, 4.0000\n',
    )
  })

  test('of no time at all is no number, as in Java', () => {
    expect(meterOf().summary(0)).toBe('at 0, at 0, 0.0000, NaN, 0, NaN, 0, 0, NaN, NaN\n')
  })
})
