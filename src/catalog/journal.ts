// The catalog's log, __cluster_metadata-0, as KRaft frames it: a commit is one batch, or several
// between BeginTransaction and EndTransaction, so that all of it counts or nothing. Snapshots stand in
// for what is below them. Knows no meaning of records.
import { assert, defined } from '../base/assert.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { MiB } from '../base/units.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import {
  batchIsControl,
  batchLastOffset,
  batchMaxTimestamp,
  batchSizeAt,
} from '../../protocol/record-batch.ts'
import { readControlType } from '../../protocol/control-records.ts'
import type { ControlType } from '../../protocol/control-records.ts'
import { buildRecordBatch, readRecords } from '../../protocol/records.ts'
import type { NewRecord } from '../../protocol/records.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'
import { decodeKRaftVersionRecord } from '../../protocol/codecs/control-records.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { NotSynced } from './catalog.ts'
import type { CatalogJournal } from './catalog.ts'
import { raftStateTypes } from './control-records.ts'
import { imageRecords } from './image-records.ts'
import type { MetadataImage } from './image.ts'
import { KeptRecords } from './kept-records.ts'
import { decodeMetadataRecord, encodeMetadataRecord, recordTypeOf } from './record-frame.ts'
import type { MetadataRecord } from './records.ts'
import { Snapshots, findSnapshot } from './snapshots.ts'
import type { SnapshotOptions } from './snapshots.ts'

/** What the journal asks of a log: storage's PartitionStore is one. */
export interface MetadataLog {
  /** False: it takes no more appends before a restart. */
  readonly online: boolean
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

/** When a batch must be on the device. */
type Synced = 'now' | 'with what follows'

/** NoOp, RegisterController, UnregisterController: nothing is lost without them. */
const insignificantApiKeys: ReadonlySet<number> = new Set([20, 27, 29])

export class Journal implements CatalogJournal {
  readonly #log: MetadataLog
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #batchBytesMax: number
  readonly #writer = new Writer()
  readonly #snapshotOptions: SnapshotOptions | null
  readonly #snapshots: Snapshots | null
  /** For snapshots: what the image does not hold. */
  readonly #kept = new KeptRecords()
  readonly #raftState = new Map<ControlType, Buffer>()
  #lastTimestampMs = 0
  #lastOffset: number
  /** A transaction that was begun and not ended: by a crash, or by a disk that refused a batch. */
  #isTransactionOpen = false
  /** Why what was written last could not be synced; null when it was. */
  #syncTrouble: KafkaError | null = null

  constructor(
    log: MetadataLog,
    ports: { clock: Clock; logger: Logger },
    limits: {
      readonly batchBytesMax?: number
      /** Without them the log alone tells what is. */
      readonly snapshots?: SnapshotOptions | undefined
    } = {},
  ) {
    this.#log = log
    this.#clock = ports.clock
    this.#logger = ports.logger
    this.#batchBytesMax = limits.batchBytesMax ?? batchBytesMax
    this.#snapshotOptions = limits.snapshots ?? null
    this.#snapshots = limits.snapshots === undefined ? null : new Snapshots(limits.snapshots, ports)
    this.#lastOffset = log.logEndOffset - 1
  }

  get lastOffset(): number {
    return this.#lastOffset
  }

  get isEmpty(): boolean {
    return this.#log.logEndOffset === 0
  }

  /** What the control records of the log add up to: the version of KRaft, and the voters. */
  get raftState(): ReadonlyMap<ControlType, Buffer> {
    return this.#raftState
  }

  get kraftVersion(): number {
    const value = this.#raftState.get('KRAFT_VERSION')
    return value === undefined ? 0 : decodeKRaftVersionRecord(new Reader(value), 0).kRaftVersion
  }

