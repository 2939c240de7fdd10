// Which key was meant.
import { expect, test } from 'vitest'
import { editDistance, nearestKey } from '../../../../src/cli/doctor/nearest-key.ts'

test.each([
  ['num.partitoins', 'num.partitions'],
  ['Log.Dirs', 'log.dirs'],
  ['advertised.listener', 'advertised.listeners'],
  ['nothing.of.the.kind', null],
])('%s means %s', (name, meant) => {
  expect(nearestKey(name)).toBe(meant)
})

test('a distance counts letters put in, left out and changed', () => {
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})
