import { expect, test } from 'vitest'
import { Pace } from '../../../src/log/pace.ts'
import { HandClock } from './fixtures.ts'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Whether the promise is settled by now. */
async function isDone(work: Promise<void>): Promise<boolean> {
  let done = false
  void work.then(() => {
    done = true
  })
  await settle()
  return done
}

test('work goes on without a pause until its stretch is over', async () => {
  const clock = new HandClock()
  const pace = new Pace(clock, Infinity)
  expect(await isDone(pace.spend(1_000_000))).toBe(true)
  clock.now += 2
  const paused = pace.spend(1)
  expect(await isDone(paused)).toBe(false)
  clock.advance(0)
  expect(await isDone(paused)).toBe(true)
})

test('bytes take the time that the rate gives them', async () => {
  const clock = new HandClock()
  const pace = new Pace(clock, 1000)
  const paused = pace.spend(500)
  clock.advance(499)
  expect(await isDone(paused)).toBe(false)
  clock.advance(1)
  expect(await isDone(paused)).toBe(true)
})

test('work that is told to stop ends, also in a pause', async () => {
  const pace = new Pace(new HandClock(), 1)
  const paused = pace.spend(1000)
  pace.stop()
  await expect(paused).rejects.toThrow('told to stop')
  await expect(pace.spend(0)).rejects.toThrow('told to stop')
})
