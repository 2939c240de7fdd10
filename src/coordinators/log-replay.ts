// Reads a partition of an internal topic from its start: batch by batch, with transactions and
// their ends. What the records mean is the caller's.
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
import type { RecordPlace } from './shard.ts'

export interface LogReplay {
  readonly store: PartitionStore
  readonly logger: Logger
  /** Most bytes to read at once, and most that a batch may inflate to. */
  readonly limitBytes: { readonly read: number; readonly inflated: number }
  /** @throws DecodeError: the rest of the batch is skipped. */
  readonly onRecord: (record: BatchRecord & { readonly key: Buffer }, place: RecordPlace) => void
  readonly onMarker: (producerId: number, outcome: 'commit' | 'abort') => void
}

/** Replays all that the partition holds. A batch that cannot be read is skipped, and logged. */
export async function replayLog(replay: LogReplay): Promise<void> {
  const { store } = replay
  let offset: number = store.logStartOffset
  while (offset < store.logEndOffset) {
    const { records } = await store.read({
      offset,
      maxBytes: replay.limitBytes.read,
      minOneBatch: true,
      limit: 'log-end',
    })
    const next = await replayBatches(replay, records.bytes)
    records.release()
    // Compaction leaves gaps, at the end of the log too.
    if (next === null) return
    assert(next > offset, 'every batch moves the reader on')
    offset = next
  }
}

/** Replays whole batches; the offset behind the last of them, null when there is none. */
async function replayBatches(replay: LogReplay, bytes: Buffer): Promise<number | null> {
  let next: number | null = null
  let at = 0
  while (at < bytes.length) {
    const size = batchSizeAt(bytes, at, bytes.length)
    if (size < 0) break
    next = batchLastOffset(bytes, at) + 1
    await replayBatch(replay, bytes, at)
    at += size
  }
  return next
}

async function replayBatch(replay: LogReplay, bytes: Buffer, at: number): Promise<void> {
  const { store, logger } = replay
  try {
    const records = await readRecords(bytes, at, replay.limitBytes.inflated)
    const producerId = batchProducerId(bytes, at)
    if (batchIsControl(bytes, at)) {
      const marker = records[0] === undefined ? null : readEndTransactionMarker(records[0])
      if (marker !== null) replay.onMarker(producerId, marker.isCommit ? 'commit' : 'abort')
      return
    }
    const transactional = batchIsTransactional(bytes, at)
    for (const record of records) {
      const { key } = record
      if (key === null) continue
      replay.onRecord(
        { ...record, key },
        {
          recordOffset: record.offset,
          producerId: transactional ? producerId : -1,
          timestampMs: record.timestamp,
        },
      )
    }
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof KafkaError)) throw error
    const { topic, partition } = store
    logger.error({ topic, partition, cause: error.message }, 'records not readable, skipped')
  }
}
