// A partition's log in memory, for coordinators under test: appends succeed at once, later, or not.
import {
  batchLastOffset,
  batchRecordCount,
  setBatchBaseOffset,
} from '../../protocol/record-batch.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { toOffset, toTopicId } from '../../src/base/brands.ts'
import type { MaybePromise } from '../../src/base/maybe-promise.ts'
import type {
  AppendResult,
  PartitionStore,
  ReadRequest,
  ReadResult,
} from '../../src/storage/engine.ts'

export class MemoryPartitionStore implements PartitionStore {
  readonly topic: string
  readonly partition: number
  readonly topicId = toTopicId('AAAAAAAAAAAAAAAAAAAACg')
  readonly leaderEpoch = 0
  readonly online = true
  readonly batches: Buffer[] = []
  /** Set: appends are refused with it. */
  refuseWith: ErrorName | null = null
  /** Larger batches are refused. */
  recordsMax = Infinity
  /** Set: appends wait for `settleAppends`. */
  later = false
  #pending: (() => void)[] = []
  #end = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get logStartOffset() {
    return toOffset(0)
  }
  get highWatermark() {
    return toOffset(this.#end)
  }
  get lastStableOffset() {
    return toOffset(this.#end)
  }
  get logEndOffset() {
    return toOffset(this.#end)
  }
  get byteLength() {
    return this.batches.reduce((sum, batch) => sum + batch.length, 0)
  }
  get recordCount() {
    return this.batches.reduce((sum, batch) => sum + batchRecordCount(batch, 0), 0)
  }

  append(records: Buffer): MaybePromise<AppendResult> {
    const batch = Buffer.from(records)
    if (!this.later) return this.#append(batch)
    return new Promise((resolve, reject) => {
      this.#pending.push(() => {
        try {
          resolve(this.#append(batch))
        } catch (error) {
          reject(error as Error)
        }
      })
    })
  }

  /** Ends the appends that wait, and lets what they set off happen. */
  async settleAppends(): Promise<void> {
    while (this.#pending.length > 0) {
      for (const settle of this.#pending.splice(0)) settle()
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    }
  }

  #append(batch: Buffer): AppendResult {
    if (this.refuseWith !== null) throw new KafkaError(this.refuseWith)
    if (batchRecordCount(batch, 0) > this.recordsMax) throw new KafkaError('MESSAGE_TOO_LARGE')
    const baseOffset = toOffset(this.#end)
    setBatchBaseOffset(batch, 0, this.#end)
    this.batches.push(batch)
    this.#end = batchLastOffset(batch, 0) + 1
    const lastOffset = toOffset(this.#end - 1)
    return { baseOffset, lastOffset, logAppendTimeMs: -1, logStartOffset: toOffset(0) }
  }

  read({ offset, maxBytes }: ReadRequest): ReadResult {
    const wanted = this.batches.filter((batch) => batchLastOffset(batch, 0) >= offset)
    const chunks: Buffer[] = []
    let size = 0
    for (const batch of wanted) {
      if (size > 0 && size + batch.length > maxBytes) break
      chunks.push(batch)
      size += batch.length
    }
    const bytes = Buffer.concat(chunks)
    return {
      records: { bytes, byteLength: bytes.length, release: () => bytes.fill(0xee) },
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: this.logStartOffset,
      abortedTransactions: null,
    }
  }

  readableBytes(): number {
    return 0
  }
  offsetForTimestamp(): null {
    return null
  }
  offsetOfMaxTimestamp(): null {
    return null
  }
  endOffsetForEpoch() {
    return { leaderEpoch: -1, endOffset: -1 }
  }
  leaderEpochForOffset(): number {
    return -1
  }
  deleteRecordsBefore() {
    return this.logStartOffset
  }
  activeProducers() {
    return []
  }
  hasOpenTransaction(): boolean {
    return false
  }
  onceAdvanced(): () => void {
    return () => undefined
  }
}
