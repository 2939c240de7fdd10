// What a partition saw of a transactional id's producer and the coordinator's own log does not know:
// power loss took the record of an epoch, and left batches of it.
import { assert } from '../../base/assert.ts'
import { int16Max } from '../../base/units.ts'
import type { TransactionState } from './state.ts'

/**
 * The state beyond `seenEpoch`, the highest epoch of its producer in any partition. An epoch that
 * was given away and forgotten is never given away again: its sequences would be taken for those
 * of batches that are there, and new batches acknowledged as repeated and not written.
 */
export function beyondSeenEpoch(state: TransactionState, seenEpoch: number): TransactionState {
  assert(seenEpoch <= int16Max, 'an epoch is an int16')
  if (seenEpoch <= state.producerEpoch) return state
  return { ...state, producerEpoch: Math.min(seenEpoch + 1, int16Max) }
}
