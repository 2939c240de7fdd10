// The catalog's log, __cluster_metadata-0, as KRaft frames it: a commit is one batch, or several
// between BeginTransaction and EndTransaction, so that all of it counts or nothing. Knows no
// meaning of records.
import { assert } from '../base/assert.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { MiB } from '../base/units.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { batchIsControl, batchLastOffset, batchSizeAt } from '../../protocol/record-batch.ts'
import { buildRecordBatch, readRecords } from '../../protocol/records.ts'
import type { NewRecord } from '../../protocol/records.ts'
import { Writer } from '../../protocol/writer.ts'
import type { CatalogJournal } from './catalog.ts'
import { decodeMetadataRecord, encodeMetadataRecord } from './record-frame.ts'
import type { MetadataRecord, UnsupportedRecord } from './records.ts'

/** What the journal asks of a log: storage's PartitionStore is one. */
export interface MetadataLog {
  readonly logStartOffset: number
  readonly logEndOffset: number
  append(
    records: Buffer,
    options: { origin: 'metadata'; acksAll: boolean; nowMs: number },
  ): MaybePromise<{ readonly lastOffset: number }>
  read(request: {
    offset: number
    maxBytes: number
    minOneBatch: boolean
    limit: 'log-end'
  }): MaybePromise<{ readonly records: { readonly bytes: Buffer; release(): void } }>
}

/** A batch holds less than this; KRaft's own limit is 8 MiB. */
const batchBytesMax = 4 * MiB
const readBytesMax = 1 * MiB
/** Framing and varints of a record in a batch, at most. */
const recordOverheadBytesMax = 32

/** NoOp, RegisterController, UnregisterController: nothing is lost without them. */
const insignificantApiKeys: ReadonlySet<number> = new Set([20, 27, 29])

export class Journal implements CatalogJournal {
  readonly #log: MetadataLog
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #batchBytesMax: number
  readonly #writer = new Writer()
  #lastOffset: number
  /** A transaction that was begun and not ended: by a crash, or by a disk that refused a batch. */
  #isTransactionOpen = false

  constructor(
    log: MetadataLog,
    ports: { clock: Clock; logger: Logger },
    limits: { batchBytesMax: number } = { batchBytesMax },
  ) {
    this.#log = log
    this.#clock = ports.clock
    this.#logger = ports.logger
    this.#batchBytesMax = limits.batchBytesMax
    this.#lastOffset = log.logEndOffset - 1
  }

  get lastOffset(): number {
    return this.#lastOffset
  }

  get isEmpty(): boolean {
    return this.#log.logEndOffset === 0
  }

  append(records: readonly MetadataRecord[]): MaybePromise<void> {
    assert(records.length > 0, 'a commit has records')
    if (this.#isTransactionOpen) {
      return chain(this.#abortTransaction(), () => this.append(records))
    }
    const batches = this.#split(records)
    const only = batches[0]
    if (batches.length === 1 && only !== undefined) return this.#appendBatch(only)
    return this.#appendTransaction(batches)
  }

  /** A batch of control records; `records` have Kafka's control keys. */
  appendControl(records: readonly NewRecord[]): MaybePromise<void> {
    return this.#write(buildRecordBatch({ records, isControl: true }))
  }

  /**
   * Gives every record that counts to `apply`, in order. Records of unfinished transactions do not
   * count.
   */
  async replay(apply: (record: MetadataRecord) => void): Promise<void> {
    const unsupported = new Map<number, number>()
    const transaction = new TransactionFilter(apply)
    let offset = this.#log.logStartOffset
    while (offset < this.#log.logEndOffset) {
      const request = {
        offset,
        maxBytes: readBytesMax,
        minOneBatch: true,
        limit: 'log-end',
      } as const
      const { records } = await this.#log.read(request)
      const next = await replayBatches(records.bytes, offset, (record) => {
        if (record.type === 'Unsupported') countUnsupported(unsupported, record.apiKey)
        else transaction.take(record)
      })
      records.release()
      assert(next > offset, 'replay moves on')
      offset = next
    }
    this.#isTransactionOpen = transaction.isOpen
    for (const [apiKey, records] of unsupported) {
      this.#logger.info({ apiKey, records }, 'metadata records kept but not obeyed')
    }
  }

  /** Sorts records into batches below the limit. */
  #split(records: readonly MetadataRecord[]): NewRecord[][] {
    const timestamp = this.#clock.nowMs()
    const batches: NewRecord[][] = []
    let batch: NewRecord[] = []
    let bytes = 0
    for (const record of records) {
      const value = encodeMetadataRecord(this.#writer, record)
      const size = value.length + recordOverheadBytesMax
      if (batch.length > 0 && bytes + size > this.#batchBytesMax) {
        batches.push(batch)
        batch = []
        bytes = 0
      }
      batch.push({ timestamp, key: null, value })
      bytes += size
    }
    batches.push(batch)
    return batches
  }

  async #appendTransaction(batches: readonly NewRecord[][]): Promise<void> {
    assert(batches.length > 1, 'a transaction has several batches')
    const begin = { type: 'BeginTransaction', data: { name: 'commit' } } as const
    const end = { type: 'EndTransaction', data: {} } as const
    this.#isTransactionOpen = true
    await this.#appendBatch(this.#framed(begin))
    for (const batch of batches) await this.#appendBatch(batch)
    await this.#appendBatch(this.#framed(end))
    this.#isTransactionOpen = false
  }

