import { expect, test } from 'vitest'
import { segmentsBelow, segmentsBeyondSize, segmentsExpired } from '../../../src/log/retention.ts'

const segments = [
  { baseOffset: 0, byteLength: 100, largestTimestampMs: 1000 },
  { baseOffset: 10, byteLength: 100, largestTimestampMs: 2000 },
  { baseOffset: 20, byteLength: 100, largestTimestampMs: 3000 },
  { baseOffset: 30, byteLength: 50, largestTimestampMs: 4000 },
]
const unlimited = { retentionMs: -1, retentionBytes: -1 }

test('segments that end at or before the log start offset may go', () => {
  expect(segmentsBelow(segments, 0)).toBe(0)
  expect(segmentsBelow(segments, 9)).toBe(0)
  expect(segmentsBelow(segments, 10)).toBe(1)
  expect(segmentsBelow(segments, 29)).toBe(2)
  expect(segmentsBelow(segments, 1000)).toBe(3)
})

test('a segment expires when its youngest record does', () => {
  const rules = { ...unlimited, retentionMs: 500 }
  expect(segmentsExpired(segments, rules, 1500)).toBe(0)
  expect(segmentsExpired(segments, rules, 1501)).toBe(1)
  expect(segmentsExpired(segments, rules, 9999)).toBe(4)
  expect(segmentsExpired(segments, unlimited, 9999)).toBe(0)
})

test('a young segment keeps all behind it', () => {
  const [first, second, ...rest] = segments
  if (first === undefined || second === undefined) throw new Error('segments are missing')
  const mixed = [first, { ...second, largestTimestampMs: 9000 }, ...rest]
  expect(segmentsExpired(mixed, { ...unlimited, retentionMs: 500 }, 9000)).toBe(1)
})

test('whole segments go while retention.bytes remain in the others', () => {
  const beyond = (retentionBytes: number): number =>
    segmentsBeyondSize(segments, { ...unlimited, retentionBytes })
  expect(beyond(-1)).toBe(0)
  expect(beyond(350)).toBe(0)
  expect(beyond(251)).toBe(0)
  expect(beyond(250)).toBe(1)
  expect(beyond(0)).toBe(3)
})
