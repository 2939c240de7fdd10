import { describe, expect, test } from 'vitest'
import { IdlePoll } from '../../../src/network/idle-poll.ts'

const window = 64

/** An event loop in which each turn takes `turnMs`, and the scheduler takes the core when told to. */
function createLoop(turnMs = 0.01) {
  const loop = { nowMs: 0, preemptions: 0 }
  let next: (() => void)[] = []
  const idlePoll = new IdlePoll({
    nowMs: () => loop.nowMs,
    preemptions: () => loop.preemptions,
    nextTurn: (run) => next.push(run),
  })
  /** For how long the loop stays awake, ms. */
  const idle = (): number => {
    const fromMs = loop.nowMs
    while (next.length > 0) {
      loop.nowMs += turnMs
      const due = next
      next = []
      for (const run of due) run()
    }
    return loop.nowMs - fromMs
  }
  /** Reads that come `gapMs` apart; for how long the loop stayed awake behind the last one, ms. */
  let awakeMs = 0
  const read = (count: number, gapMs: number): number => {
    for (let index = 0; index < count; index++) {
      loop.nowMs += Math.max(0, gapMs - awakeMs)
      idlePoll.noteRead(loop.nowMs)
      awakeMs = idle()
    }
    return awakeMs
  }
  return { loop, read }
}

describe('IdlePoll', () => {
  test('stays awake for a tenth of a millisecond while requests come that soon', () => {
    const { read } = createLoop()
    expect(read(2 * window, 0.15)).toBeCloseTo(0.1, 5)
  })

  test('sleeps at once when requests come later', () => {
    const { read } = createLoop()
    expect(read(3 * window, 0.3)).toBe(0)
  })

  test('has to see requests come soon before it waits for one', () => {
    const { read } = createLoop()
    expect(read(window - 1, 0.15)).toBe(0)
    expect(read(1, 0.15)).toBeGreaterThan(0)
  })

  test('half of the requests are not enough', () => {
    const { read } = createLoop()
    read(window, 0.15)
    for (let count = 0; count < window / 2; count++) {
      read(1, 1)
      read(1, 0.15)
    }
    expect(read(1, 0.15)).toBe(0)
  })

  test('a pause now and then does not end it', () => {
    const { read } = createLoop()
    read(window, 0.15)
    for (let count = 0; count < 3 * window; count++) {
      read(1, 5)
      expect(read(7, 0.15)).toBeGreaterThan(0)
    }
  })

  test('leaves the core to those who want it, and comes back when they are done', () => {
    const { loop, read } = createLoop()
    /** Windows until the loop stays awake, or no longer does, while each brings so many preemptions. */
    const windowsUntil = (isAwake: boolean, preemptions: number): number => {
      for (let count = 1; count < 1000; count++) {
        loop.preemptions += preemptions
        if (read(window, 0.15) > 0 === isAwake) return count
      }
      return Infinity
    }
    expect(windowsUntil(true, 2)).toBe(1)
    expect(windowsUntil(false, 2)).toBe(Infinity)
    expect(windowsUntil(false, 30)).toBeLessThan(16)
    expect(windowsUntil(true, 30)).toBe(Infinity)
    expect(windowsUntil(true, 2)).toBeLessThan(64)
  })

  test('a burst of preemptions is not somebody who wants the core', () => {
    const { loop, read } = createLoop()
    read(4 * window, 0.15)
    loop.preemptions += 1000
    expect(read(window, 0.15)).toBeGreaterThan(0)
  })
})
