// Takes a consumer's word for records that it holds: accepted, released, rejected, or held on to
// (renew, KIP-1222). All that a request says of a partition is taken, or nothing of it.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { AcknowledgeType, Delivery } from './delivery.ts'
import type { InFlightPart, InFlightRun } from './in-flight.ts'
import type { SharePartition, SharePartitionRules, StateWrite } from './share-partition.ts'

/** One type for all offsets, or one for each. */
export interface AcknowledgementBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly types: readonly AcknowledgeType[]
}

export interface AcknowledgeRequest {
  readonly memberId: string
  readonly batches: readonly AcknowledgementBatch[]
}

/** What is to be stored, null when nothing is; or why nothing was acknowledged. */
export type AcknowledgeStep =
  | { readonly error: 'NONE'; readonly write: StateWrite | null }
  | { readonly error: ErrorName; readonly message: string }

/** What a request has changed so far. */
interface Draft {
  readonly partition: SharePartition
  readonly memberId: string
  readonly rules: SharePartitionRules
  readonly nowMs: number
  readonly parts: InFlightPart[]
}

/** Decides on all batches of the request. Records below the start offset are over: no error. */
export function acknowledge(
  partition: SharePartition,
  { memberId, batches }: AcknowledgeRequest,
  rules: SharePartitionRules,
  nowMs: number,
): AcknowledgeStep {
  const draft: Draft = { partition, memberId, rules, nowMs, parts: [] }
  for (const batch of batches) {
    if (batch.lastOffset < partition.startOffset) continue
    const refusal = acknowledgeBatch(draft, batch)
    if (refusal === null) continue
    for (const { delivery } of draft.parts) delivery.settle(false)
    return refusal
  }
  const unsettled = draft.parts.map(({ delivery }) => delivery)
  const write = draft.parts.length === 0 ? null : partition.write(draft.parts, unsettled)
  return { error: 'NONE', write }
}

type Refusal = { readonly error: ErrorName; readonly message: string }

function acknowledgeBatch(draft: Draft, batch: AcknowledgementBatch): Refusal | null {
  const runs = runsOf(draft.partition, batch)
  if ('error' in runs) return runs
  for (const run of runs) {
    if (run.lastOffset < draft.partition.startOffset) continue
    const refusal = run.whole === null ? null : wholeProblem(run.whole, draft.memberId)
    if (refusal !== null) return refusal
    const done = acknowledgeRun(draft, batch, run)
    if (done !== null) return done
  }
  return null
}

/** The runs that the batch speaks of: it must not go beyond what is in flight. */
function runsOf(
  { inFlight, startOffset }: SharePartition,
  { firstOffset, lastOffset }: AcknowledgementBatch,
): readonly InFlightRun[] | Refusal {
  const isStartInside = firstOffset < startOffset && lastOffset >= startOffset
  const floor = inFlight.floor(firstOffset) ?? (isStartInside ? inFlight.first : undefined)
  if (floor === undefined) {
    return invalidState(
      'Batch record not found. The request batch offsets are not found in the cache.',
    )
  }
  const runs = inFlight.beginningIn(floor.firstOffset, lastOffset)
  const last = runs.at(-1)?.lastOffset ?? -1
  const which = last < firstOffset ? 'first' : 'last'
  if (last >= lastOffset) return runs
  return {
    error: 'INVALID_REQUEST',
    message: `Batch record not found. The ${which} offset in request is past acquired records.`,
  }
}

function wholeProblem(whole: Delivery, memberId: string): Refusal | null {
  if (whole.isUnsettled) return invalidState(notCompleted)
  if (whole.state !== 'acquired') {
    return invalidState('The batch cannot be acknowledged. The batch is not in the acquired state.')
  }
  return whole.memberId === memberId
    ? null
    : invalidState('Member is not the owner of batch record')
}

function acknowledgeRun(
  draft: Draft,
  batch: AcknowledgementBatch,
  run: InFlightRun,
): Refusal | null {
  const { startOffset } = draft.partition
  const isInside = run.firstOffset >= batch.firstOffset && run.lastOffset <= batch.lastOffset
  const isCut = run.firstOffset < startOffset
  if (!isInside || isCut || batch.types.length > 1) run.split()
  for (const part of run.parts(Math.max(batch.firstOffset, startOffset), batch.lastOffset)) {
    const { delivery } = part
    const problem = run.whole === null ? offsetProblem(delivery, draft.memberId) : null
    if (problem !== null) return problem
    const type = batch.types.length > 1 ? typeAt(batch, part.firstOffset) : batch.types[0]
    assert(type !== undefined, 'every offset has a type')
    const refusal = acknowledgePart(draft, part, type)
    if (refusal !== null) return refusal
  }
  return null
}

function typeAt(batch: AcknowledgementBatch, offset: number): AcknowledgeType | undefined {
  return batch.types[offset - batch.firstOffset]
}

function offsetProblem(delivery: Delivery, memberId: string): Refusal | null {
  // What is being acknowledged already is in its new state by now.
  if (delivery.state !== 'acquired') {
    return invalidState('The offset cannot be acknowledged. The offset is not acquired.')
  }
  return delivery.memberId === memberId ? null : invalidState('Member is not the owner of offset')
}

function acknowledgePart(draft: Draft, part: InFlightPart, type: AcknowledgeType): Refusal | null {
  const { rules, nowMs, parts } = draft
  if (type !== 'renew') {
    part.delivery.acknowledge(type, rules.deliveryCountLimit)
    parts.push(part)
    return null
  }
  if (!rules.mayRenew) {
    return invalidState('Renewing acquisition locks is not enabled for the group.')
  }
  part.delivery.renew(nowMs + rules.lockDurationMs)
  return null
}

const notCompleted =
  'The record state is invalid. The acknowledgement of delivery could not be completed.'

function invalidState(message: string): Refusal {
  return { error: 'INVALID_RECORD_STATE', message }
}
