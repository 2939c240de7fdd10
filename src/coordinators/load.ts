// Replays a partition of `__consumer_offsets` from its log: batch by batch, with transactions and
// their ends. Records of kinds that this version does not know are left as they are.
import { readEndTransactionMarker } from '../../protocol/control-records.ts'
import { DecodeError, KafkaError } from '../../protocol/errors.ts'
import {
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchProducerId,
  batchSizeAt,
} from '../../protocol/record-batch.ts'
import { readRecords } from '../../protocol/records.ts'
import type { BatchRecord } from '../../protocol/records.ts'
import { assert } from '../base/assert.ts'
import type { Logger } from '../io/logger.ts'
import type { PartitionStore } from '../storage/engine.ts'
import { decodeChange } from './group-records.ts'
import type { GroupChange } from './group-records.ts'
import type { GroupShard } from './shard.ts'

export interface LoadInput {
  readonly shard: GroupShard
  readonly store: PartitionStore
  readonly logger: Logger
  /**
   * Most bytes to read at once (offsets.load.buffer.size), and most that a batch may inflate to.
   */
  readonly limitBytes: { readonly read: number; readonly inflated: number }
}

/** Replays all that the partition holds. A batch that cannot be read is skipped, and logged. */
export async function loadShard(input: LoadInput): Promise<void> {
  const { store } = input
  let offset: number = store.logStartOffset
  while (offset < store.logEndOffset) {
    const { records } = await store.read({
      offset,
      maxBytes: input.limitBytes.read,
      minOneBatch: true,
      limit: 'log-end',
    })
    const next = await replayBatches(input, records.bytes)
    records.release()
    // Compaction leaves gaps, at the end of the log too.
    if (next === null) return
    assert(next > offset, 'every batch moves the reader on')
    offset = next
  }
}

/** Replays whole batches; the offset behind the last of them, null when there is none. */
async function replayBatches(input: LoadInput, bytes: Buffer): Promise<number | null> {
  let next: number | null = null
  let at = 0
  while (at < bytes.length) {
    const size = batchSizeAt(bytes, at, bytes.length)
    if (size < 0) break
    next = batchLastOffset(bytes, at) + 1
    await replayBatch(input, bytes, at)
    at += size
  }
  return next
}

async function replayBatch(input: LoadInput, bytes: Buffer, at: number): Promise<void> {
  const { shard, store, logger } = input
  try {
    const records = await readRecords(bytes, at, input.limitBytes.inflated)
    const producerId = batchProducerId(bytes, at)
    if (batchIsControl(bytes, at)) {
      const [marker] = records
      if (marker !== undefined) replayMarker(shard, marker, producerId)
      return
    }
    const transactional = batchIsTransactional(bytes, at)
    for (const record of records) {
      const change = changeOf(record)
      if (change === null) continue
      shard.apply(change, {
        recordOffset: record.offset,
        producerId: transactional ? producerId : -1,
        timestampMs: record.timestamp,
      })
    }
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof KafkaError)) throw error
    const { partition } = store
    logger.error({ partition, cause: error.message }, 'group records not readable, skipped')
  }
}

function changeOf(record: BatchRecord): GroupChange | null {
  return record.key === null ? null : decodeChange(record.key, record.value)
}

function replayMarker(shard: GroupShard, record: BatchRecord, producerId: number): void {
  const marker = readEndTransactionMarker(record)
  if (marker === null) return
  shard.offsets.endTransaction(producerId, marker.isCommit ? 'commit' : 'abort')
}
