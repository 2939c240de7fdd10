// Merges stored states of a share partition with newer ones: of every offset the later state counts,
// that is the one with more deliveries, and of equal ones the one further on its way.
import { assert } from '../../base/assert.ts'
import type { StateBatch } from './share-partition.ts'

/**
 * The batches as one list, ascending, disjoint, neighbours of one state joined. What is below
 * `startOffset` goes; -1 keeps all.
 */
export function combineBatches(
  batches: readonly StateBatch[],
  startOffset: number,
): readonly StateBatch[] {
  const kept = batches
    .filter(({ lastOffset }) => startOffset === -1 || lastOffset >= startOffset)
    .map((batch) => ({ ...batch, firstOffset: Math.max(batch.firstOffset, startOffset) }))
    .sort((left, right) => left.firstOffset - right.firstOffset)
  const bounds = new Set<number>()
  for (const { firstOffset, lastOffset } of kept) bounds.add(firstOffset).add(lastOffset + 1)
  const sorted = [...bounds].sort((left, right) => left - right)
  const combined: StateBatch[] = []
  let open: StateBatch[] = []
  let next = 0
  sorted.forEach((from, index) => {
    open = open.filter(({ lastOffset }) => lastOffset >= from)
    for (let batch = kept[next]; batch?.firstOffset === from; batch = kept[next]) {
      open.push(batch)
      next += 1
    }
    const [first, ...others] = open
    if (first === undefined) return
    const latest = others.reduce((best, batch) => (isLater(batch, best) ? batch : best), first)
    append(combined, { ...latest, firstOffset: from, lastOffset: (sorted[index + 1] ?? from) - 1 })
  })
  const [lowest] = combined
  assert(
    startOffset === -1 || (lowest?.firstOffset ?? startOffset) >= startOffset,
    'what is over went',
  )
  assert(next === kept.length, 'every batch was looked at')
  return combined
}

function isLater(left: StateBatch, right: StateBatch): boolean {
  if (left.deliveryCount !== right.deliveryCount) return left.deliveryCount > right.deliveryCount
  return left.deliveryState > right.deliveryState
}

function append(combined: StateBatch[], batch: StateBatch): void {
  const before = combined.at(-1)
  const continues =
    before !== undefined &&
    before.lastOffset + 1 === batch.firstOffset &&
    before.deliveryCount === batch.deliveryCount &&
    before.deliveryState === batch.deliveryState
  if (continues) combined[combined.length - 1] = { ...before, lastOffset: batch.lastOffset }
  else combined.push(batch)
}
