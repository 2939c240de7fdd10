// The coordinator's own abort of an open transaction. Its producer is fenced by the next epoch.
import { assert } from '../../base/assert.ts'
import { int16Max } from '../../base/units.ts'
import { epochBumpVersion, isEpochExhausted, noEpoch, noProducerId } from './state.ts'
import type { TimeoutEvent, TransactionRules, TransactionState, TransactionStep } from './state.ts'

/**
 * The coordinator aborts an open transaction: after its time-out, or because a new producer came.
 * Whoever began it is fenced by the next epoch.
 */
export function fenceProducer(
  state: TransactionState,
  event: Pick<TimeoutEvent, 'freshProducerId'>,
  nowMs: number,
  rules: TransactionRules,
): TransactionStep {
  assert(state.status === 'Ongoing', 'only an open transaction is aborted')
  const bumps = rules.serverVersion >= epochBumpVersion
  const rotates = bumps && isEpochExhausted(state.producerEpoch)
  if (rotates && event.freshProducerId === null) {
    const timeout = { kind: 'timeout', freshProducerId: null } as const
    return { next: 'unchanged', effects: [{ kind: 'allocate-producer-id', event: timeout }] }
  }
  const next: TransactionState = {
    ...state,
    status: 'PrepareAbort',
    previousProducerId: state.producerId,
    nextProducerId: rotates ? (event.freshProducerId ?? noProducerId) : noProducerId,
    producerEpoch: Math.min(state.producerEpoch + 1, int16Max),
    lastProducerEpoch: bumps ? state.producerEpoch : noEpoch,
    updateTimestampMs: nowMs,
    clientVersion: bumps ? epochBumpVersion : 0,
  }
  assert(next.producerEpoch >= state.producerEpoch, 'epochs only grow')
  return { next, effects: [{ kind: 'write-markers' }] }
}
