// Simulated time runs timers in order and only when told.
import { expect, test } from 'vitest'
import { SimClock } from '../../../src/testing/sim-clock.ts'

test('timers run in the order of their time, then of their setting, at their moment', () => {
  const clock = new SimClock(1000)
  const seen: string[] = []
  const note = (name: string) => () => seen.push(`${name}@${clock.nowMs()}`)
  clock.after(20, note('c'))
  clock.after(10, note('a'))
  clock.after(10, note('b'))
  clock.advance(30)
  expect(seen).toEqual(['a@1010', 'b@1010', 'c@1020'])
  expect(clock.nowMs()).toBe(1030)
})

test('timers that a timer sets run too when they are due', () => {
  const clock = new SimClock()
  let count = 0
  const again = () => {
    count += 1
    clock.after(10, again)
  }
  clock.after(10, again)
  clock.advance(100)
  expect(count).toBe(10)
})

test('a cancelled timer does not run, and the wall clock can be set apart', () => {
  const clock = new SimClock(5)
  const seen: number[] = []
  clock.after(10, () => seen.push(1))()
  clock.setWallClock(500)
  clock.advance(20)
  expect(seen).toEqual([])
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([520, 20])
})
