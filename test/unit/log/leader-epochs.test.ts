import { expect, test } from 'vitest'
import { LeaderEpochs } from '../../../src/log/leader-epochs.ts'

function epochs(): LeaderEpochs {
  return new LeaderEpochs([
    { epoch: 0, startOffset: 0 },
    { epoch: 2, startOffset: 10 },
    { epoch: 5, startOffset: 30 },
  ])
}

test('an epoch begins once, later claims of it or of older ones change nothing', () => {
  const known = epochs()
  expect(known.assign(5, 40)).toBe(false)
  expect(known.assign(3, 40)).toBe(false)
  expect(known.assign(-1, 40)).toBe(false)
  expect(known.assign(6, 40)).toBe(true)
  expect(known.latestEpoch).toBe(6)
})

test('a new epoch at the same offset takes the place of one that wrote nothing', () => {
  const known = epochs()
  known.assign(6, 30)
  expect(known.entries.map((entry) => entry.epoch)).toEqual([0, 2, 6])
})

test('the epoch of an offset is that of the batch there', () => {
  const known = epochs()
  expect([0, 9, 10, 29, 30, 99].map((offset) => known.epochOf(offset))).toEqual([0, 0, 2, 2, 5, 5])
  expect(new LeaderEpochs().epochOf(0)).toBe(-1)
})

test('the end of an epoch is where the next begins, and the log end for the latest', () => {
  const known = epochs()
  expect(known.endOffsetOf(0, 50)).toEqual({ leaderEpoch: 0, endOffset: 10 })
  expect(known.endOffsetOf(1, 50)).toEqual({ leaderEpoch: 0, endOffset: 10 })
  expect(known.endOffsetOf(2, 50)).toEqual({ leaderEpoch: 2, endOffset: 30 })
  expect(known.endOffsetOf(5, 50)).toEqual({ leaderEpoch: 5, endOffset: 50 })
})

test('an epoch above all known ones is unknown, one below all ends where the first begins', () => {
  const known = new LeaderEpochs([{ epoch: 3, startOffset: 7 }])
  expect(known.endOffsetOf(4, 50)).toEqual({ leaderEpoch: -1, endOffset: -1 })
  expect(known.endOffsetOf(-1, 50)).toEqual({ leaderEpoch: -1, endOffset: -1 })
  expect(known.endOffsetOf(1, 50)).toEqual({ leaderEpoch: 1, endOffset: 7 })
})

test('truncation from the end forgets epochs that begin there or later', () => {
  const known = epochs()
  expect(known.truncateFromEnd(30)).toBe(true)
  expect(known.latestEpoch).toBe(2)
  expect(known.truncateFromEnd(30)).toBe(false)
})

test('truncation from the start lets the epoch that holds the offset begin there', () => {
  const known = epochs()
  expect(known.truncateFromStart(15)).toBe(true)
  expect(known.entries).toEqual([
    { epoch: 2, startOffset: 15 },
    { epoch: 5, startOffset: 30 },
  ])
  expect(known.truncateFromStart(15)).toBe(false)
})
