// The simulation finds bugs: each that is planted breaks a promise within a few worlds, most in the first.
// What it saw, and in which world, is printed.
import { afterEach, expect, test } from 'vitest'
import { plantedBugs, unplant } from './planted.ts'
import { simulate } from './world.ts'

const seedsMax = 40

afterEach(unplant)

test.each(Object.entries(plantedBugs))('found: %s', async (name, { seed, options = {}, plant }) => {
  plant?.()
  const others = Array.from({ length: seedsMax }, (_, index) => index + 1)
  let found: string | undefined
  // The world that is known to show it first: most of the others would only take time.
  for (const each of [seed, ...others.filter((other) => other !== seed)]) {
    const { violations } = await simulate({ ...options, seed: each })
    if (violations.length > 0) found = `seed ${each}: ${violations[0]}`
    if (found !== undefined) break
  }
  console.info(`${name}: ${found?.slice(0, 200)}`)
  expect(found).toBeDefined()
})
