import { describe, expect, test } from 'vitest'
import { ProducerState } from '../../../src/log/producer-state.ts'
import type { ProducerBatch } from '../../../src/log/producer-state.ts'

const client = { origin: 'client', transactionVersion: 0 } as const
const coordinator = { origin: 'coordinator', transactionVersion: 0 } as const

const maxSequence = 2 ** 31 - 1

function data(changes: Partial<ProducerBatch> & { count?: number } = {}): ProducerBatch {
  const { count = 1, ...fields } = changes
  const baseSequence = fields.baseSequence ?? 0
  const baseOffset = fields.baseOffset ?? 0
  const last = baseSequence + count - 1
  return {
    producerId: 7,
    producerEpoch: 0,
    baseSequence,
    lastSequence: last > maxSequence ? last - maxSequence - 1 : last,
    baseOffset,
    lastOffset: baseOffset + count - 1,
    timestampMs: 1000,
    isTransactional: false,
    marker: null,
    ...fields,
  }
}

function marker(
  changes: Partial<ProducerBatch> & { isAbort?: boolean; coordinatorEpoch?: number },
) {
  const { isAbort = false, coordinatorEpoch = 0, ...fields } = changes
  return data({
    ...fields,
    baseSequence: -1,
    isTransactional: true,
    marker: { isAbort, coordinatorEpoch },
  })
}

function stateWith(...batches: ProducerBatch[]): ProducerState {
  const state = new ProducerState()
  for (const batch of batches) state.apply(batch)
  return state
}

describe('sequences', () => {
  test('an unknown producer may begin with any sequence', () => {
    expect(new ProducerState().check(data({ baseSequence: 41 }), client)).toBeNull()
  })

  test('the next batch must follow the last sequence', () => {
    const state = stateWith(data({ count: 3 }))
    expect(state.check(data({ baseSequence: 3 }), client)).toBeNull()
    expect(() => state.check(data({ baseSequence: 4 }), client)).toThrow('OUT_OF_ORDER')
    expect(() => state.check(data({ baseSequence: 1 }), client)).toThrow('OUT_OF_ORDER')
  })

  test('sequences wrap from the largest int32 to zero', () => {
    const state = stateWith(data({ baseSequence: maxSequence - 1, count: 2 }))
    expect(state.check(data({ baseSequence: 0 }), client)).toBeNull()
    expect(() => state.check(data({ baseSequence: 1 }), client)).toThrow('OUT_OF_ORDER')
  })

  test('a duplicate across the wrap is recognised', () => {
    const wrapping = data({ baseSequence: maxSequence, count: 3, baseOffset: 50 })
    const state = stateWith(wrapping)
    expect(state.check({ ...wrapping, baseOffset: 99 }, client)?.lastOffset).toBe(52)
  })

  test('one of the last five batches sent again is a duplicate, the sixth last is out of order', () => {
    const batches = [0, 1, 2, 3, 4, 5].map((n) => data({ baseSequence: n, baseOffset: 10 + n }))
    const state = stateWith(...batches)
    for (const n of [1, 2, 3, 4, 5]) {
      expect(state.check(data({ baseSequence: n }), client)?.lastOffset).toBe(10 + n)
    }
    expect(() => state.check(data({ baseSequence: 0 }), client)).toThrow('OUT_OF_ORDER')
  })

  test('a batch that overlaps an earlier one without being equal is no duplicate', () => {
    const state = stateWith(data({ count: 2 }))
    expect(() => state.check(data({ baseSequence: 0, count: 3 }), client)).toThrow('OUT_OF_ORDER')
  })

  test('the coordinator writes without sequences', () => {
    const state = stateWith(data({ count: 3 }))
    expect(state.check(data({ baseSequence: -1 }), coordinator)).toBeNull()
  })
})

describe('epochs', () => {
  test('an older epoch is refused', () => {
    const state = stateWith(data({ producerEpoch: 3 }))
    const zombie = data({ producerEpoch: 2, baseSequence: 1 })
    expect(() => state.check(zombie, client)).toThrow('INVALID_PRODUCER_EPOCH')
  })

  test('a new epoch begins with sequence zero', () => {
    const state = stateWith(data({ producerEpoch: 3 }))
    const begin = data({ producerEpoch: 4, baseSequence: 0 })
    expect(() => state.check({ ...begin, baseSequence: 1 }, client)).toThrow('OUT_OF_ORDER')
    expect(state.check(begin, client)).toBeNull()
    state.apply(begin)
    expect(state.check(data({ producerEpoch: 4, baseSequence: 1 }), client)).toBeNull()
  })

  test('a marker that raises the epoch lets the next batch begin at zero', () => {
    const state = stateWith(
      data({ isTransactional: true }),
      marker({ producerEpoch: 1, baseOffset: 1 }),
    )
    expect(state.check(data({ producerEpoch: 1, baseSequence: 0 }), client)).toBeNull()
    expect(() => state.check(data({ producerEpoch: 1, baseSequence: 1 }), client)).toThrow(
      'OUT_OF_ORDER',
    )
  })
})

