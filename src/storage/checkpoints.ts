// The checkpoint files of all directories: how far logs are on the device, where they begin, how
// far they are compacted, and their high watermarks, in Kafka's files. A directory that refuses
// does not keep the others from being written.
import { AssertionFailure, assert } from '../base/assert.ts'
import { clusterMetadataTopic } from '../catalog/topic-names.ts'
import type { Logger } from '../io/logger.ts'
import { MiB } from '../base/units.ts'
import type { PartitionOffset } from '../log/checkpoint.ts'
import {
  cleanerOffsetFile,
  highWatermarkFile,
  logStartOffsetFile,
  recoveryPointFile,
} from '../log/checkpoint.ts'
import { isPassingTrouble } from '../log/disk-trouble.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { partitionDirectoryName } from '../log/segment-files.ts'
import type { DataDirectories } from './data-directories.ts'

/**
 * Checkpoints are written when so much was synced since the last time, as well as by time: bounds
 * what recovery reads after a fast minute.
 */
export const checkpointEveryBytes = 256 * MiB

export class Checkpoints {
  readonly #directories: DataDirectories
  readonly #homes: ReadonlyMap<PartitionLog, LogDirectory>
  readonly #logger: Logger
  readonly #onFailed: (directory: LogDirectory, error: unknown) => void
  readonly #compactedTo = new Map<PartitionLog, number>()
  #syncedBytes = 0
  #logStartsSoon: Promise<void> | null = null
  /** Log start offsets that are in force once they are written. */
  readonly #comingStarts = new Map<PartitionLog, number>()
  #running: Promise<void> | null = null

  constructor(
    directories: DataDirectories,
    homes: ReadonlyMap<PartitionLog, LogDirectory>,
    logger: Logger,
    onFailed: (directory: LogDirectory, error: unknown) => void,
  ) {
    this.#onFailed = onFailed
    this.#directories = directories
    this.#homes = homes
    this.#logger = logger
  }

  /** Counts bytes that were synced: true when it is time to write checkpoints. */
  isDueAfter(byteLength: number): boolean {
    assert(byteLength >= 0, 'what is synced is not taken back')
    this.#syncedBytes += byteLength
    return this.#syncedBytes >= checkpointEveryBytes
  }

  /**
   * Writes all but the compaction's, off the main thread where nobody else writes the same file.
   * One run at a time.
   */
  writeAllLater(): Promise<void> {
    this.#running ??= this.#writeEachLater().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** Resolves when no write is under way. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #writeEachLater(): Promise<void> {
    this.#syncedBytes = 0
    for (const directory of this.#directories.all) {
      try {
        const recoveryPoints = this.#logsIn(directory).map((log) => entry(log, log.recoveryPoint))
        await directory.writeCheckpointLater(recoveryPointFile, recoveryPoints)
        this.writeLogStarts(directory)
        await directory.writeCheckpointLater(highWatermarkFile, this.#highWatermarks(directory))
      } catch (error) {
        this.#failed(directory, error)
      }
    }
  }

  #failed(directory: LogDirectory, error: unknown): void {
    if (error instanceof AssertionFailure) throw error
    const fields = { path: directory.path, error: String(error) }
    this.#logger.error(fields, 'checkpoints could not be written')
    if (!isPassingTrouble(error)) this.#onFailed(directory, error)
  }

  /** Writes all but the compaction's; true when every directory took them. */
  writeAll(): boolean {
    assert(this.#running === null, 'one write at a time')
    let areWritten = true
    for (const directory of this.#directories.all) {
      try {
        this.#write(directory)
      } catch (error) {
        this.#failed(directory, error)
        areWritten = false
      }
    }
    return areWritten
  }

  #write(directory: LogDirectory): void {
    const logs = this.#logsIn(directory)
    assert(
      logs.every((log) => log.recoveryPoint <= log.logEndOffset),
      'no more is on the device than there is',
    )
    directory.writeCheckpoint(
      recoveryPointFile,
      logs.map((log) => entry(log, log.recoveryPoint)),
    )
    this.writeLogStarts(directory)
    directory.writeCheckpoint(highWatermarkFile, this.#highWatermarks(directory))
  }

  #highWatermarks(directory: LogDirectory): PartitionOffset[] {
    const replicated = this.#logsIn(directory).filter(({ topic }) => topic !== clusterMetadataTopic)
    return replicated.map((log) => entry(log, log.highWatermark))
  }

  /** Writes where the logs of the directory begin. */
  writeLogStarts(directory: LogDirectory): void {
    const logs = this.#logsIn(directory)
    const starts = logs.map((log) => entry(log, this.#logStartOf(log)))
    // Also where the first segment begins there: power loss may bring dropped segments back.
    directory.writeCheckpoint(
      logStartOffsetFile,
      starts.filter(({ offset }) => offset > 0),
    )
  }

  #logsIn(directory: LogDirectory): PartitionLog[] {
    return [...this.#homes].flatMap(([log, home]) => (home === directory ? log : []))
  }

  /** Writes that the log is about to begin at `offset`; all that move in one turn share one write. */
  keepLogStart(log: PartitionLog, offset: number): Promise<void> {
    assert(offset > log.logStartOffset, 'a log start moves up')
    this.#comingStarts.set(log, Math.max(offset, this.#comingStarts.get(log) ?? 0))
    this.#logStartsSoon ??= Promise.resolve().then(() => {
      this.#logStartsSoon = null
      try {
        for (const directory of this.#directories.all) this.writeLogStarts(directory)
      } catch (error) {
        this.#comingStarts.clear()
        throw error
      }
    })
    return this.#logStartsSoon
  }

  #logStartOf(log: PartitionLog): number {
    const coming = this.#comingStarts.get(log) ?? 0
    if (coming > log.logStartOffset) return coming
    this.#comingStarts.delete(log)
    return log.logStartOffset
  }

  /** Where the last compaction of the log ended; undefined when there was none. */
  compactedTo(log: PartitionLog): number | undefined {
    const home = this.#homes.get(log)
    if (home === undefined) return undefined
    const name = partitionDirectoryName(log.topic, log.partition)
    return this.#compactedTo.get(log) ?? this.#directories.checkpointsOf(home).compactedTo.get(name)
  }

  noteCompacted(log: PartitionLog, endOffset: number): void {
    assert(endOffset >= 0, 'compaction ends at an offset')
    const home = this.#homes.get(log)
    if (home === undefined) return
    this.#compactedTo.set(log, endOffset)
    const entries = this.#logsIn(home).flatMap((each) => {
      const offset = this.compactedTo(each)
      return offset === undefined ? [] : entry(each, offset)
    })
    home.writeCheckpoint(cleanerOffsetFile, entries)
  }

  /** The partition was deleted: a new one of its name begins anew. */
  forget(log: PartitionLog): void {
    this.#compactedTo.delete(log)
    this.#comingStarts.delete(log)
    const name = partitionDirectoryName(log.topic, log.partition)
    for (const directory of this.#directories.all) {
      this.#directories.checkpointsOf(directory).compactedTo.delete(name)
    }
  }
}

function entry({ topic, partition }: PartitionLog, offset: number): PartitionOffset {
  return { topic, partition, offset }
}
