// The machine of one transactional id (KIP-98, KIP-360, KIP-890): what an event makes of its state.
// Pure. The order of the checks is Kafka's, since it decides which error a client is told.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert, unreachable } from '../../base/assert.ts'
import { endTransaction } from './end.ts'
import { fenceProducer } from './fence.ts'
import { initProducer } from './init.ts'
import { epochBumpVersion, isSubset, noPartitions, noProducerId, unionOf } from './state.ts'
import type {
  AddEvent,
  TransactionEvent,
  TransactionRules,
  TransactionState,
  TransactionStep,
} from './state.ts'

/** `state` is null for an id that does not exist. */
export function stepTransaction(
  state: TransactionState | null,
  event: TransactionEvent,
  nowMs: number,
  rules: TransactionRules,
): TransactionStep {
  switch (event.kind) {
    case 'init':
      return initProducer(state, event, nowMs, rules)
    case 'add':
      return addPartitions(state, event, nowMs)
    case 'end':
      return endTransaction(state, event, nowMs)
    case 'timeout':
      return state?.status === 'Ongoing' ? fenceProducer(state, event, nowMs, rules) : nothing
    case 'marked':
      return state === null ? nothing : completeTransaction(state, nowMs)
    case 'expire':
      return state !== null && isOver(state, nowMs, rules) ? { next: null, effects: [] } : nothing
    default:
      return unreachable(event)
  }
}

const nothing: TransactionStep = { next: 'unchanged', effects: [] }

/** AddPartitionsToTxn and AddOffsetsToTxn: the first partition begins the transaction. */
function addPartitions(
  state: TransactionState | null,
  event: AddEvent,
  nowMs: number,
): TransactionStep {
  const answer = (error: ErrorName) =>
    ({ kind: 'answer-add', to: event.ticket, answer: error }) as const
  const error = addError(state, event)
  if (error !== null || state === null) {
    return { next: 'unchanged', effects: [answer(error ?? 'INVALID_PRODUCER_ID_MAPPING')] }
  }
  const begins = state.status !== 'Ongoing'
  if (!begins && isSubset(event.partitions, state.partitions)) {
    return { next: 'unchanged', effects: [answer('NONE')] }
  }
  const next: TransactionState = {
    ...state,
    status: 'Ongoing',
    previousProducerId: state.producerId,
    partitions: unionOf(state.partitions, event.partitions),
    startTimestampMs: begins ? nowMs : state.startTimestampMs,
    updateTimestampMs: nowMs,
    clientVersion: event.clientVersion,
  }
  return { next, effects: [answer('NONE')] }
}

function addError(state: TransactionState | null, event: AddEvent): ErrorName | null {
  if (state === null || state.producerId !== event.producerId) return 'INVALID_PRODUCER_ID_MAPPING'
  if (state.producerEpoch !== event.producerEpoch) return 'PRODUCER_FENCED'
  const isEnding = state.status === 'PrepareCommit' || state.status === 'PrepareAbort'
  return isEnding ? 'CONCURRENT_TRANSACTIONS' : null
}

/** All markers are written: what was prepared is complete. */
function completeTransaction(state: TransactionState, nowMs: number): TransactionStep {
  const { status, nextProducerId } = state
  if (status !== 'PrepareCommit' && status !== 'PrepareAbort') return nothing
  const rotates = state.clientVersion >= epochBumpVersion && nextProducerId !== noProducerId
  const next: TransactionState = {
    ...state,
    status: status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    previousProducerId: state.producerId,
    producerId: rotates ? nextProducerId : state.producerId,
    producerEpoch: rotates ? 0 : state.producerEpoch,
    nextProducerId: noProducerId,
    partitions: noPartitions,
    updateTimestampMs: nowMs,
  }
  assert(next.startTimestampMs >= 0, 'a completed transaction had begun')
  return { next, effects: [] }
}

function isOver(state: TransactionState, nowMs: number, rules: TransactionRules): boolean {
  const { status, updateTimestampMs } = state
  const isIdle = status === 'Empty' || status === 'CompleteCommit' || status === 'CompleteAbort'
  return isIdle && updateTimestampMs <= nowMs - rules.expirationMs
}