describe('transactions', () => {
  test('the first transactional batch opens a transaction, a marker completes it', () => {
    const state = stateWith(
      data({ baseOffset: 10, isTransactional: true }),
      data({ baseOffset: 11, baseSequence: 1, isTransactional: true }),
    )
    expect(state.firstUndecidedOffset).toBe(10)
    const completed = state.apply(marker({ baseOffset: 12, isAbort: true }))
    expect(completed).toEqual({ producerId: 7, firstOffset: 10, lastOffset: 12, isAbort: true })
    expect(state.firstUndecidedOffset).toBeUndefined()
  })

  test('a marker without an open transaction completes nothing', () => {
    const state = stateWith(data({}))
    expect(state.apply(marker({ baseOffset: 1 }))).toBeNull()
  })

  test('the oldest open transaction holds the last stable offset', () => {
    const state = stateWith(
      data({ producerId: 1, baseOffset: 5, isTransactional: true }),
      data({ producerId: 2, baseOffset: 6, isTransactional: true }),
    )
    const first = state.apply(marker({ producerId: 1, baseOffset: 7 }))
    expect(first === null ? null : state.lastStableOffsetAfter(first)).toBe(6)
    const second = state.apply(marker({ producerId: 2, baseOffset: 8 }))
    expect(second === null ? null : state.lastStableOffsetAfter(second)).toBe(9)
  })

  test('a plain batch inside an open transaction is refused', () => {
    const state = stateWith(data({ isTransactional: true }))
    expect(() => state.check(data({ baseSequence: 1 }), client)).toThrow('INVALID_TXN_STATE')
  })

  test('a marker of an older coordinator is refused', () => {
    const state = stateWith(
      data({ isTransactional: true }),
      marker({ baseOffset: 1, coordinatorEpoch: 5 }),
    )
    const late = marker({ baseOffset: 2, coordinatorEpoch: 4 })
    expect(() => state.check(late, coordinator)).toThrow('TRANSACTION_COORDINATOR_FENCED')
  })
})

describe('expiry', () => {
  test('idle producers are forgotten, those with an open transaction are kept', () => {
    const state = stateWith(
      data({ producerId: 1, timestampMs: 1000 }),
      data({ producerId: 2, timestampMs: 1000, isTransactional: true }),
      data({ producerId: 3, timestampMs: 5000 }),
    )
    state.expire(6000, 5000)
    expect([...state.entries()].map((entry) => entry.producerId)).toEqual([2, 3])
  })
})

test('state that is loaded finds its open transactions in the order of their offsets', () => {
  const source = stateWith(
    data({ producerId: 9, baseOffset: 5, isTransactional: true }),
    data({ producerId: 4, baseOffset: 2, isTransactional: true }),
  )
  const loaded = new ProducerState()
  loaded.load([...source.entries()])
  expect(loaded.firstUndecidedOffset).toBe(2)
  expect(loaded.producerCount).toBe(2)
})

describe('transactions of version 2', () => {
  const newer = { origin: 'client', transactionVersion: 2 } as const

  test('begin at sequence 0 where their producer is unknown; others may be forgotten ones', () => {
    const state = new ProducerState()
    const late = data({ baseSequence: 4, isTransactional: true })
    expect(() => state.check(late, newer)).toThrow('OUT_OF_ORDER')
    expect(state.check(late, client)).toBeNull()
    expect(state.check(data({ baseSequence: 4 }), newer)).toBeNull()
    expect(state.check(data({ baseSequence: 0, isTransactional: true }), newer)).toBeNull()
  })

  test('end with a marker of an epoch of its own', () => {
    const state = new ProducerState()
    const batch = data({ isTransactional: true })
    state.apply(batch)
    const marker = { ...batch, marker: { isAbort: true, coordinatorEpoch: 0 } }
    expect(() => state.check(marker, { ...coordinator, transactionVersion: 2 })).toThrow('EPOCH')
    expect(state.check(marker, coordinator)).toBeNull()
    const bumped = { ...marker, producerEpoch: batch.producerEpoch + 1 }
    expect(state.check(bumped, { ...coordinator, transactionVersion: 2 })).toBeNull()
  })
})
