// One entry of log.dirs: its lock, its identity (meta.properties), its clean-shutdown marker and
// its checkpoints. Partitions live in it; local.ts opens them.
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import { StartupRefused } from '../base/startup-refused.ts'
import type { Disk, DiskLock } from '../io/disk.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { MetaProperties, PartitionOffset } from './checkpoint.ts'
import type { cleanerOffsetFile } from './checkpoint.ts'
import {
  cleanShutdownContent,
  cleanShutdownFile,
  decodeMetaProperties,
  decodeOffsets,
  encodeMetaProperties,
  encodeOffsets,
  highWatermarkFile,
  lockFile,
  logStartOffsetFile,
  metaPropertiesFile,
  recoveryPointFile,
} from './checkpoint.ts'
import { parseDirectoryName } from './segment-files.ts'

/** A partition's directory that was found at start. */
export interface FoundDirectory {
  readonly topic: string
  readonly partition: number
  readonly path: string
}

type CheckpointFile =
  | typeof recoveryPointFile
  | typeof logStartOffsetFile
  | typeof highWatermarkFile
  | typeof cleanerOffsetFile

export class LogDirectory {
  readonly path: string
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #lock: DiskLock
  /** What this process wrote last. */
  readonly #written = new Map<CheckpointFile, Buffer>()
  /** The last process closed everything properly. */
  readonly wasClosedCleanly: boolean

  private constructor(path: string, disk: Disk, logger: Logger, lock: DiskLock) {
    this.path = path
    this.#disk = disk
    this.#logger = logger
    this.#lock = lock
    this.wasClosedCleanly = disk.exists(join(path, cleanShutdownFile))
  }

  /**
   * Makes the directory when it is missing, and locks it.
   * @throws StartupRefused (2) when it cannot be used or another broker holds it.
   */
  static open(path: string, disk: Disk, logger: Logger): LogDirectory {
    const lockPath = join(path, lockFile)
    let lock: DiskLock | null
    try {
      disk.makeDirectory(path)
      lock = disk.lock(lockPath)
    } catch (error) {
      throw unusableDirectory(path, error)
    }
    if (lock === null) {
      throw new StartupRefused(
        2,
        `the data directory ${path} is in use by another broker: it holds the lock on ${lockPath}. ` +
          'Stop that broker, or set another log.dirs',
      )
    }
    if (disk.isOpenToOthers(path)) {
      const remedy = `chmod -R go-rwx ${path}, or let only trusted users on this machine`
      logger.warn({ path, remedy }, 'data directory is open to other users')
    }
    return new LogDirectory(path, disk, logger, lock)
  }

  /**
   * meta.properties; null when there is none yet. @throws StartupRefused (2) when it cannot be
   * read.
   */
  readMeta(): { clusterId: string; nodeId: number; directoryId: string | null } | null {
    const path = join(this.path, metaPropertiesFile)
    if (!this.#disk.exists(path)) return null
    const meta = decodeMetaProperties(this.#disk.readFile(path))
    if (meta !== undefined) return meta
    throw new StartupRefused(2, `${path} is damaged: it names no cluster.id and node.id`)
  }

  writeMeta(meta: MetaProperties): void {
    const path = join(this.path, metaPropertiesFile)
    this.#disk.replaceFile(path, encodeMetaProperties(meta), { durable: true })
  }

  /**
   * Partition directories, sorted by name. Directories that wait for their removal are passed to
   * `remove`.
   */
  scan(remove: (path: string) => void): FoundDirectory[] {
    const found: FoundDirectory[] = []
    for (const name of this.#disk.list(this.path)) {
      const path = join(this.path, name)
      if (!this.#disk.isDirectory(path)) continue
      const directory = parseDirectoryName(name)
      if (directory.kind === 'deleted') remove(path)
      if (directory.kind !== 'partition') continue
      found.push({ topic: directory.topic, partition: directory.partition, path })
    }
    return found
  }

  /** Copies of partitions of other directories that were not finished. */
  scanFutures(): FoundDirectory[] {
    return this.#disk.list(this.path).flatMap((name) => {
      const directory = parseDirectoryName(name)
      if (directory.kind !== 'future') return []
      const { topic, partition } = directory
      return [{ topic, partition, path: join(this.path, name) }]
    })
  }

  /**
   * Offsets by `<topic>-<partition>`; empty when the file is missing or damaged, which only costs
   * time.
   */
  readCheckpoint(file: CheckpointFile): Map<string, number> {
    const path = join(this.path, file)
    if (!this.#disk.exists(path)) return new Map()
    const entries = decodeOffsets(this.#disk.readFile(path))
    if (entries === undefined) this.#logger.warn({ file: path }, 'checkpoint unreadable, ignored')
    return new Map(
      (entries ?? []).map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]),
    )
  }

  /** Writes the file unless it says so already. */
  writeCheckpoint(file: CheckpointFile, entries: readonly PartitionOffset[]): void {
    const bytes = this.#changed(file, entries)
    if (bytes === null) return
    this.#disk.replaceFile(join(this.path, file), bytes, { durable: true })
    this.#written.set(file, bytes)
  }

  /** As `writeCheckpoint`, off the main thread. One call at a time for a file, of either kind. */
  async writeCheckpointLater(
    file: CheckpointFile,
    entries: readonly PartitionOffset[],
  ): Promise<void> {
    const bytes = this.#changed(file, entries)
    if (bytes === null) return
    await this.#disk.replaceFileLater(join(this.path, file), bytes)
    this.#written.set(file, bytes)
  }

  #changed(file: CheckpointFile, entries: readonly PartitionOffset[]): Buffer | null {
    assert(
      entries.every((entry) => entry.offset >= 0),
      'checkpoints hold offsets',
    )
    const bytes = encodeOffsets(entries)
    return this.#written.get(file)?.equals(bytes) === true ? null : bytes
  }

  /** From here on only a clean end brings the marker back. */
  removeCleanMarker(): void {
    if (!this.wasClosedCleanly) return
    this.#disk.remove(join(this.path, cleanShutdownFile))
    this.#disk.syncDirectory(this.path)
  }

  writeCleanMarker(): void {
    const path = join(this.path, cleanShutdownFile)
    this.#disk.replaceFile(path, Buffer.from(cleanShutdownContent), { durable: true })
  }

  unlock(): void {
    this.#lock.release()
  }
}

const obstacles: Partial<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EEXIST: 'there is a file, and no directory',
  ENOTDIR: 'there is a file, and no directory',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
}

/** Why a start is refused whose data directory answers `cause`. */
export function unusableDirectory(path: string, cause: unknown): StartupRefused {
  const code = diskErrorCode(cause)
  const obstacle = obstacles[code] ?? 'it can be neither made nor opened'
  const reason = `the data directory ${path} cannot be used: ${code}, ${obstacle}`
  return new StartupRefused(2, `${reason}. Mend that, or set another log.dirs`, { cause })
}
