// Records as the simulated clients write and read them: batches of text, and what a consumer that reads
// committed data makes of them.
import {
  batchIsControl,
  batchLastOffset,
  batchProducerId,
  batchSizeAt,
} from '../../protocol/record-batch.ts'
import { buildCompressedRecordBatch, readRecords } from '../../protocol/records.ts'
import type { SentRecord, StoredRecord } from './history.ts'

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

const inflatedBytesMax = 1_000_000
// A tombstone has no value to tell it by; a header names it.
const tombstoneHeader = 'tombstone'

export async function batchOf(
  records: readonly SentRecord[],
  of: Partial<ProducerIdentity> & {
    readonly baseSequence?: number
    readonly isTransactional?: boolean
    readonly isCompressed?: boolean
  } = {},
): Promise<Buffer> {
  const { isCompressed = false, ...identity } = of
  const written = records.map(({ timestampMs, key, value, isTombstone = false }) => ({
    timestamp: timestampMs,
    key: key === null ? null : Buffer.from(key),
    value: isTombstone ? null : Buffer.from(value),
    headers: isTombstone ? [{ key: tombstoneHeader, value: Buffer.from(value) }] : [],
  }))
  const batch = { records: written, ...identity }
  return buildCompressedRecordBatch(batch, isCompressed ? 'gzip' : 'none')
}

/** A batch as a consumer sees it. */
export interface ReadBatch {
  readonly producerId: number
  readonly isControl: boolean
  /** Where the batch ends: its last records may be gone by compaction. */
  readonly lastOffset: number
  readonly records: readonly StoredRecord[]
}

/** Whole batches; what `fromOffset` lies behind is left out, as a client does it. */
export async function readBatches(bytes: Buffer, fromOffset: number): Promise<ReadBatch[]> {
  const batches: ReadBatch[] = []
  for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at, bytes.length)) {
    const isControl = batchIsControl(bytes, at)
    const records = await readRecords(bytes, at, inflatedBytesMax)
    const read = records.map(({ offset, key, value, headers }) => {
      const text = value ?? headers.find((header) => header.key === tombstoneHeader)?.value ?? null
      return {
        offset,
        key: key === null || isControl ? null : key.toString(),
        value: isControl || text === null ? null : text.toString(),
      }
    })
    const behind = read.filter(({ offset }) => offset >= fromOffset)
    const [producerId, lastOffset] = [batchProducerId(bytes, at), batchLastOffset(bytes, at)]
    batches.push({ producerId, isControl, lastOffset, records: behind })
  }
  return batches
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** The records of committed transactions, and those without one. */
export function committedRecords(
  batches: readonly ReadBatch[],
  aborted: readonly AbortedTransaction[],
): StoredRecord[] {
  const pending = [...aborted].sort((left, right) => left.firstOffset - right.firstOffset)
  const inAborted = new Set<number>()
  const committed: StoredRecord[] = []
  for (const { producerId, isControl, lastOffset, records } of batches) {
    while (pending[0] !== undefined && pending[0].firstOffset <= lastOffset) {
      inAborted.add(pending.shift()?.producerId ?? -1)
    }
    if (isControl) inAborted.delete(producerId)
    else if (!inAborted.has(producerId)) committed.push(...records)
  }
  return committed
}
