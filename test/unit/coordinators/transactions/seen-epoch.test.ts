import { describe, expect, test } from 'vitest'
import { beyondSeenEpoch } from '../../../../src/coordinators/transactions/seen-epoch.ts'
import { isEpochExhausted, noPartitions } from '../../../../src/coordinators/transactions/state.ts'
import type { TransactionState } from '../../../../src/coordinators/transactions/state.ts'

const state: TransactionState = {
  transactionalId: 'tx',
  status: 'CompleteCommit',
  producerId: 7,
  previousProducerId: 7,
  nextProducerId: -1,
  producerEpoch: 3,
  lastProducerEpoch: -1,
  timeoutMs: 60_000,
  partitions: noPartitions,
  startTimestampMs: 1,
  updateTimestampMs: 2,
  clientVersion: 2,
}

describe('a state whose epochs are', () => {
  test.each([-1, 2, 3])('all known stays as it is (%i was seen)', (seen) => {
    expect(beyondSeenEpoch(state, seen)).toBe(state)
  })

  test('partly forgotten goes on behind the one that was seen, which nobody has any more', () => {
    expect(beyondSeenEpoch(state, 5).producerEpoch).toBe(6)
  })

  test('used up stays in the range, and is used up', () => {
    for (const seen of [32_766, 32_767]) {
      const { producerEpoch } = beyondSeenEpoch(state, seen)
      expect(producerEpoch).toBe(32_767)
      expect(isEpochExhausted(producerEpoch)).toBe(true)
    }
  })
})
