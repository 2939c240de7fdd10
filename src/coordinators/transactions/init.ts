// InitProducerId for a transactional id: a new producer takes the id over, or the one that has it
// begins anew (KIP-360). Either way the epoch grows, and what was open is aborted first.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import { fenceProducer } from './fence.ts'
import { isEpochExhausted, noEpoch, noPartitions, noProducerId } from './state.ts'
import type {
  InitEvent,
  ProducerIdAndEpoch,
  TransactionRules,
  TransactionState,
  TransactionStep,
} from './state.ts'

export function initProducer(
  state: TransactionState | null,
  event: InitEvent,
  nowMs: number,
  rules: TransactionRules,
): TransactionStep {
  const { expected, freshProducerId } = event
  if (state === null) {
    if (freshProducerId === null) return allocate(event)
    return initialised(event, created(event, freshProducerId, nowMs))
  }
  if (expected !== null && !mayGoOn(state, expected)) return refused(event, 'PRODUCER_FENCED')
  switch (state.status) {
    case 'PrepareCommit':
    case 'PrepareAbort':
      return refused(event, 'CONCURRENT_TRANSACTIONS')
    case 'Ongoing':
      return abortFirst(state, event, nowMs, rules)
    case 'Empty':
    case 'CompleteCommit':
    case 'CompleteAbort':
      return nextEpoch(state, event, nowMs)
  }
}

/** The producer's id is the one that is known, or was before the epochs ran out (a repeated request). */
function mayGoOn(state: TransactionState, expected: ProducerIdAndEpoch): boolean {
  if (expected.producerId === state.producerId) return true
  return (
    expected.producerId === state.previousProducerId && isEpochExhausted(expected.producerEpoch)
  )
}

function created(event: InitEvent, producerId: number, nowMs: number): TransactionState {
  return {
    transactionalId: event.transactionalId,
    status: 'Empty',
    producerId,
    previousProducerId: producerId,
    nextProducerId: noProducerId,
    producerEpoch: 0,
    lastProducerEpoch: noEpoch,
    timeoutMs: event.timeoutMs,
    partitions: noPartitions,
    startTimestampMs: -1,
    updateTimestampMs: nowMs,
    clientVersion: 0,
  }
}

/**
 * The abort's epoch is never told to anyone: the client comes back for the next one, once the
 * transaction is out of the way.
 */
function abortFirst(
  state: TransactionState,
  event: InitEvent,
  nowMs: number,
  rules: TransactionRules,
): TransactionStep {
  const step = fenceProducer(state, event, nowMs, rules)
  if (step.next === 'unchanged') return allocate(event)
  const [retry] = refused(event, 'CONCURRENT_TRANSACTIONS').effects
  assert(retry !== undefined, 'whoever asked is answered')
  return { next: step.next, effects: [retry, ...step.effects] }
}

function nextEpoch(state: TransactionState, event: InitEvent, nowMs: number): TransactionStep {
  const { expected, freshProducerId } = event
  const isCurrent = expected === null || expected.producerEpoch === state.producerEpoch
  const begun = {
    ...state,
    status: 'Empty',
    previousProducerId: state.producerId,
    nextProducerId: noProducerId,
    timeoutMs: event.timeoutMs,
    partitions: noPartitions,
    startTimestampMs: -1,
    updateTimestampMs: nowMs,
  } as const
  if (isEpochExhausted(state.producerEpoch) && isCurrent) {
    if (freshProducerId === null) return allocate(event)
    const lastProducerEpoch = expected === null ? noEpoch : state.producerEpoch
    const rotated = { producerId: freshProducerId, producerEpoch: 0, lastProducerEpoch }
    return initialised(event, { ...begun, ...rotated })
  }
  if (isCurrent) {
    const lastProducerEpoch = expected === null ? noEpoch : state.producerEpoch
    const producerEpoch = state.producerEpoch + 1
    return initialised(event, { ...begun, producerEpoch, lastProducerEpoch })
  }
  // The answer to a request that is repeated: nobody else has come in between.
  if (expected.producerEpoch === state.lastProducerEpoch) return initialised(event, begun)
  return refused(event, 'PRODUCER_FENCED')
}

function initialised(event: InitEvent, next: TransactionState): TransactionStep {
  assert(next.producerEpoch >= 0, 'a producer has an epoch')
  const { producerId, producerEpoch } = next
  const answer = { error: 'NONE', producerId, producerEpoch } as const
  return { next, effects: [{ kind: 'answer-init', to: event.ticket, answer }] }
}

function allocate(event: InitEvent): TransactionStep {
  return { next: 'unchanged', effects: [{ kind: 'allocate-producer-id', event }] }
}

function refused(event: InitEvent, error: ErrorName): TransactionStep {
  const answer = { error, producerId: noProducerId, producerEpoch: noEpoch }
  return { next: 'unchanged', effects: [{ kind: 'answer-init', to: event.ticket, answer }] }
}
