// Reads the share partitions of one ShareFetch and acquires what was read. Records are lent by the
// log and never copied; nothing here looks into a batch.
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import {
  batchBaseOffset,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchMagic,
  batchProducerId,
  batchSizeAt,
  noValue,
} from '../../protocol/record-batch.ts'
import type { LiveSharePartition, SharePartitions } from '../coordinators/share-partitions.ts'
import type { AcquiredRange, OffsetSpan } from '../coordinators/share/acquire.ts'
import type { PartitionStore, ReadLimit, ReadResult, RecordsLoan } from '../storage/engine.ts'
import type { ShareTopicPartition } from './share-session.ts'

/** A partition that is there to be fetched from. */
export interface ShareSource extends ShareTopicPartition {
  readonly store: PartitionStore
  readonly live: LiveSharePartition
}

/** What is to be read, as the request says. */
export interface SharePlan {
  readonly shares: SharePartitions
  readonly memberId: string
  readonly mode: 'batch-optimized' | 'record-limit'
  readonly batchSize: number
  readonly recordsMax: number
  readonly maxBytes: number
  readonly minBytes: number
  readonly limit: ReadLimit
  readonly sources: readonly ShareSource[]
}

/** What became of one partition; the loan is the caller's to send or release. */
export interface SharePartitionRead extends ShareTopicPartition {
  readonly error: ErrorName
  readonly records: RecordsLoan | null
  readonly acquired: readonly AcquiredRange[]
}

/** A partition that may have something, and where it is. */
interface Candidate {
  readonly source: ShareSource
  readonly fetchOffset: number
}

/** Whether enough can be read now for an answer. */
export function isEnoughThere(plan: SharePlan): boolean {
  const candidates = candidatesOf(plan)
  if (candidates.length === 0) return false
  const share = Math.floor(plan.maxBytes / candidates.length)
  let byteLength = 0
  for (const { source, fetchOffset } of candidates) {
    if (!source.store.online) return true
    byteLength += source.store.readableBytes(fetchOffset, plan.limit, share)
  }
  return byteLength >= plan.minBytes
}

/** Reads and acquires what there is, up to the request's limits. */
export function readShares(plan: SharePlan): MaybePromise<readonly SharePartitionRead[]> {
  const candidates = candidatesOf(plan)
  const share = Math.max(1, Math.floor(plan.maxBytes / Math.max(1, candidates.length)))
  const reads: SharePartitionRead[] = []
  let recordsLeft = plan.recordsMax
  let anyData = false
  const take = (read: SharePartitionRead): void => {
    anyData ||= read.records !== null
    for (const { firstOffset, lastOffset } of read.acquired) {
      recordsLeft -= lastOffset - firstOffset + 1
    }
    reads.push(read)
  }
  const readFrom = (start: number): MaybePromise<readonly SharePartitionRead[]> => {
    for (let index = start; index < candidates.length; index++) {
      const candidate = candidates[index]
      if (candidate === undefined || recordsLeft <= 0) break
      const read = readOne(plan, candidate, { share, recordsLeft, minOneBatch: !anyData })
      if (isPromise(read)) {
        return read.then((settled) => {
          take(settled)
          return readFrom(index + 1)
        })
      }
      take(read)
    }
    return reads
  }
  return readFrom(0)
}

/** Partitions where something may be acquired. What the log has lost is given up first. */
function candidatesOf({ shares, sources }: SharePlan): Candidate[] {
  const candidates: Candidate[] = []
  for (const source of sources) {
    const { live, store } = source
    const { partition } = live
    if (live.isClosed || !partition.canAcquire(shares.rules(live.key.groupId))) continue
    if (partition.nextFetchOffset() < store.logStartOffset) {
      shares.moveLogStart(live, store.logStartOffset)
    }
    candidates.push({ source, fetchOffset: partition.nextFetchOffset() })
  }
  return candidates
}

function readOne(
  plan: SharePlan,
  candidate: Candidate,
  budget: { readonly share: number; readonly recordsLeft: number; readonly minOneBatch: boolean },
): MaybePromise<SharePartitionRead> {
  const { source, fetchOffset } = candidate
  const failed = (error: unknown): SharePartitionRead => {
    if (!(error instanceof KafkaError)) throw error
    // Beyond the end: an administrator has set the offset there. There is nothing yet.
    const isBeyond = error.errorName === 'OFFSET_OUT_OF_RANGE'
    return nothingOf(source, isBeyond ? 'NONE' : error.errorName)
  }
  try {
    const result = source.store.read({
      offset: fetchOffset,
      maxBytes: budget.share,
      minOneBatch: budget.minOneBatch,
      limit: plan.limit,
    })
    const acquired = (settled: ReadResult) => acquireRead(plan, candidate, settled, budget)
    return isPromise(result) ? result.then(acquired, failed) : acquired(result)
  } catch (error) {
    return failed(error)
  }
}

