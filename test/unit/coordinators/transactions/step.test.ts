// The machine of a transactional id: every state × event, and the rules for epochs that Kafka's
// clients live by.
import { describe, expect, test } from 'vitest'
import type { ErrorName } from '../../../../protocol/errors.ts'
import { Ticket } from '../../../../src/coordinators/ticket.ts'
import { noPartitions } from '../../../../src/coordinators/transactions/state.ts'
import type {
  AddEvent,
  EndEvent,
  InitEvent,
  TransactionEvent,
  TransactionRules,
  TransactionState,
  TransactionStatus,
  TransactionStep,
} from '../../../../src/coordinators/transactions/state.ts'
import { stepTransaction } from '../../../../src/coordinators/transactions/step.ts'

const nowMs = 1_000_000
const rules: TransactionRules = { serverVersion: 2, expirationMs: 1000 }
const orders = new Map([['orders', new Set([0])]])

function stateIn(
  status: TransactionStatus,
  changes: Partial<TransactionState> = {},
): TransactionState {
  const holds = status === 'Ongoing' || status.startsWith('Prepare')
  return {
    transactionalId: 't',
    status,
    producerId: 7,
    previousProducerId: 7,
    nextProducerId: -1,
    producerEpoch: 3,
    lastProducerEpoch: -1,
    timeoutMs: 60_000,
    partitions: holds ? orders : noPartitions,
    startTimestampMs: status === 'Empty' ? -1 : 10,
    updateTimestampMs: 10,
    clientVersion: 0,
    ...changes,
  }
}

const init = (changes: Partial<InitEvent> = {}): InitEvent => ({
  kind: 'init',
  transactionalId: 't',
  ticket: new Ticket(),
  timeoutMs: 60_000,
  expected: null,
  freshProducerId: 99,
  ...changes,
})
const add = (changes: Partial<AddEvent> = {}): AddEvent => ({
  kind: 'add',
  ticket: new Ticket(),
  producerId: 7,
  producerEpoch: 3,
  partitions: new Map([['orders', new Set([0, 1])]]),
  clientVersion: 0,
  ...changes,
})
const end = (changes: Partial<EndEvent> = {}): EndEvent => ({
  kind: 'end',
  ticket: new Ticket(),
  producerId: 7,
  producerEpoch: 3,
  commit: true,
  clientVersion: 0,
  freshProducerId: null,
  ...changes,
})

const take = (state: TransactionState | null, event: TransactionEvent): TransactionStep =>
  stepTransaction(state, event, nowMs, rules)

/** What the client is told: an error, or with NONE the producer id and epoch. */
function told(step: TransactionStep): unknown {
  for (const effect of step.effects) {
    if (effect.kind === 'answer-add') return effect.answer
    if (effect.kind === 'answer-init' || effect.kind === 'answer-end') {
      const { error, producerId, producerEpoch } = effect.answer
      return error === 'NONE' ? [producerId, producerEpoch] : error
    }
  }
  return null
}

function after(step: TransactionStep): TransactionState {
  if (step.next === 'unchanged' || step.next === null) throw new Error('nothing was stored')
  return step.next
}

type Cell = TransactionStatus | 'unchanged' | 'forgotten' | ErrorName
type Column = 'init' | 'add' | 'commit' | 'abort' | 'timeout' | 'marked' | 'expire'

const events: Record<Column, () => TransactionEvent> = {
  init,
  add,
  commit: end,
  abort: () => end({ commit: false }),
  timeout: () => ({ kind: 'timeout', freshProducerId: null }),
  marked: () => ({ kind: 'marked' }),
  expire: () => ({ kind: 'expire' }),
}

