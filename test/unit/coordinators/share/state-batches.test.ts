// Merging stored states: against a model that keeps every offset by itself.
import { describe, expect, test } from 'vitest'
import type { StateBatch } from '../../../../src/coordinators/share/share-partition.ts'
import { combineBatches } from '../../../../src/coordinators/share/state-batches.ts'
import { SeededRandom } from '../../../support/group-world.ts'

const batch = (firstOffset: number, lastOffset: number, deliveryState: number, count = 1) => {
  return { firstOffset, lastOffset, deliveryState, deliveryCount: count }
}

describe('combining batches', () => {
  test('of every offset the later state counts', () => {
    expect(combineBatches([batch(0, 9, 0), batch(3, 5, 2)], -1)).toEqual([
      batch(0, 2, 0),
      batch(3, 5, 2),
      batch(6, 9, 0),
    ])
    expect(combineBatches([batch(0, 4, 2), batch(2, 6, 0, 2)], -1)).toEqual([
      batch(0, 1, 2),
      batch(2, 6, 0, 2),
    ])
  })

  test('neighbours of one state are joined, and what is below the start goes', () => {
    expect(combineBatches([batch(4, 6, 2), batch(0, 3, 2)], 2)).toEqual([batch(2, 6, 2)])
    expect(combineBatches([batch(0, 3, 2)], 4)).toEqual([])
  })

  test.each([1, 2, 3, 4, 5])('agrees with a model of single offsets (seed %i)', (seed) => {
    const random = new SeededRandom(seed)
    for (let round = 0; round < 200; round++) {
      const batches: StateBatch[] = Array.from({ length: random.below(6) }, () => {
        const first = random.below(20)
        const state = [0, 2, 4][random.below(3)] ?? 0
        return batch(first, first + random.below(6), state, 1 + random.below(3))
      })
      const start = random.below(4) === 0 ? -1 : random.below(12)
      const model = new Map<number, number>()
      for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of batches) {
        for (let offset = Math.max(firstOffset, start); offset <= lastOffset; offset++) {
          const rank = deliveryCount * 10 + deliveryState
          model.set(offset, Math.max(model.get(offset) ?? 0, rank))
        }
      }
      const combined = combineBatches(batches, start)
      const seen = new Map<number, number>()
      for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of combined) {
        for (let offset = firstOffset; offset <= lastOffset; offset++) {
          expect(seen.has(offset)).toBe(false)
          seen.set(offset, deliveryCount * 10 + deliveryState)
        }
      }
      expect(seen).toEqual(new Map([...model].sort(([a], [b]) => a - b)))
    }
  })
})