  append(records: readonly MetadataRecord[]): MaybePromise<void> {
    return this.appendValues(records.map((record) => encodeMetadataRecord(this.#writer, record)))
  }

  /** As `append`, of records that may be unknown to this broker. */
  appendValues(values: readonly Buffer[]): MaybePromise<void> {
    assert(values.length > 0, 'a commit has records')
    if (this.#isTransactionOpen) {
      return chain(this.#abortTransaction(), () => this.appendValues(values))
    }
    const batches = this.#split(values)
    const only = batches[0]
    const written =
      batches.length === 1 && only !== undefined
        ? this.#appendBatch(only)
        : this.#appendTransaction(batches)
    return chain(written, () => {
      for (const value of values) this.#kept.note(value)
      this.#requireSynced()
    })
  }

  /** A batch of control records; `records` have Kafka's control keys. */
  appendControl(records: readonly NewRecord[]): MaybePromise<void> {
    return chain(this.#write(buildRecordBatch({ records, isControl: true })), () => {
      for (const { key, value } of records) this.#noteControl(key, value)
      this.#requireSynced()
    })
  }

  /** Begins a snapshot of `image`, which holds all that was appended, when it is time for one. */
  snapshotIfDue(image: MetadataImage): void {
    const snapshots = this.#snapshots
    if (snapshots === null || this.#isTransactionOpen || !snapshots.isDue) return
    const content = { raftState: this.#raftState, values: this.#snapshotValues(image) }
    const endOffset = this.#lastOffset + 1
    snapshots.begin(content, { endOffset, lastTimestampMs: this.#lastTimestampMs })
  }

  *#snapshotValues(image: MetadataImage): IterableIterator<Buffer> {
    for (const record of imageRecords(image)) yield encodeMetadataRecord(this.#writer, record)
    yield* this.#kept.values()
  }

  /** Resolves when no snapshot is being written. */
  settled(): Promise<void> {
    return this.#snapshots?.settled() ?? Promise.resolve()
  }

  /**
   * Gives every record that counts to `apply`, in order: from the newest snapshot, then from the log
   * behind it. Records of unfinished transactions do not count.
   * @throws StartupRefused (2): the beginning of the log is gone, and so is what stood for it.
   */
  async replay(apply: (record: MetadataRecord) => void): Promise<void> {
    const unsupported = new Map<number, number>()
    const take = (value: Buffer): void => {
      const record = decodeMetadataRecord(value)
      this.#kept.note(value)
      if (record.type === 'Unsupported') countUnsupported(unsupported, record.apiKey)
      else apply(record)
    }
    const transaction = new TransactionFilter(take)
    let offset = await this.#replaySnapshot(take)
    while (offset < this.#log.logEndOffset) {
      const request = {
        offset,
        maxBytes: readBytesMax,
        minOneBatch: true,
        limit: 'log-end',
      } as const
      const { records } = await this.#log.read(request)
      const next = await this.#replayBatches(records.bytes, offset, transaction)
      this.#snapshots?.noteRecords(records.bytes.length)
      records.release()
      assert(next > offset, 'replay moves on')
      offset = next
    }
    this.#isTransactionOpen = transaction.isOpen
    for (const [apiKey, records] of unsupported) {
      this.#logger.info({ apiKey, records }, 'metadata records kept but not obeyed')
    }
  }

  /** Where the log goes on from the newest snapshot, or begins. */
  async #replaySnapshot(take: (value: Buffer) => void): Promise<number> {
    const { logStartOffset } = this.#log
    if (this.#snapshotOptions === null) return logStartOffset
    const { store } = this.#snapshotOptions
    const snapshot = await findSnapshot(store, logStartOffset, this.#logger)
    if (snapshot === null) return logStartOffset
    assert(snapshot.endOffset <= this.#log.logEndOffset, 'the log goes on from its snapshot')
    for (const [type, value] of snapshot.raftState) this.#raftState.set(type, value)
    for (const value of snapshot.values) take(value)
    return snapshot.endOffset
  }

  /** The offset behind the last batch in `bytes`; batches that end before `from` were read before. */
  async #replayBatches(
    bytes: Buffer,
    from: number,
    transaction: TransactionFilter,
  ): Promise<number> {
    let next = from
    for (let at = 0; at < bytes.length;) {
      const size = batchSizeAt(bytes, at, bytes.length)
      if (size < 0) break
      const isControl = batchIsControl(bytes, at)
      if (batchLastOffset(bytes, at) >= from) {
        for (const { offset, key, value } of await readRecords(bytes, at, batchBytesMax * 2)) {
          if (offset < from) continue
          if (isControl) this.#noteControl(key, value)
          else transaction.take(defined(value, 'a metadata record has a value'))
        }
        this.#lastTimestampMs = Math.max(this.#lastTimestampMs, batchMaxTimestamp(bytes, at))
      }
      next = Math.max(next, batchLastOffset(bytes, at) + 1)
      at += size
    }
    return next
  }

  #noteControl(key: Buffer | null, value: Buffer | null): void {
    const type = readControlType(key)
    if (type === 'UNKNOWN' || value === null || !raftStateTypes.includes(type)) return
    this.#raftState.set(type, Buffer.from(value))
  }

  /** Sorts values into batches below the limit. */
  #split(values: readonly Buffer[]): NewRecord[][] {
    const timestamp = this.#clock.nowMs()
    const batches: NewRecord[][] = []
    let batch: NewRecord[] = []
    let bytes = 0
    for (const value of values) {
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
    // Nothing counts before the end is on the device, and all before it with it: one sync.
    await this.#appendBatch(this.#framed(begin), 'with what follows')
    for (const batch of batches) await this.#appendBatch(batch, 'with what follows')
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

  #appendBatch(records: readonly NewRecord[], synced: Synced = 'now'): MaybePromise<void> {
    return this.#write(buildRecordBatch({ records }), synced)
  }

  #write(batch: Buffer, synced: Synced = 'now'): MaybePromise<void> {
    const nowMs = this.#clock.nowMs()
    const acksAll = synced === 'now'
    const startOffset = this.#log.logEndOffset
    const written = (): void => {
      const lastOffset = this.#log.logEndOffset - 1
      assert(lastOffset > this.#lastOffset, 'the metadata log only grows')
      this.#lastOffset = lastOffset
      this.#lastTimestampMs = Math.max(this.#lastTimestampMs, nowMs)
      this.#snapshots?.noteRecords(batch.length)
    }
    const appended = this.#log.append(batch, { origin: 'metadata', acksAll, nowMs })
    if (!isPromise(appended)) return written()
    return appended.then(written, (error: unknown) => {
      // A full disk, say, has room for the batch and none for an index: the next sync may succeed.
      const isWritten = this.#log.online && this.#log.logEndOffset > startOffset
      if (!(error instanceof KafkaError && isWritten)) throw error
      written()
      this.#syncTrouble = error
    })
  }

  /** @throws NotSynced */
  #requireSynced(): void {
    const trouble = this.#syncTrouble
    this.#syncTrouble = null
    if (trouble === null) return
    throw new NotSynced(trouble.errorName, trouble.detail, { cause: trouble })
  }
}

/** Holds the records of a transaction back until its end (KIP-868). */
class TransactionFilter {
  readonly #take: (value: Buffer) => void
  #held: Buffer[] | null = null

  constructor(take: (value: Buffer) => void) {
    this.#take = take
  }

  get isOpen(): boolean {
    return this.#held !== null
  }

  /** `value` is only borrowed. */
  take(value: Buffer): void {
    switch (recordTypeOf(value)) {
      case 'BeginTransaction':
        this.#held = []
        return
      case 'EndTransaction':
        for (const held of this.#held ?? []) this.#take(held)
        this.#held = null
        return
      case 'AbortTransaction':
        this.#held = null
        return
      default:
        if (this.#held === null) this.#take(value)
        else this.#held.push(Buffer.from(value))
    }
  }
}

function countUnsupported(counts: Map<number, number>, apiKey: number): void {
  if (!insignificantApiKeys.has(apiKey)) counts.set(apiKey, (counts.get(apiKey) ?? 0) + 1)
}
