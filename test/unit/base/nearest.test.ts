// Which word was meant.
import { expect, test } from 'vitest'
import { editDistance, nearest } from '../../../src/base/nearest.ts'

test('a distance counts letters put in, left out and changed', () => {
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})

test('the nearest word is meant, and none that is too far away', () => {
  const words = ['start', 'topics', 'tokens']
  expect(nearest('topisc', words, 2)).toBe('topics')
  expect(nearest('strat', words, 2)).toBe('start')
  expect(nearest('nothing', words, 2)).toBeNull()
})
