// Leader epochs with their file: every change is written at once, for it changes rarely. Only the
// first epoch of an empty log waits for a record, so that a new partition costs one file less.
import { join } from 'node:path'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { decodeEpochs, encodeEpochs } from './checkpoint.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { leaderEpochFile } from './segment-files.ts'

// A KRaft cluster's first leader has this epoch.
const firstLeaderEpoch = 1

export class LeaderEpochFile {
  readonly epochs: LeaderEpochs
  readonly #disk: Disk
  #path: string
  #isWritten = true

  private constructor(disk: Disk, path: string, epochs: LeaderEpochs) {
    this.#disk = disk
    this.#path = path
    this.epochs = epochs
  }

  /**
   * The epochs in the directory; none where the file is missing or unreadable. `names`: the files
   * that are there.
   */
  static open(
    disk: Disk,
    directory: string,
    names: readonly string[],
    logger: Logger,
  ): LeaderEpochFile {
    const path = join(directory, leaderEpochFile)
    if (!names.includes(leaderEpochFile)) return new LeaderEpochFile(disk, path, new LeaderEpochs())
    const entries = decodeEpochs(disk.readFile(path))
    if (entries === undefined) logger.warn({ file: path }, 'leader epochs unreadable')
    return new LeaderEpochFile(disk, path, new LeaderEpochs(entries ?? []))
  }

  /** Notes who leads from `endOffset` on; -1 goes on with the latest epoch. The epoch then. */
  lead(leaderEpoch: number, endOffset: number): number {
    const epoch =
      leaderEpoch < 0 ? Math.max(firstLeaderEpoch, this.epochs.latestEpoch) : leaderEpoch
    this.assign(epoch, endOffset)
    return epoch
  }

  /** Notes that `epoch` begins at `startOffset`. */
  assign(epoch: number, startOffset: number): void {
    if (!this.epochs.assign(epoch, startOffset)) return
    if (startOffset > 0) this.write()
    else this.#isWritten = false
  }

  /** Writes what waited for the first record. */
  flush(): void {
    if (!this.#isWritten) this.write()
  }

  truncateFromEnd(endOffset: number): void {
    if (this.epochs.truncateFromEnd(endOffset)) this.write()
  }

  truncateFromStart(startOffset: number): void {
    if (this.epochs.truncateFromStart(startOffset)) this.write()
  }

  /** The file has been copied to another directory. */
  goOnIn(directory: string): void {
    this.#path = join(directory, leaderEpochFile)
  }

  write(): void {
    const bytes = encodeEpochs(this.epochs.entries)
    this.#disk.replaceFile(this.#path, bytes, { durable: false })
    this.#isWritten = true
  }
}
