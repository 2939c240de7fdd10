// The hash and the partition of a group are Kafka’s.
import { expect, test } from 'vitest'
import { javaStringHash, partitionOfGroup } from '../../../src/coordinators/group-partitioning.ts'

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

test('a group’s partition is Kafka’s, also for the hash that has no positive', () => {
  expect(partitionOfGroup('abc', 50)).toBe(96354 % 50)
  expect(partitionOfGroup('polygenelubricants', 50)).toBe(0)
  for (let index = 0; index < 1000; index++) {
    expect(partitionOfGroup(`group-${index}`, 50)).toBeGreaterThanOrEqual(0)
  }
})