/** State × event → the state that is stored, or the error that is told, for clients of version 1. */
const transitions: Record<TransactionStatus | 'none', Record<Column, Cell>> = {
  none: {
    init: 'Empty',
    add: 'INVALID_PRODUCER_ID_MAPPING',
    commit: 'INVALID_PRODUCER_ID_MAPPING',
    abort: 'INVALID_PRODUCER_ID_MAPPING',
    timeout: 'unchanged',
    marked: 'unchanged',
    expire: 'unchanged',
  },
  Empty: {
    init: 'Empty',
    add: 'Ongoing',
    commit: 'INVALID_TXN_STATE',
    abort: 'INVALID_TXN_STATE',
    timeout: 'unchanged',
    marked: 'unchanged',
    expire: 'forgotten',
  },
  Ongoing: {
    init: 'PrepareAbort',
    add: 'Ongoing',
    commit: 'PrepareCommit',
    abort: 'PrepareAbort',
    timeout: 'PrepareAbort',
    marked: 'unchanged',
    expire: 'unchanged',
  },
  PrepareCommit: {
    init: 'CONCURRENT_TRANSACTIONS',
    add: 'CONCURRENT_TRANSACTIONS',
    commit: 'CONCURRENT_TRANSACTIONS',
    abort: 'INVALID_TXN_STATE',
    timeout: 'unchanged',
    marked: 'CompleteCommit',
    expire: 'unchanged',
  },
  PrepareAbort: {
    init: 'CONCURRENT_TRANSACTIONS',
    add: 'CONCURRENT_TRANSACTIONS',
    commit: 'INVALID_TXN_STATE',
    abort: 'CONCURRENT_TRANSACTIONS',
    timeout: 'unchanged',
    marked: 'CompleteAbort',
    expire: 'unchanged',
  },
  CompleteCommit: {
    init: 'Empty',
    add: 'Ongoing',
    commit: 'unchanged',
    abort: 'INVALID_TXN_STATE',
    timeout: 'unchanged',
    marked: 'unchanged',
    expire: 'forgotten',
  },
  CompleteAbort: {
    init: 'Empty',
    add: 'Ongoing',
    commit: 'INVALID_TXN_STATE',
    abort: 'unchanged',
    timeout: 'unchanged',
    marked: 'unchanged',
    expire: 'forgotten',
  },
}

function outcomeOf(step: TransactionStep): Cell {
  if (step.next === null) return 'forgotten'
  if (step.next !== 'unchanged') return step.next.status
  const answer = told(step)
  return typeof answer === 'string' && answer !== 'NONE' ? (answer as ErrorName) : 'unchanged'
}

describe('states × events', () => {
  for (const [status, row] of Object.entries(transitions)) {
    for (const [column, expected] of Object.entries(row)) {
      test(`${column} in ${status}: ${expected}`, () => {
        const state = status === 'none' ? null : stateIn(status as TransactionStatus)
        const step = take(state, events[column as Column]())
        expect(outcomeOf(step)).toBe(expected)
        const answers = step.effects.filter(({ kind }) => kind.startsWith('answer-'))
        const asks = ['init', 'add', 'commit', 'abort'].includes(column)
        expect(answers).toHaveLength(asks ? 1 : 0)
        const decides = expected === 'PrepareCommit' || expected === 'PrepareAbort'
        expect(step.effects.some(({ kind }) => kind === 'write-markers')).toBe(decides)
      })
    }
  }
})

