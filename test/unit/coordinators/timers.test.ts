// Named timers on a simulated clock.
import { expect, test } from 'vitest'
import { Timers } from '../../../src/coordinators/timers.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

function world() {
  const clock = new SimClock()
  const fired: string[] = []
  return { clock, fired, timers: new Timers<string>(clock, (payload) => fired.push(payload)) }
}

test('a timer fires once, at its time', () => {
  const { clock, fired, timers } = world()
  timers.set('a', 100, 'first')
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1000)
  expect(fired).toEqual(['first'])
})

test('a deadline moved back keeps the clock timer that is set, and fires at the new time', () => {
  const { clock, fired, timers } = world()
  timers.set('a', 100, 'old')
  for (let beat = 0; beat < 10; beat++) {
    clock.advance(50)
    timers.set('a', 100, 'new')
    expect(clock.timerCount).toBe(1)
  }
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1)
  expect(fired).toEqual(['new'])
})

test('a deadline moved forward fires earlier', () => {
  const { clock, fired, timers } = world()
  timers.set('a', 1000, 'late')
  timers.set('a', 10, 'soon')
  clock.advance(10)
  expect(fired).toEqual(['soon'])
  clock.advance(5000)
  expect(fired).toEqual(['soon'])
})

test('cancelled timers do not fire and leave nothing behind, and after the end none starts', () => {
  const { clock, fired, timers } = world()
  timers.set('a', 10, 'a')
  timers.set('b', 10, 'b')
  timers.cancel('a')
  timers.cancel('unknown')
  timers.close()
  timers.set('c', 10, 'c')
  clock.advance(100)
  expect(fired).toEqual([])
  expect(clock.timerCount + timers.size).toBe(0)
})
