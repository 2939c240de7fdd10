// Leader epochs with their file: every change is written at once, for it changes rarely.
import { join } from 'node:path'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { decodeEpochs, encodeEpochs } from './checkpoint.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { leaderEpochFile } from './segment-files.ts'

export class LeaderEpochFile {
  readonly epochs: LeaderEpochs
  readonly #disk: Disk
  readonly #path: string

  private constructor(disk: Disk, path: string, epochs: LeaderEpochs) {
    this.#disk = disk
    this.#path = path
    this.epochs = epochs
  }

  /** The epochs in the directory; none where the file is missing or unreadable. */
  static open(disk: Disk, directory: string, logger: Logger): LeaderEpochFile {
    const path = join(directory, leaderEpochFile)
    if (!disk.exists(path)) return new LeaderEpochFile(disk, path, new LeaderEpochs())
    const entries = decodeEpochs(disk.readFile(path))
    if (entries === undefined) logger.warn({ file: path }, 'leader epochs unreadable')
    return new LeaderEpochFile(disk, path, new LeaderEpochs(entries ?? []))
  }

  /** Notes that `epoch` begins at `startOffset`. */
  assign(epoch: number, startOffset: number): void {
    if (this.epochs.assign(epoch, startOffset)) this.write()
  }

  truncateFromEnd(endOffset: number): void {
    if (this.epochs.truncateFromEnd(endOffset)) this.write()
  }

  truncateFromStart(startOffset: number): void {
    if (this.epochs.truncateFromStart(startOffset)) this.write()
  }

  write(): void {
    const bytes = encodeEpochs(this.epochs.entries)
    this.#disk.replaceFile(this.#path, bytes, { durable: false })
  }
}