function nothingOf({ topicId, partition }: ShareTopicPartition, error: ErrorName) {
  return { topicId, partition, error, records: null, acquired: [] }
}

function acquireRead(
  plan: SharePlan,
  { source, fetchOffset }: Candidate,
  { records, abortedTransactions }: ReadResult,
  { recordsLeft }: { readonly recordsLeft: number },
): SharePartitionRead {
  const { memberId, mode, batchSize, shares } = plan
  const batches = batchesIn(records.bytes, fetchOffset)
  const acquired = shares.acquire(source.live, {
    ...{ memberId, mode, batchSize, fetchOffset },
    recordsMax: recordsLeft,
    read: batches,
    aborted: abortedSpans(records.bytes, batches, abortedTransactions ?? []),
  })
  const first = acquired[0]
  const last = acquired.at(-1)
  if (first === undefined || last === undefined) {
    records.release()
    return nothingOf(source, 'NONE')
  }
  const { topicId, partition } = source
  const span = { firstOffset: first.firstOffset, lastOffset: last.lastOffset }
  return { topicId, partition, error: 'NONE', records: slice(records, batches, span), acquired }
}

/** A batch of the log, and where it lies in what was read. */
interface ReadBatch extends OffsetSpan {
  readonly at: number
  readonly end: number
}

/** The whole batches; what was read may end inside one. */
function batchesIn(bytes: Buffer, fetchOffset: number): readonly ReadBatch[] {
  const batches: ReadBatch[] = []
  let next = fetchOffset
  for (let at = 0; at < bytes.length;) {
    const size = batchSizeAt(bytes, at, bytes.length)
    if (size < 0 || at + size > bytes.length) break
    // Messages of magic 0 and 1 say where they end, not where the records in them begin.
    const isLegacy = batchMagic(bytes, at) < 2
    const lastOffset = isLegacy ? batchBaseOffset(bytes, at) : batchLastOffset(bytes, at)
    const firstOffset = isLegacy ? Math.min(next, lastOffset) : batchBaseOffset(bytes, at)
    batches.push({ firstOffset, lastOffset, at, end: at + size })
    next = lastOffset + 1
    at += size
  }
  return batches
}

/** The batches that a reader of committed records must not see (KIP-98). */
function abortedSpans(
  bytes: Buffer,
  batches: readonly ReadBatch[],
  aborted: NonNullable<ReadResult['abortedTransactions']>,
): readonly OffsetSpan[] {
  if (aborted.length === 0) return []
  const waiting = [...aborted].sort((left, right) => left.firstOffset - right.firstOffset)
  const open = new Set<number>()
  const spans: OffsetSpan[] = []
  for (const batch of batches) {
    if (batchMagic(bytes, batch.at) < 2) continue
    const producerId = batchProducerId(bytes, batch.at)
    if (producerId === noValue) continue
    for (let next = waiting[0]; next && next.firstOffset <= batch.lastOffset; next = waiting[0]) {
      open.add(next.producerId)
      waiting.shift()
    }
    // A marker ends the producer's transaction, and an open one here is an aborted one.
    if (batchIsControl(bytes, batch.at)) open.delete(producerId)
    else if (batchIsTransactional(bytes, batch.at) && open.has(producerId)) spans.push(batch)
  }
  return spans
}

/** The part of the loan that holds the acquired records: whole batches, where they lie. */
function slice(
  records: RecordsLoan,
  batches: readonly ReadBatch[],
  { firstOffset, lastOffset }: OffsetSpan,
): RecordsLoan {
  const inside = batches.filter(
    (batch) => batch.lastOffset >= firstOffset && batch.firstOffset <= lastOffset,
  )
  const from = inside[0]?.at ?? 0
  const to = inside.at(-1)?.end ?? from
  if (from === 0 && to === records.byteLength) return records
  const bytes = records.bytes.subarray(from, to)
  return { bytes, byteLength: bytes.length, release: () => records.release() }
}
