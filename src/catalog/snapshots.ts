// When the metadata is written as a snapshot, as Kafka decides it: after so many bytes of records, or
// so long after the last one. So the log that the next start replays stays short, and what lies below
// may go. Bytes: snapshot.ts. Files: storage.
import { AssertionFailure, assert } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { StartupRefused } from '../base/startup-refused.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'
import type { SnapshotContent, SnapshotId } from './snapshot.ts'

/** Where snapshots are kept, beside the metadata log that they stand in for. */
export interface SnapshotStore {
  /** What is there, oldest first. */
  list(): readonly SnapshotId[]
  read(id: SnapshotId): Buffer
  /** Epoch of the last record below `endOffset`. */
  epochBelow(endOffset: number): number
  /** Writes a snapshot; it holds through power loss, and so does the log below it, when this resolves. */
  write(id: SnapshotId, bytes: Buffer): Promise<void>
  /** Drops old snapshots and the log below the oldest that stays, as retention says. */
  applyRetention(): MaybePromise<void>
  /** bootstrap.checkpoint: what kafka-storage format wants a new cluster to begin with. */
  readBootstrap(): Buffer | null
}

/** metadata.log.max.record.bytes.between.snapshots, metadata.log.max.snapshot.interval.ms. */
export interface SnapshotRules {
  readonly recordBytesMax: number
  /** Milliseconds; 0: only bytes count. */
  readonly intervalMs: number
}

export interface SnapshotOptions {
  readonly store: SnapshotStore
  readonly rules: SnapshotRules
  /** Told of a broken invariant: nobody waits for a snapshot. */
  readonly onBug: (error: unknown) => void
}

/** What a snapshot that was found says. */
export interface FoundSnapshot {
  readonly endOffset: number
  readonly raftState: SnapshotContent['raftState']
  readonly values: readonly Buffer[]
}

/**
 * The newest snapshot that can be read, of those that the log goes on from; null when there is none
 * and none is needed.
 * @throws StartupRefused (2): the log begins above 0 and no snapshot tells what was below.
 */
export async function findSnapshot(
  store: SnapshotStore,
  logStartOffset: number,
  logger: Logger,
): Promise<FoundSnapshot | null> {
  for (const id of [...store.list()].reverse()) {
    if (id.endOffset < logStartOffset) break
    const content = await decodeSnapshot(store.read(id))
    if (content !== undefined) return { endOffset: id.endOffset, ...content }
    logger.error({ ...id }, 'snapshot of the metadata damaged, an older one is used')
  }
  if (logStartOffset === 0) return null
  throw new StartupRefused(
    2,
    `the metadata log begins at offset ${logStartOffset}, and no readable snapshot (*.checkpoint in __cluster_metadata-0) says what was below`,
  )
}

export class Snapshots {
  readonly #options: SnapshotOptions
  readonly #clock: Clock
  readonly #logger: Logger
  #recordBytes = 0
  #lastMs: number
  #writing: Promise<void> | null = null

  constructor(options: SnapshotOptions, ports: { clock: Clock; logger: Logger }) {
    assert(options.rules.recordBytesMax > 0, 'snapshots are some bytes apart')
    this.#options = options
    this.#clock = ports.clock
    this.#logger = ports.logger
    this.#lastMs = ports.clock.monotonicMs()
  }

  /** Batches of records were written, or replayed behind the last snapshot. */
  noteRecords(byteLength: number): void {
    this.#recordBytes += byteLength
  }

  get isDue(): boolean {
    if (this.#writing !== null || this.#recordBytes === 0) return false
    const { recordBytesMax, intervalMs } = this.#options.rules
    if (this.#recordBytes >= recordBytesMax) return true
    return intervalMs > 0 && this.#clock.monotonicMs() - this.#lastMs >= intervalMs
  }

  /** Begins to write what is in force below `endOffset`; one that fails is tried at the next turn. */
  begin(content: SnapshotContent, at: { endOffset: number; lastTimestampMs: number }): void {
    assert(this.#writing === null, 'snapshots are written one at a time')
    assert(at.endOffset > 0, 'a snapshot stands for some of the log')
    const { store } = this.#options
    const id = { endOffset: at.endOffset, epoch: store.epochBelow(at.endOffset) }
    const { lastTimestampMs } = at
    const about = { epoch: id.epoch, lastTimestampMs, nowMs: this.#clock.nowMs() }
    const bytes = encodeSnapshot(content, about)
    this.#recordBytes = 0
    this.#lastMs = this.#clock.monotonicMs()
    this.#writing = this.#write(id, bytes).finally(() => {
      this.#writing = null
    })
  }

  async #write(id: SnapshotId, bytes: Buffer): Promise<void> {
    const { store, onBug } = this.#options
    try {
      await store.write(id, bytes)
      this.#logger.info({ ...id, bytes: bytes.length }, 'snapshot of the metadata written')
      await store.applyRetention()
    } catch (error) {
      if (error instanceof AssertionFailure) return onBug(error)
      this.#logger.error({ ...id, error: String(error) }, 'snapshot of the metadata failed')
    }
  }

  /** Resolves when none is being written. */
  settled(): Promise<void> {
    return this.#writing ?? Promise.resolve()
  }
}
