import { expect, test } from 'vitest'
import { hashMapOrder, javaStringHash } from '../../../src/base/java-hash.ts'

// Values of Java's String.hashCode.
test.each([
  ['', 0],
  ['a', 97],
  ['abc', 96354],
  ['console-consumer-12345', 158455506],
  ['polygenelubricants', -2147483648],
  ['group😀', 295198754],
])('the hash of %j is Java’s', (text, hash) => {
  expect(javaStringHash(text)).toBe(hash)
})

// What java.util.HashMap lists after these were put, with `new HashMap<>(capacity)`.
test.each([
  [16, 'p c r m', 'r p c m'],
  [1, 'r p c', 'c r p'],
  [1, 'p c m', 'c m p'],
  [1, 'r p c m', 'p c m r'],
  [1, 'p r', 'p r'],
])('a map of capacity %i lists %s as %s', (capacity, put, listed) => {
  const keys: Record<string, string> = {
    p: 'producer_byte_rate',
    c: 'consumer_byte_rate',
    r: 'request_percentage',
    m: 'controller_mutation_rate',
  }
  const entries = (letters: string) => letters.split(' ').map((key) => ({ key: keys[key] ?? '' }))
  expect(hashMapOrder(entries(put), capacity)).toEqual(entries(listed))
})