  #abortTransaction(): MaybePromise<void> {
    const abort = { type: 'AbortTransaction', data: { reason: 'unfinished' } } as const
    return chain(this.#appendBatch(this.#framed(abort)), () => {
      this.#isTransactionOpen = false
    })
  }

  #framed(record: MetadataRecord): NewRecord[] {
    const value = encodeMetadataRecord(this.#writer, record)
    return [{ timestamp: this.#clock.nowMs(), key: null, value }]
  }

  #appendBatch(records: readonly NewRecord[]): MaybePromise<void> {
    return this.#write(buildRecordBatch({ records }))
  }

  #write(batch: Buffer): MaybePromise<void> {
    const nowMs = this.#clock.nowMs()
    const appended = this.#log.append(batch, { origin: 'metadata', acksAll: true, nowMs })
    return chain(appended, ({ lastOffset }) => {
      assert(lastOffset > this.#lastOffset, 'the metadata log only grows')
      this.#lastOffset = lastOffset
    })
  }
}

/** Holds the records of a transaction back until its end (KIP-868). */
class TransactionFilter {
  readonly #apply: (record: MetadataRecord) => void
  #held: MetadataRecord[] | null = null

  constructor(apply: (record: MetadataRecord) => void) {
    this.#apply = apply
  }

  get isOpen(): boolean {
    return this.#held !== null
  }

  take(record: MetadataRecord): void {
    if (record.type === 'BeginTransaction') {
      this.#held = []
    } else if (record.type === 'EndTransaction') {
      for (const held of this.#held ?? []) this.#apply(held)
      this.#held = null
    } else if (record.type === 'AbortTransaction') {
      this.#held = null
    } else if (this.#held !== null) {
      this.#held.push(record)
    } else {
      this.#apply(record)
    }
  }
}

/** The offset behind the last batch in `bytes`; batches that end before `from` were read before. */
async function replayBatches(
  bytes: Buffer,
  from: number,
  take: (record: MetadataRecord | UnsupportedRecord) => void,
): Promise<number> {
  let next = from
  for (let at = 0; at < bytes.length;) {
    const size = batchSizeAt(bytes, at, bytes.length)
    if (size < 0) break
    if (!batchIsControl(bytes, at) && batchLastOffset(bytes, at) >= from) {
      for (const record of await readRecords(bytes, at, batchBytesMax * 2)) {
        assert(record.value !== null, 'a metadata record has a value')
        if (record.offset >= from) take(decodeMetadataRecord(record.value))
      }
    }
    next = Math.max(next, batchLastOffset(bytes, at) + 1)
    at += size
  }
  return next
}

function countUnsupported(counts: Map<number, number>, apiKey: number): void {
  if (!insignificantApiKeys.has(apiKey)) counts.set(apiKey, (counts.get(apiKey) ?? 0) + 1)
}