describe('InitProducerId', () => {
  const epochOf = (state: TransactionState, expected: [number, number] | null) =>
    told(
      take(
        state,
        init({
          expected:
            expected === null ? null : { producerId: expected[0], producerEpoch: expected[1] },
        }),
      ),
    )

  test('gives a new id its first epoch and a known one the next', () => {
    expect(told(take(null, init()))).toEqual([99, 0])
    expect(epochOf(stateIn('Empty'), null)).toEqual([7, 4])
    expect(epochOf(stateIn('CompleteCommit'), [7, 3])).toEqual([7, 4])
  })

  test('asks for a producer id first when it needs one', () => {
    const { effects, next } = take(null, init({ freshProducerId: null }))
    expect(next).toBe('unchanged')
    expect(effects).toMatchObject([{ kind: 'allocate-producer-id' }])
  })

  test('answers a repeated request as before, and fences everybody else', () => {
    const first = after(
      take(stateIn('Empty'), init({ expected: { producerId: 7, producerEpoch: 3 } })),
    )
    expect(epochOf(first, [7, 3])).toEqual([7, 4])
    expect(epochOf(first, [7, 2])).toBe('PRODUCER_FENCED')
    expect(epochOf(first, [8, 4])).toBe('PRODUCER_FENCED')
    // A second producer came in between: the first one's request is no repetition any more.
    const taken = after(take(first, init()))
    expect(epochOf(taken, [7, 3])).toBe('PRODUCER_FENCED')
  })

  test('begins a new producer id when the epochs are used up, also when it is asked twice', () => {
    const worn = stateIn('CompleteAbort', { producerEpoch: 32_766 })
    const step = take(worn, init({ expected: { producerId: 7, producerEpoch: 32_766 } }))
    expect(told(step)).toEqual([99, 0])
    expect(epochOf(after(step), [7, 32_766])).toEqual([99, 0])
    expect(epochOf(after(step), [7, 32_765])).toBe('PRODUCER_FENCED')
  })

  test('aborts what is open, fences its producer and has the client come back', () => {
    const step = take(stateIn('Ongoing'), init())
    expect(told(step)).toBe('CONCURRENT_TRANSACTIONS')
    expect(after(step)).toMatchObject({ status: 'PrepareAbort', producerEpoch: 4 })
    const complete = after(take(after(step), { kind: 'marked' }))
    expect(told(take(complete, init()))).toEqual([7, 5])
  })
})

describe('AddPartitionsToTxn', () => {
  test('checks the producer before the state', () => {
    const state = stateIn('PrepareCommit')
    expect(told(take(state, add({ producerId: 8 })))).toBe('INVALID_PRODUCER_ID_MAPPING')
    expect(told(take(state, add({ producerEpoch: 2 })))).toBe('PRODUCER_FENCED')
    expect(told(take(state, add({ producerEpoch: 4 })))).toBe('PRODUCER_FENCED')
    expect(told(take(state, add()))).toBe('CONCURRENT_TRANSACTIONS')
  })

  test('begins the transaction once, and stores nothing for partitions that are there', () => {
    const begun = after(take(stateIn('CompleteCommit'), add()))
    expect(begun).toMatchObject({ status: 'Ongoing', startTimestampMs: nowMs })
    expect(take(begun, add()).next).toBe('unchanged')
    const more = take(begun, add({ partitions: new Map([['other', new Set([5])]]) }))
    expect([...after(more).partitions.keys()]).toEqual(['orders', 'other'])
  })
})

