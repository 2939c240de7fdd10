// Each cell of the crash matrix by worlds of its own, in which nothing but its fault happens.
import { describe, expect, test } from 'vitest'
import { crashMatrix } from './crash-matrix.ts'
import { failureText } from './failure.ts'
import type { Durability } from './history.ts'
import { simulate } from './world.ts'

const worldsPerCell = 3

describe.each(crashMatrix)('$fault', ({ keeps, options, counted }) => {
  test.each(Object.entries(keeps) as [Durability, string][])(
    'with %s: keeps %s',
    async (durability) => {
      let count = 0
      for (let seed = 1; seed <= worldsPerCell; seed++) {
        const outcome = await simulate({ ...options, durability, seed })
        expect(outcome.violations.length === 0 ? '' : failureText(outcome)).toBe('')
        count += outcome.counts[counted] ?? 0
      }
      expect(count, counted).toBeGreaterThan(0)
    },
  )
})
