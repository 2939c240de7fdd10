// The snapshots of the metadata log as files in its directory: `<end offset>-<epoch>.checkpoint`, as
// KRaft names them. Which may go, and with them the log below, is Kafka's rule. What is in them is the
// catalog's business.
import { dirname, join } from 'node:path'
import { assert } from '../base/assert.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { snapshotTimestampMs } from '../catalog/snapshot.ts'
import type { SnapshotId } from '../catalog/snapshot.ts'
import type { SnapshotStore } from '../catalog/snapshots.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import type { Offset } from '../base/brands.ts'

const suffix = '.checkpoint'
const unfinishedSuffix = '.checkpoint.part'
const deletedSuffix = '.checkpoint.deleted'
const bootstrapFile = 'bootstrap.checkpoint'
const offsetDigits = 20
const epochDigits = 10

/** What snapshots ask of the log that they stand in for. */
export interface SnapshottedLog {
  readonly directory: string
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly byteLength: number
  leaderEpochForOffset(offset: number): number
  /** Resolves when all that is appended now is on the device. */
  flush(): Promise<void>
  deleteRecordsBefore(offset: number): MaybePromise<Offset>
}

/** metadata.max.retention.bytes and .ms; negative: no limit. */
export interface SnapshotRetention {
  readonly maxBytes: number
  readonly maxMs: number
}

export class MetadataSnapshots implements SnapshotStore {
  readonly #log: SnapshottedLog
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #retention: SnapshotRetention

  constructor(
    log: SnapshottedLog,
    ports: { readonly disk: Disk; readonly clock: Clock },
    retention: SnapshotRetention,
  ) {
    this.#log = log
    this.#disk = ports.disk
    this.#clock = ports.clock
    this.#retention = retention
    this.#removeLeftovers()
  }

  list(): readonly SnapshotId[] {
    return listSnapshots(this.#disk, this.#log.directory)
  }

  read(id: SnapshotId): Buffer {
    return this.#disk.readFile(this.#path(id))
  }

  epochBelow(endOffset: number): number {
    assert(endOffset > 0 && endOffset <= this.#log.logEndOffset, 'a snapshot ends in the log')
    return this.#log.leaderEpochForOffset(endOffset - 1)
  }

  async write(id: SnapshotId, bytes: Buffer): Promise<void> {
    assert(id.endOffset > this.#log.logStartOffset, 'a snapshot is newer than the log start')
    // A snapshot beyond the log's end would make the next start drop what is left of the log.
    await this.#log.flush()
    const path = this.#path(id)
    const unfinished = path.slice(0, -suffix.length) + unfinishedSuffix
    const file = this.#disk.open(unfinished, 'write')
    try {
      file.truncate(0)
      file.write(bytes, 0)
      await file.syncData()
    } finally {
      file.close()
    }
    this.#disk.rename(unfinished, path)
    await this.#disk.syncDirectoryLater(this.#log.directory)
  }

  applyRetention(): MaybePromise<void> {
    const [oldest, next] = this.list()
    if (oldest === undefined || next === undefined || !this.#mayGo(oldest)) return undefined
    const start = next.endOffset
    const moved =
      start > this.#log.logStartOffset ? this.#log.deleteRecordsBefore(start) : undefined
    // The log start first: a log that begins at 0 needs no snapshot, any other does.
    const gone = chain(moved, () => this.#disk.remove(this.#path(oldest)))
    return isPromise(gone) ? gone.then(() => this.applyRetention()) : this.applyRetention()
  }

  #mayGo(oldest: SnapshotId): boolean {
    const { maxBytes, maxMs } = this.#retention
    const sizes = this.list().map((id) => this.#disk.fileSize(this.#path(id)))
    const bytes = sizes.reduce((sum, size) => sum + size, this.#log.byteLength)
    if (maxBytes >= 0 && bytes > maxBytes) return true
    const timestampMs = snapshotTimestampMs(this.read(oldest))
    return maxMs >= 0 && this.#clock.nowMs() - timestampMs > maxMs
  }

  readBootstrap(): Buffer | null {
    const path = join(dirname(this.#log.directory), bootstrapFile)
    return this.#disk.exists(path) ? this.#disk.readFile(path) : null
  }

  #removeLeftovers(): void {
    const { directory, logStartOffset } = this.#log
    for (const name of this.#disk.list(directory)) {
      const isUnfinished = name.endsWith(unfinishedSuffix) || name.endsWith(deletedSuffix)
      if (isUnfinished) this.#disk.remove(join(directory, name))
    }
    for (const id of this.list()) {
      if (id.endOffset < logStartOffset) this.#disk.remove(this.#path(id))
    }
  }

  #path(id: SnapshotId): string {
    return join(this.#log.directory, snapshotFileName(id))
  }
}

export function snapshotFileName({ endOffset, epoch }: SnapshotId): string {
  const offset = String(endOffset).padStart(offsetDigits, '0')
  return `${offset}-${String(epoch).padStart(epochDigits, '0')}${suffix}`
}

/** The snapshots in the directory of a metadata log, oldest first. */
export function listSnapshots(disk: Disk, directory: string): SnapshotId[] {
  const ids: SnapshotId[] = []
  for (const name of disk.list(directory)) {
    const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name)
    if (match !== null) ids.push({ endOffset: Number(match[1]), epoch: Number(match[2]) })
  }
  return ids
}
