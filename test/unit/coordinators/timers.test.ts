// Named timers on a simulated clock.
import { expect, test } from 'vitest'
import { Timers } from '../../../src/coordinators/timers.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

function world() {
  const clock = new SimClock()
  const fired: string[] = []
  return {
    clock,
    fired,
    timers: new Timers<string>(clock, (groupId, payload) => fired.push(`${groupId} ${payload}`)),
  }
}

test('a timer fires once, at its time', () => {
  const { clock, fired, timers } = world()
  timers.set('g', 'a', 100, 'first')
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1000)
  expect(fired).toEqual(['g first'])
})

test('a deadline moved back keeps the clock timer that is set, and fires at the new time', () => {
  const { clock, fired, timers } = world()
  timers.set('g', 'a', 100, 'old')
  for (let beat = 0; beat < 10; beat++) {
    clock.advance(50)
    timers.set('g', 'a', 100, 'new')
    expect(clock.timerCount).toBe(1)
  }
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1)
  expect(fired).toEqual(['g new'])
})

test('a deadline moved forward fires earlier', () => {
  const { clock, fired, timers } = world()
  timers.set('g', 'a', 1000, 'late')
  timers.set('g', 'a', 10, 'soon')
  clock.advance(10)
  expect(fired).toEqual(['g soon'])
  clock.advance(5000)
  expect(fired).toEqual(['g soon'])
})

test('cancelled timers do not fire and leave nothing behind, and after the end none starts', () => {
  const { clock, fired, timers } = world()
  timers.set('g', 'a', 10, 'a')
  timers.set('g', 'b', 10, 'b')
  timers.set('other', 'b', 10, 'b')
  timers.cancel('g', 'a')
  timers.cancel('g', 'unknown')
  timers.cancel('nobody', 'a')
  timers.close()
  timers.set('g', 'c', 10, 'c')
  clock.advance(100)
  expect(fired).toEqual([])
  expect(clock.timerCount + timers.size).toBe(0)
})

test('groups have timers of one name each', () => {
  const { clock, fired, timers } = world()
  timers.set('one', 'a', 10, 'early')
  timers.set('two', 'a', 20, 'late')
  expect([timers.has('one', 'a'), timers.has('two', 'a'), timers.has('two', 'b')]).toEqual([
    true,
    true,
    false,
  ])
  timers.cancel('one', 'a')
  clock.advance(30)
  expect(fired).toEqual(['two late'])
  expect(timers.size).toBe(0)
})
