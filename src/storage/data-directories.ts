// The directories of log.dirs and metadata.log.dir as one: locked, belonging to one node and one
// cluster, and what was found in them. One of several that cannot be used is left out, as Kafka
// does; partitions that are not found then count as lying there.
import { join, resolve } from 'node:path'
import { AssertionFailure, assert, defined } from '../base/assert.ts'
import type { TopicId } from '../base/brands.ts'
import { toTopicId } from '../base/brands.ts'
import { StartupRefused } from '../base/startup-refused.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Disk } from '../io/disk.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import { randomKafkaUuid } from '../io/random.ts'
import {
  cleanerOffsetFile,
  decodePartitionMetadata,
  logStartOffsetFile,
  metaPropertiesFile,
  recoveryPointFile,
} from '../log/checkpoint.ts'
import { LogDirectory, unusableDirectory } from '../log/log-directory.ts'
import { partitionDirectoryName, partitionMetadataFile } from '../log/segment-files.ts'
import { DirectoryNames } from './directory-names.ts'
import type { LogHomes } from './log-homes.ts'

/**
 * A partition whose directory was there at start; topicId is null where the directory does not say.
 */
export interface FoundPartition {
  readonly topic: string
  readonly partition: number
  readonly topicId: TopicId | null
  readonly path: string
  readonly directory: LogDirectory
}

/** What the checkpoints of a directory say, by `<topic>-<partition>`. */
interface Checkpoints {
  readonly recoveryPoints: Map<string, number>
  readonly logStarts: Map<string, number>
  readonly compactedTo: Map<string, number>
}

interface Surroundings {
  readonly config: BrokerConfig
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
}

export class DataDirectories {
  readonly #locked: readonly LogDirectory[]
  /** Where the metadata log lies, or will. */
  readonly metadata: LogDirectory
  /** Those of log.dirs that could not be used at the start. */
  readonly missingPaths: readonly string[]
  /** Those that failed since. */
  readonly #failed = new Set<LogDirectory>()
  readonly clusterId: string
  /** Ids of the directories (KIP-858), the metadata log's first. */
  readonly directoryIds: readonly string[]
  readonly #ids: ReadonlyMap<LogDirectory, string>
  readonly #around: Surroundings
  readonly #checkpoints = new Map<LogDirectory, Checkpoints>()
  /** Of the partitions' directories in them. */
  readonly names: DirectoryNames

