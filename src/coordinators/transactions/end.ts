// EndTxn: a producer commits or aborts. Two sets of rules: of clients that keep their epoch
// (EndTxn 0-4), and of those whose epoch grows with every transaction (EndTxn 5, KIP-890), where the
// epoch tells a repeated request from the next one.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import { int16Max } from '../../base/units.ts'
import { epochBumpVersion, isEpochExhausted, noEpoch, noProducerId } from './state.ts'
import type { EndEvent, TransactionState, TransactionStep } from './state.ts'

export function endTransaction(
  state: TransactionState | null,
  event: EndEvent,
  nowMs: number,
): TransactionStep {
  if (state === null) return refused(event, 'INVALID_PRODUCER_ID_MAPPING')
  return event.clientVersion >= epochBumpVersion
    ? endWithBump(state, event, nowMs)
    : endWithoutBump(state, event, nowMs)
}

function endWithoutBump(state: TransactionState, event: EndEvent, nowMs: number): TransactionStep {
  if (state.producerId !== event.producerId) return refused(event, 'INVALID_PRODUCER_ID_MAPPING')
  if (state.producerEpoch !== event.producerEpoch) return refused(event, 'PRODUCER_FENCED')
  switch (state.status) {
    case 'Ongoing':
      return decided(event, {
        ...state,
        status: event.commit ? 'PrepareCommit' : 'PrepareAbort',
        previousProducerId: state.producerId,
        nextProducerId: noProducerId,
        updateTimestampMs: nowMs,
        clientVersion: 0,
      })
    case 'CompleteCommit':
      return event.commit ? repeated(state, event) : refused(event, 'INVALID_TXN_STATE')
    case 'CompleteAbort':
      return event.commit ? refused(event, 'INVALID_TXN_STATE') : repeated(state, event)
    case 'PrepareCommit':
    case 'PrepareAbort':
      return whilePrepared(state, event)
    case 'Empty':
      return refused(event, 'INVALID_TXN_STATE')
  }
}

function endWithBump(state: TransactionState, event: EndEvent, nowMs: number): TransactionStep {
  // What an older client ended left the epoch as it was: whoever has the one before is fenced.
  const hasBumped = state.clientVersion >= epochBumpVersion
  const isOverflowRetry =
    hasBumped &&
    state.previousProducerId === event.producerId &&
    event.producerEpoch === int16Max - 1 &&
    state.producerEpoch === 0
  const isRetry = isOverflowRetry || (hasBumped && state.producerEpoch === event.producerEpoch + 1)
  if (state.producerId !== event.producerId && !isOverflowRetry) {
    return refused(event, 'INVALID_PRODUCER_ID_MAPPING')
  }
  if (!isLegalEpoch(state, event, isRetry)) return refused(event, 'PRODUCER_FENCED')
  switch (state.status) {
    case 'Ongoing':
      return decideWithBump(state, event, nowMs)
    case 'PrepareCommit':
    case 'PrepareAbort':
      return whilePrepared(state, event)
    case 'CompleteCommit':
    case 'CompleteAbort':
      if (isRetry) {
        const isSame = event.commit === (state.status === 'CompleteCommit')
        return isSame ? repeated(state, event) : refused(event, 'INVALID_TXN_STATE')
      }
      break
    case 'Empty':
      break
  }
  // Nothing is open. An abort all the same takes the producer to its next epoch; a commit is wrong.
  if (event.commit) return refused(event, 'INVALID_TXN_STATE')
  return decideWithBump({ ...state, startTimestampMs: nowMs }, event, nowMs)
}

/** A repeated request has the epoch before; while markers are written no other is expected. */
function isLegalEpoch(state: TransactionState, event: EndEvent, isRetry: boolean): boolean {
  const isCurrent = event.producerEpoch === state.producerEpoch
  switch (state.status) {
    case 'Ongoing':
    case 'Empty':
      return isCurrent
    case 'PrepareCommit':
    case 'PrepareAbort':
      return isRetry
    case 'CompleteCommit':
    case 'CompleteAbort':
      return isRetry || isCurrent
  }
}

function decideWithBump(state: TransactionState, event: EndEvent, nowMs: number): TransactionStep {
  const { freshProducerId } = event
  const rotates = isEpochExhausted(state.producerEpoch)
  if (rotates && freshProducerId === null) {
    return { next: 'unchanged', effects: [{ kind: 'allocate-producer-id', event }] }
  }
  return decided(event, {
    ...state,
    status: event.commit ? 'PrepareCommit' : 'PrepareAbort',
    previousProducerId: state.producerId,
    nextProducerId: rotates ? (freshProducerId ?? noProducerId) : noProducerId,
    producerEpoch: Math.min(state.producerEpoch + 1, int16Max),
    lastProducerEpoch: state.producerEpoch,
    updateTimestampMs: nowMs,
    clientVersion: epochBumpVersion,
  })
}

/** The decision is stored, then answered: with what the producer goes on with, then the markers. */
function decided(event: EndEvent, next: TransactionState): TransactionStep {
  assert(next.producerEpoch >= event.producerEpoch, 'epochs only grow')
  const rotates = next.nextProducerId !== noProducerId
  const answer = {
    error: 'NONE',
    producerId: rotates ? next.nextProducerId : next.producerId,
    producerEpoch: rotates ? 0 : next.producerEpoch,
  } as const
  const answered = { kind: 'answer-end', to: event.ticket, answer } as const
  return { next, effects: [answered, { kind: 'write-markers' }] }
}

function whilePrepared(state: TransactionState, event: EndEvent): TransactionStep {
  const isSame = event.commit === (state.status === 'PrepareCommit')
  return refused(event, isSame ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE')
}

function repeated(state: TransactionState, event: EndEvent): TransactionStep {
  const { producerId, producerEpoch } = state
  const answer = { error: 'NONE', producerId, producerEpoch } as const
  return { next: 'unchanged', effects: [{ kind: 'answer-end', to: event.ticket, answer }] }
}

function refused(event: EndEvent, error: ErrorName): TransactionStep {
  const answer = { error, producerId: noProducerId, producerEpoch: noEpoch }
  return { next: 'unchanged', effects: [{ kind: 'answer-end', to: event.ticket, answer }] }
}
