// Which key was meant.
import { expect, test } from 'vitest'
import { nearestKey } from '../../../src/config/nearest-key.ts'

test.each([
  ['num.partitoins', 'num.partitions'],
  ['Log.Dirs', 'log.dirs'],
  ['advertised.listener', 'advertised.listeners'],
  ['nothing.of.the.kind', null],
])('%s means %s', (name, meant) => {
  expect(nearestKey(name)).toBe(meant)
})
