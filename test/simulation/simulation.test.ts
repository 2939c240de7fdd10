// Whole brokers on simulated time, disk and network: what clients were told holds, whatever happened. A failure
// prints the seed and the command that replays it.
import { expect, test } from 'vitest'
import { failureText } from './failure.ts'
import { simulate } from './world.ts'

const seedCount = 160
const parts = 8
/** What happened in all worlds so far. */
const sums: Record<string, number> = {}

test('a seed decides everything: two runs of one are the same', async () => {
  for (const seed of [3, 11]) {
    const [first, second] = [await simulate({ seed }), await simulate({ seed })]
    expect(second.digest).toBe(first.digest)
    expect(first.trace.length).toBeGreaterThan(100)
  }
})

test('two seeds are two worlds', async () => {
  expect((await simulate({ seed: 1 })).digest).not.toBe((await simulate({ seed: 2 })).digest)
})

test.each(Array.from({ length: parts }, (_, part) => part))(
  'no promise is broken in any world, part %i',
  async (part) => {
    for (let seed = part + 1; seed <= seedCount; seed += parts) {
      const outcome = await simulate({ seed })
      expect(outcome.violations.length === 0 ? '' : failureText(outcome)).toBe('')
      for (const [what, count] of Object.entries(outcome.counts))
        sums[what] = (sums[what] ?? 0) + count
    }
  },
)

test('nothing is proven by worlds in which nothing happens', () => {
  for (const what of ['stopped', 'killed', 'powerLost', 'inTheMiddle', 'troubles'])
    expect(sums[what], what).toBeGreaterThan(seedCount / 10)
})
