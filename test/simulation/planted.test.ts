// The simulation finds bugs: each that is planted breaks a promise within a few worlds. The first seed that
// shows it is printed with what it saw.
import { afterEach, expect, test } from 'vitest'
import { plantedBugs, unplant } from './planted.ts'
import { simulate } from './world.ts'

const seedsMax = 40

afterEach(unplant)

test.each(Object.entries(plantedBugs))('found: %s', async (name, { options = {}, plant }) => {
  plant?.()
  let found: string | undefined
  for (let seed = 1; seed <= seedsMax && found === undefined; seed++) {
    const { violations } = await simulate({ ...options, seed })
    if (violations.length > 0) found = `seed ${seed}: ${violations[0]}`
  }
  console.info(`${name}: ${found?.slice(0, 200)}`)
  expect(found).toBeDefined()
})
