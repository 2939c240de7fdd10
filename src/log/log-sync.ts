// What of a log is on the device: when it is synced, in which order, and what to wait for before an
// append is acknowledged.
import { AssertionFailure, assert } from '../base/assert.ts'
import { MiB } from '../base/units.ts'
import type { LogFields } from '../io/logger.ts'
import { isFailedSync, isPassingTrouble } from './disk-trouble.ts'
import { Flusher } from './flush.ts'
import type { LogParts, LogSurroundings } from './log-surroundings.ts'
import type { PartitionLog } from './partition-log.ts'
import type { AppendOptions } from './partition-store.ts'

/** When an acknowledgement counts as durable: `ottla.durability`. */
export type Durability = 'interval' | 'fsync' | 'os'

// A producer snapshot is taken when so many parts of a segment were synced since the last one:
// bounds what recovery reads, to 64 MiB by default.
const snapshotsPerSegment = 16
// While a file is synced, writing to it waits: not for long when there is not much to sync.
const syncEveryBytes = 16 * MiB

export class LogSync {
  readonly #log: PartitionLog
  readonly #parts: LogParts
  readonly #around: LogSurroundings
  readonly #flusher = new Flusher({ sync: () => this.#sync() })
  #recoveryPoint = 0
  #isDirty = false
  #dirtySinceMs = 0
  #unsyncedRecords = 0
  #unsyncedBytes = 0
  #bytesSinceSnapshot = 0

  constructor(log: PartitionLog, parts: LogParts, around: LogSurroundings) {
    this.#log = log
    this.#parts = parts
    this.#around = around
  }

  /** What was found when the log was opened. */
  load(recoveryPoint: number): void {
    this.#recoveryPoint = recoveryPoint
    if (recoveryPoint < this.#log.logEndOffset || this.#hasDirtySegments) this.#becomeDirty()
  }

  /** All below is on the device: recovery begins here. */
  get recoveryPoint(): number {
    return this.#recoveryPoint
  }

  /** Wall-clock ms of the first append that is not synced. */
  get dirtySinceMs(): number {
    return this.#dirtySinceMs
  }

  get isComplete(): boolean {
    if (this.#hasDirtySegments || this.#parts.producers.hasUnsyncedSnapshots) return false
    return this.#recoveryPoint === this.#log.logEndOffset
  }

  get #hasDirtySegments(): boolean {
    return this.#parts.segments.all.some((segment) => segment.isDirty)
  }

  noteAppended(recordCount: number, byteCount: number): void {
    this.#unsyncedRecords += recordCount
    const before = this.#unsyncedBytes
    this.#unsyncedBytes += byteCount
    if (!this.#isDirty) this.#becomeDirty()
    const isMuch = before < syncEveryBytes && this.#unsyncedBytes >= syncEveryBytes
    if (isMuch && this.#around.durability === 'interval') this.#flushInBackground()
  }

  #becomeDirty(): void {
    this.#isDirty = true
    this.#dirtySinceMs = this.#around.clock.nowMs()
    this.#around.onDirty(this.#log)
  }

  /**
   * The promise to wait for, null when the page cache is enough. Who appends metadata waits for the
   * device whatever the setting, as in KRaft: a topic that is gone, or a producer id given out
   * twice, costs more than its own record.
   */
  awaitDurability(
    { acksAll, origin }: Pick<AppendOptions, 'acksAll' | 'origin'>,
    flushMessages: number,
  ): Promise<void> | null {
    const isDue = this.#unsyncedRecords >= flushMessages
    const isAlwaysSynced = origin === 'metadata' || this.#around.durability === 'fsync'
    return isDue || (acksAll && isAlwaysSynced) ? this.flush() : null
  }

  /**
   * Without background syncs a segment is synced when it is full, as Kafka does: recovery never
   * begins before it.
   */
  noteRolled(): void {
    if (this.#around.durability === 'os') this.#flushInBackground()
  }

  #flushInBackground(): void {
    this.flush().catch((error: unknown) => {
      if (error instanceof AssertionFailure) return this.#around.onBug(error)
      // Deleted or closed meanwhile: nothing is missing.
      if (this.#parts.health.isClosed) return
      // The partition is offline by now, or the next sync tries again.
      this.#around.logger.error(this.#fieldsOf(error), 'sync failed')
    })
  }

  #fieldsOf(error: unknown): LogFields {
    const { topic, partition } = this.#log
    return { topic, partition, error: String(error) }
  }

  /** Resolves when all that is appended now is on the device. */
  flush(): Promise<void> {
    return this.#flusher.flush()
  }

  /** Runs `work` while no sync is under way: now, or before the next begins. */
  whenQuiet(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#flusher.onceQuiet(() => {
        try {
          work()
          resolve()
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
  }

  async #sync(): Promise<void> {
    const { clock, onSynced } = this.#around
    this.#parts.health.requireOnline()
    const endOffset = this.#log.logEndOffset
    this.#isDirty = false
    this.#unsyncedRecords = 0
    this.#unsyncedBytes = 0
    this.#writeBeforeSync()
    const startMs = clock.monotonicMs()
    const byteLength = await this.#syncFiles()
    const durationMs = clock.monotonicMs() - startMs
    this.#recoveryPoint = Math.max(this.#recoveryPoint, endOffset)
    assert(this.#recoveryPoint <= this.#log.logEndOffset, 'the recovery point lies in the log')
    onSynced?.(durationMs, byteLength)
    this.#bytesSinceSnapshot += byteLength
    const isDue = this.#bytesSinceSnapshot * snapshotsPerSegment >= this.#log.config.segmentBytes
    if (isDue) this.#snapshotBetween()
  }

  /** What only names and helps to find: on a full disk it waits for the next sync. */
  #writeBeforeSync(): void {
    const { health, segments, epochs } = this.#parts
    try {
      for (const segment of segments.all) if (segment.isDirty) segment.flushIndexes()
      epochs.flush()
    } catch (error) {
      if (isPassingTrouble(error)) this.#becomeDirty()
      throw health.failed(error)
    }
  }

  /** The bytes of records that were synced. */
  async #syncFiles(): Promise<number> {
    const { health, segments, producers } = this.#parts
    let byteLength = 0
    try {
      for (const segment of segments.all.filter((segment) => segment.isDirty)) {
        byteLength += segment.unsyncedBytes
        await segment.sync()
        health.requireOnline()
        if (segment !== segments.active) segment.close()
      }
      await segments.syncDirectory()
      await producers.syncSnapshots()
      health.requireOnline()
      return byteLength
    } catch (error) {
      if (error instanceof AssertionFailure || !health.isOnline) throw error
      // What a failed sync lost is not known, also where the trouble itself passes.
      if (isFailedSync(error)) throw health.goOffline(error)
      if (isPassingTrouble(error)) this.#becomeDirty()
      throw health.failed(error)
    }
  }

  #snapshotBetween(): void {
    this.#bytesSinceSnapshot = 0
    try {
      this.#parts.producers.snapshotAt(this.#log.logEndOffset, 'between')
    } catch (error) {
      if (error instanceof AssertionFailure) throw error
      // The data is on the device: recovery reads a little more.
      this.#around.logger.warn(this.#fieldsOf(error), 'producer snapshot could not be written')
    }
  }
}
