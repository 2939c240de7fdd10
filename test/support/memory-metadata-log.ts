// A metadata log in memory: assigns offsets and leader epoch as the real one does.
import type { MetadataLog } from '../../src/catalog/journal.ts'
import { KafkaError } from '../../protocol/errors.ts'
import {
  batchLastOffset,
  batchLastOffsetDelta,
  setBatchBaseOffset,
  setBatchPartitionLeaderEpoch,
} from '../../protocol/record-batch.ts'

const firstRaftEpoch = 1

export class MemoryMetadataLog implements MetadataLog {
  readonly online = true
  readonly logStartOffset = 0
  readonly batches: Buffer[] = []
  /** Appends that succeed before one fails with KAFKA_STORAGE_ERROR; null: none fails. */
  failAfter: number | null = null
  /** Appends give a promise, as on a real disk. */
  isAsynchronous = false
  /** Appends that asked for a sync. */
  syncCount = 0

  constructor(batches: readonly Buffer[] = []) {
    this.batches.push(...batches)
  }

  get logEndOffset(): number {
    const last = this.batches.at(-1)
    return last === undefined ? 0 : batchLastOffset(last, 0) + 1
  }

  /** All bytes as they lie in the segment. */
  get bytes(): Buffer {
    return Buffer.concat(this.batches)
  }

  append(
    records: Buffer,
    { acksAll } = { acksAll: true },
  ): { lastOffset: number } | Promise<{ lastOffset: number }> {
    if (this.failAfter === 0) {
      this.failAfter = null
      throw new KafkaError('KAFKA_STORAGE_ERROR', 'disk full')
    }
    if (this.failAfter !== null) this.failAfter--
    const batch = Buffer.from(records)
    const baseOffset = this.logEndOffset
    setBatchBaseOffset(batch, 0, baseOffset)
    setBatchPartitionLeaderEpoch(batch, 0, firstRaftEpoch)
    this.batches.push(batch)
    if (acksAll) this.syncCount += 1
    const result = { lastOffset: baseOffset + batchLastOffsetDelta(batch, 0) }
    return this.isAsynchronous ? Promise.resolve(result) : result
  }

  read(request: { offset: number; maxBytes: number }): {
    records: { bytes: Buffer; release(): void }
  } {
    const from = this.batches.findIndex((batch) => batchLastOffset(batch, 0) >= request.offset)
    const taken: Buffer[] = []
    let bytes = 0
    for (const batch of from < 0 ? [] : this.batches.slice(from)) {
      if (taken.length > 0 && bytes + batch.length > request.maxBytes) break
      taken.push(batch)
      bytes += batch.length
    }
    return { records: { bytes: Buffer.concat(taken), release: () => undefined } }
  }
}
