// The aborted transactions of one segment, found anew in its batches when the .txnindex is damaged:
// the producers as of the segment's beginning, and what the batches do to them.
import type { ProducerEntry } from './producer-state.ts'
import { ProducerState } from './producer-state.ts'
import { batchIsControl, batchMagic } from '../../protocol/record-batch.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { producerBatchAt } from './append.ts'
import type { BatchScanner } from './batch-scanner.ts'
import type { AbortedEntry } from './txn-index.ts'

/**
 * `producers`: the snapshot at the segment's base offset, which knows the transactions that were
 * open there. Ends at damage: what lies behind it is not found by readers either.
 */
export function findAborted(
  scanner: BatchScanner,
  producers: readonly ProducerEntry[],
): AbortedEntry[] {
  const state = new ProducerState()
  state.load(producers)
  const aborted: AbortedEntry[] = []
  try {
    while (scanner.next()) {
      if (batchMagic(scanner.buffer, scanner.at) < 2) continue
      if (batchIsControl(scanner.buffer, scanner.at) && !scanner.readWhole()) break
      const batch = producerBatchAt(scanner.buffer, scanner.at)
      const completed = batch === null ? null : state.apply(batch)
      if (completed === null || !completed.isAbort) continue
      const { producerId, firstOffset, lastOffset } = completed
      const lastStableOffset = state.lastStableOffsetAfter(completed)
      aborted.push({ producerId, firstOffset, lastOffset, lastStableOffset })
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
  }
  return aborted
}
