// The partition of a group is Kafka’s.
import { expect, test } from 'vitest'
import { partitionOfGroup } from '../../../src/coordinators/group-partitioning.ts'

test('a group’s partition is Kafka’s, also for the hash that has no positive', () => {
  expect(partitionOfGroup('abc', 50)).toBe(96354 % 50)
  expect(partitionOfGroup('polygenelubricants', 50)).toBe(0)
  for (let index = 0; index < 1000; index++) {
    expect(partitionOfGroup(`group-${index}`, 50)).toBeGreaterThanOrEqual(0)
  }
})