describe('EndTxn of clients whose epoch grows (KIP-890)', () => {
  const bump = (changes: Partial<EndEvent> = {}) => end({ clientVersion: 2, ...changes })
  const retry = { producerEpoch: 2 }

  test('an open transaction ends in the next epoch', () => {
    const step = take(stateIn('Ongoing'), bump())
    expect(told(step)).toEqual([7, 4])
    expect(after(step)).toMatchObject({ status: 'PrepareCommit', clientVersion: 2 })
    expect(told(take(after(step), bump()))).toBe('CONCURRENT_TRANSACTIONS')
    expect(told(take(after(step), bump({ commit: false })))).toBe('INVALID_TXN_STATE')
    expect(told(take(after(step), bump({ producerEpoch: 4 })))).toBe('PRODUCER_FENCED')
  })

  test.each<[TransactionStatus, string, Partial<EndEvent>, unknown]>([
    ['Empty', 'abort again', { commit: false, ...retry }, 'PRODUCER_FENCED'],
    ['Empty', 'abort', { commit: false }, [7, 4]],
    ['Empty', 'commit again', retry, 'PRODUCER_FENCED'],
    ['Empty', 'commit', {}, 'INVALID_TXN_STATE'],
    ['CompleteAbort', 'abort again', { commit: false, ...retry }, [7, 3]],
    ['CompleteAbort', 'abort', { commit: false }, [7, 4]],
    ['CompleteAbort', 'commit again', retry, 'INVALID_TXN_STATE'],
    ['CompleteAbort', 'commit', {}, 'INVALID_TXN_STATE'],
    ['CompleteCommit', 'abort again', { commit: false, ...retry }, 'INVALID_TXN_STATE'],
    ['CompleteCommit', 'abort', { commit: false }, [7, 4]],
    ['CompleteCommit', 'commit again', retry, [7, 3]],
    ['CompleteCommit', 'commit', {}, 'INVALID_TXN_STATE'],
    ['CompleteCommit', 'commit long ago', { producerEpoch: 1 }, 'PRODUCER_FENCED'],
    ['Ongoing', 'commit of the epoch before', retry, 'PRODUCER_FENCED'],
  ])('%s: %s', (status, _what, changes, expected) => {
    const step = take(stateIn(status, { clientVersion: 2 }), bump(changes))
    expect(told(step)).toEqual(expected)
  })

  test.each<TransactionStatus>(['PrepareCommit', 'CompleteCommit'])(
    'a producer that was fenced takes no other’s commit for its own: %s',
    (status) => {
      // A client of before, whose epochs stay, committed in epoch 3.
      const step = take(stateIn(status, { clientVersion: 0 }), bump(retry))
      expect(told(step)).toBe('PRODUCER_FENCED')
    },
  )

  test('an abort without a transaction is a transaction of no partitions', () => {
    const step = take(stateIn('Empty'), bump({ commit: false }))
    expect(after(step)).toMatchObject({ status: 'PrepareAbort', startTimestampMs: nowMs })
    expect(after(take(after(step), { kind: 'marked' })).status).toBe('CompleteAbort')
  })

  test('the last epoch leads to a new producer id, also when the client asks again', () => {
    const worn = stateIn('Ongoing', { producerEpoch: 32_766 })
    const request = bump({ producerEpoch: 32_766 })
    expect(take(worn, request).effects).toMatchObject([{ kind: 'allocate-producer-id' }])
    const step = take(worn, { ...request, freshProducerId: 99 })
    expect(told(step)).toEqual([99, 0])
    // The markers still carry the old id, and the epoch that no client has.
    expect(after(step)).toMatchObject({ producerId: 7, producerEpoch: 32_767, nextProducerId: 99 })
    const complete = after(take(after(step), { kind: 'marked' }))
    expect(complete).toMatchObject({ producerId: 99, producerEpoch: 0, nextProducerId: -1 })
    expect(told(take(complete, request))).toEqual([99, 0])
  })
})

describe('the coordinator’s own abort', () => {
  const timeout = { kind: 'timeout', freshProducerId: null } as const

  test('takes the producer to the next epoch once, whatever version the cluster has', () => {
    expect(after(take(stateIn('Ongoing'), timeout)).producerEpoch).toBe(4)
    const old = stepTransaction(stateIn('Ongoing'), timeout, nowMs, { ...rules, serverVersion: 0 })
    expect(after(old)).toMatchObject({ producerEpoch: 4, clientVersion: 0 })
  })

  test('never leaves the range of epochs', () => {
    const worn = stateIn('Ongoing', { producerEpoch: 32_767 })
    expect(after(take(worn, { ...timeout, freshProducerId: 99 })).producerEpoch).toBe(32_767)
  })
})

test('an id is forgotten when it was idle for transactional.id.expiration.ms, and no sooner', () => {
  const expire = { kind: 'expire' } as const
  const idle = (updateTimestampMs: number) => stateIn('CompleteCommit', { updateTimestampMs })
  expect(take(idle(nowMs - 1000), expire).next).toBeNull()
  expect(take(idle(nowMs - 999), expire).next).toBe('unchanged')
})
