import { expect, test } from 'vitest'
import { Consumption, sizeOf } from '../../../../src/cli/tools/consumption.ts'

test('a window is over with the first record after its time, and the next begins there', () => {
  const consumption = new Consumption({ startMs: 0, intervalMs: 1000 })
  expect(consumption.take(10, 999)).toBeNull()
  expect(consumption.take(20, 1500)).toEqual({ startMs: 0, records: 2, bytes: 30 })
  expect(consumption.take(1, 2499)).toBeNull()
  expect(consumption.take(2, 2500)).toEqual({ startMs: 1500, records: 2, bytes: 3 })
  expect(consumption.all).toEqual({ startMs: 0, records: 4, bytes: 33 })
})

test('of a record, key and value count', () => {
  expect(sizeOf({ key: Buffer.alloc(3), value: Buffer.alloc(4) })).toBe(7)
  expect(sizeOf({ key: null, value: null })).toBe(0)
})
