import { expect, test } from 'vitest'
import { Acknowledgements, gapsIn } from '../../../src/client/acknowledgements.ts'

const range = (firstOffset: number, lastOffset = firstOffset) => ({ firstOffset, lastOffset })

test('verdicts of one kind on neighbours become one range', () => {
  const verdicts = new Acknowledgements()
  for (const offset of [4, 5, 6]) verdicts.add(range(offset), 'accept')
  verdicts.add(range(7), 'release')
  verdicts.add(range(9, 12), 'release')
  verdicts.add(range(13), 'release')
  expect(verdicts.take()).toEqual([
    { ...range(4, 6), acknowledgeTypes: [1] },
    { ...range(7), acknowledgeTypes: [2] },
    { ...range(9, 13), acknowledgeTypes: [2] },
  ])
})

test('verdicts go out in the order of offsets, once', () => {
  const verdicts = new Acknowledgements()
  verdicts.add(range(8), 'reject')
  verdicts.add(range(2), 'gap')
  expect(verdicts.isEmpty).toBe(false)
  expect(verdicts.take()).toEqual([
    { ...range(2), acknowledgeTypes: [0] },
    { ...range(8), acknowledgeTypes: [3] },
  ])
  expect(verdicts.isEmpty).toBe(true)
  expect(verdicts.take()).toEqual([])
})

test.each([
  { name: 'every offset has its record', acquired: [range(3, 5)], offsets: [3, 4, 5], gaps: [] },
  {
    name: 'none has one: markers alone',
    acquired: [range(3, 5)],
    offsets: [],
    gaps: [range(3, 5)],
  },
  {
    name: 'compaction took some in front, between and behind',
    acquired: [range(10, 20)],
    offsets: [12, 13, 17],
    gaps: [range(10, 11), range(14, 16), range(18, 20)],
  },
  {
    name: 'records of others lie before, between and behind what was acquired',
    acquired: [range(2, 3), range(7, 9)],
    offsets: [1, 2, 3, 4, 5, 8, 10],
    gaps: [range(7), range(9)],
  },
  {
    name: 'a gap of a billion offsets is one range',
    acquired: [range(0, 1e9)],
    offsets: [1e9],
    gaps: [range(0, 1e9 - 1)],
  },
])('gaps among what was acquired: $name', ({ acquired, offsets, gaps }) => {
  expect(gapsIn(acquired, offsets)).toEqual(gaps)
})