  private constructor(
    around: Surroundings,
    usable: readonly LogDirectory[],
    missingPaths: readonly string[],
  ) {
    this.#around = around
    this.names = new DirectoryNames(around.disk)
    this.#locked = usable
    this.missingPaths = missingPaths
    const { metadataLogDir } = around.config
    const isMetadata = ({ path }: LogDirectory): boolean => path === metadataLogDir
    const metadata = usable.find(isMetadata) ?? usable[0]
    this.metadata = defined(metadata, 'a directory can be used')
    this.clusterId = this.#identify()
    this.#ids = new Map(usable.map((directory) => [directory, this.#readId(directory)]))
    const others = [...this.#ids].filter(([directory]) => directory !== this.metadata)
    this.directoryIds = [this.idOf(this.metadata), ...others.map(([, id]) => id)]
    for (const directory of usable) this.#checkpoints.set(directory, readCheckpoints(directory))
  }

  /**
   * Locks and identifies the directories.
   * @throws StartupRefused (2): one is in use or belongs to another node or cluster, none can be
   * used, or the one with the metadata cannot.
   */
  static open(around: Surroundings): DataDirectories {
    const { config, disk, logger } = around
    const { metadataLogDir, logDirs } = config
    const isSeparate = metadataLogDir !== null && !logDirs.includes(metadataLogDir)
    const paths = isSeparate ? [metadataLogDir, ...logDirs] : logDirs
    const usable: LogDirectory[] = []
    const offline: string[] = []
    try {
      for (const [index, path] of paths.entries()) {
        const mayFail = paths.length > 1 && path !== (metadataLogDir ?? (index === 0 ? path : null))
        const directory = openOne(path, disk, logger, mayFail)
        if (directory === null) offline.push(path)
        else usable.push(directory)
      }
      return new DataDirectories(around, usable, offline)
    } catch (error) {
      for (const directory of usable) directory.unlock()
      throw error
    }
  }

  /** Those that can be used, in the order of log.dirs; a metadata.log.dir of its own comes first. */
  get all(): readonly LogDirectory[] {
    return this.#locked.filter((directory) => !this.#failed.has(directory))
  }

  /** Those that cannot be used, from the start or since. */
  get offlinePaths(): readonly string[] {
    return [...this.missingPaths, ...[...this.#failed].map(({ path }) => path)]
  }

  /**
   * One of several directories failed: it is out of use as a whole until the next start, as Kafka
   * does it. False when it was already, or when there is no other: then partitions fail one by one.
   */
  takeOffline(directory: LogDirectory, error: unknown): boolean {
    const count = this.#locked.length + this.missingPaths.length
    if (count === 1 || this.#failed.has(directory)) return false
    this.#failed.add(directory)
    const fields = { path: directory.path, error: String(error) }
    this.#around.logger.error(fields, 'data directory offline: its disk refused')
    return true
  }

  /** Why the broker cannot go on; null while it can. */
  get lost(): string | null {
    if (this.#failed.has(this.metadata))
      return `${this.metadata.path} failed and holds the metadata`
    const isLeft = this.#placeable().length > 0
    return isLeft ? null : `all of log.dirs have failed: ${this.offlinePaths.join(', ')}`
  }

  #placeable(): LogDirectory[] {
    const { logDirs } = this.#around.config
    return this.all.filter(({ path }) => logDirs.includes(path))
  }

  /** Throws as the disk would when somebody removed it, and perhaps made an empty one in its place. */
  requireThere({ path }: LogDirectory): void {
    if (this.#around.disk.exists(join(path, metaPropertiesFile))) return
    throw Object.assign(new Error(`ENOENT: '${path}' was removed`), { code: 'ENOENT' })
  }

  /** Its directory.id (KIP-858). */
  idOf(directory: LogDirectory): string {
    return defined(this.#ids.get(directory), 'a directory has an id')
  }

  /** Reads meta.properties everywhere, and writes what is missing; the cluster's id. */
  #identify(): string {
    const { config, random } = this.#around
    const metas = this.all.map((directory) => directory.readMeta())
    const known = metas.find((meta) => meta !== null)
    const clusterId = known?.clusterId ?? config.clusterId ?? randomKafkaUuid(random)
    for (const [index, directory] of this.all.entries()) {
      const meta = metas[index] ?? null
      if (meta !== null) this.#checkMeta(directory.path, meta, clusterId)
      if (meta !== null && meta.directoryId !== null) continue
      const directoryId = randomKafkaUuid(random)
      directory.writeMeta({ clusterId, nodeId: config.nodeId, directoryId })
    }
    return clusterId
  }

  #readId(directory: LogDirectory): string {
    return defined(directory.readMeta()?.directoryId ?? undefined, 'a directory has an id')
  }

  #checkMeta(path: string, meta: { clusterId: string; nodeId: number }, clusterId: string): void {
    const { nodeId, clusterId: wanted } = this.#around.config
    if (meta.nodeId !== nodeId) {
      throw new StartupRefused(
        2,
        `the data directory ${path} belongs to node.id ${meta.nodeId}, the configuration says ${nodeId}: ` +
          `set node.id=${meta.nodeId}, or another log.dirs`,
      )
    }
    if (meta.clusterId !== clusterId || (wanted !== null && wanted !== meta.clusterId)) {
      const reason = `the data directory ${path} belongs to cluster ${meta.clusterId}, not to ${wanted ?? clusterId}`
      const remedy =
        wanted === null
          ? 'name directories of one cluster in log.dirs'
          : 'leave ottla.cluster.id (CLUSTER_ID) out, or set another log.dirs'
      throw new StartupRefused(2, `${reason}: ${remedy}`)
    }
  }

  /**
   * The partitions in all directories, by `<topic>-<partition>`. Directories that wait for their
   * removal are passed to `remove`.
   */
  scan(remove: (path: string) => void): Map<string, FoundPartition> {
    const found = new Map<string, FoundPartition>()
    for (const directory of this.all) {
      for (const { topic, partition, path } of directory.scan(remove)) {
        const name = partitionDirectoryName(topic, partition)
        if (found.has(name)) {
          throw new StartupRefused(2, `${path} exists in two of log.dirs: one of them must go`)
        }
        found.set(name, { topic, partition, path, topicId: this.#topicIdIn(path), directory })
      }
    }
    return found
  }

  /** Copies that an earlier process left when it ended in the middle of a move. */
  scanFutures(): FoundPartition[] {
    return this.all.flatMap((directory) =>
      directory.scanFutures().map((found) => {
        return { ...found, topicId: this.#topicIdIn(found.path), directory }
      }),
    )
  }

  /** The usable directory of log.dirs with this absolute path. */
  at(path: string): LogDirectory | undefined {
    return this.#placeable().find((directory) => resolve(directory.path) === path)
  }

  #topicIdIn(path: string): TopicId | null {
    const { disk, logger } = this.#around
    const file = join(path, partitionMetadataFile)
    if (!disk.exists(file)) return null
    const id = decodePartitionMetadata(disk.readFile(file))
    if (id === undefined) logger.warn({ file }, 'partition.metadata unreadable')
    return id === undefined ? null : toTopicId(id)
  }

  /** What the directory's checkpoints say, as they were at start. */
  checkpointsOf(directory: LogDirectory): Checkpoints {
    return defined(this.#checkpoints.get(directory), 'a directory is one of ours')
  }

  /** Where the next partition goes: to the directory of log.dirs with the fewest. */
  leastUsed(homes: LogHomes): LogDirectory {
    const [first, ...others] = this.#placeable()
    return others.reduce(
      (least, each) => (homes.countIn(each) < homes.countIn(least) ? each : least),
      defined(first, 'a directory of log.dirs can be used'),
    )
  }

  /** Makes the deletion of a partition durable: nobody waits, and a failure only means that it may come back. */
  syncDeletion(partitionPath: string): void {
    this.names.sync(partitionPath).catch((error: unknown) => {
      const code = diskErrorCode(error)
      if (code === 'UNKNOWN') throw error
      this.#around.logger.warn({ path: partitionPath, code }, 'deletion could not be synced')
    })
  }

  unlock(): void {
    for (const directory of this.#locked) {
      try {
        directory.unlock()
      } catch (error) {
        if (diskErrorCode(error) === 'UNKNOWN') throw error
        // The kernel lets go when the process ends.
        const fields = { path: directory.path, code: diskErrorCode(error) }
        this.#around.logger.warn(fields, 'data directory could not be unlocked')
      }
    }
  }
}

/** Null: this one of several cannot be used, and the others are. */
function openOne(path: string, disk: Disk, logger: Logger, mayFail: boolean): LogDirectory | null {
  try {
    const directory = LogDirectory.open(path, disk, logger)
    // A directory that cannot be read is of no use either.
    directory.readMeta()
    return directory
  } catch (error) {
    if (error instanceof AssertionFailure) throw error
    const cause = error instanceof StartupRefused ? error.cause : error
    const isDiskTrouble = diskErrorCode(cause) !== 'UNKNOWN'
    if (!isDiskTrouble) throw error
    assert(path.length > 0, 'a directory has a path')
    if (!mayFail) {
      throw unusableDirectory(path, cause)
    }
    logger.error(
      { path, code: diskErrorCode(cause) },
      'data directory offline, the others are used',
    )
    return null
  }
}

function readCheckpoints(directory: LogDirectory): Checkpoints {
  return {
    recoveryPoints: directory.readCheckpoint(recoveryPointFile),
    logStarts: directory.readCheckpoint(logStartOffsetFile),
    compactedTo: directory.readCheckpoint(cleanerOffsetFile),
  }
}
