// The storage engine over log/: opens all partitions of all log directories, places new ones,
// deletes topics, runs what happens in the background (sync, retention, checkpoints), and closes
// in order.
import { join, resolve } from 'node:path'
import { AssertionFailure, assert, defined } from '../base/assert.ts'
import type { TopicId } from '../base/brands.ts'
import { metadataTopicId, toTopicId, zeroTopicId } from '../base/brands.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { isPromise } from '../base/maybe-promise.ts'
import { StartupRefused } from '../base/startup-refused.ts'
import { MiB } from '../base/units.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { resolveTopicConfig } from '../config/topic-config.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import { randomKafkaUuid } from '../io/random.ts'
import { BufferPool } from '../log/buffer-pool.ts'
import {
  decodePartitionMetadata,
  highWatermarkFile,
  logStartOffsetFile,
  recoveryPointFile,
} from '../log/checkpoint.ts'
import { LogDirectory } from '../log/log-directory.ts'
import type { LogSurroundings } from '../log/partition-log.ts'
import { PartitionLog } from '../log/partition-log.ts'
import {
  partitionDirectoryName,
  partitionMetadataFile,
  retiredDirectoryName,
} from '../log/segment-files.ts'
import { DirtyLogs } from './dirty-logs.ts'
import type { LogDirectoryInfo, PartitionSpec, PartitionStore, StorageEngine } from './engine.ts'

export interface LocalStorageOptions {
  readonly config: BrokerConfig
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * A partition whose directory was there at start; topicId is null where the directory does not say.
 */
export interface FoundPartition {
  readonly topic: string
  readonly partition: number
  readonly topicId: TopicId | null
  readonly path: string
}

const metadataTopic = '__cluster_metadata'
// The metadata log is never deleted by time or size, and its segments are small.
const metadataSegmentBytes = 1024 * MiB

export class LocalStorageEngine implements StorageEngine {
  /** The cluster's id, from meta.properties or new. */
  readonly clusterId: string
  readonly #options: LocalStorageOptions
  readonly #directories: readonly LogDirectory[]
  readonly #directoryIds: readonly string[]
  readonly #found = new Map<string, FoundPartition & { readonly directory: LogDirectory }>()
  readonly #recoveryPoints = new Map<LogDirectory, Map<string, number>>()
  readonly #logStarts = new Map<LogDirectory, Map<string, number>>()
  /** By topic, then by partition number. */
  readonly #topics = new Map<string, (PartitionLog | undefined)[]>()
  readonly #homes = new Map<PartitionLog, LogDirectory>()
  readonly #around: LogSurroundings
  readonly #dirty: DirtyLogs
  #timers: Cancel[] = []
  #startCheckpoint: Promise<void> | null = null
  #isClosed = false

  private constructor(options: LocalStorageOptions, directories: readonly LogDirectory[]) {
    assert(directories.length > 0, 'log.dirs names a directory')
    this.#options = options
    this.#directories = directories
    const { disk, clock, random, logger, config } = options
    const intervalMs = config.ottlaDurability === 'os' ? null : config.ottlaDurabilityIntervalMs
    this.#dirty = new DirtyLogs(clock, logger, intervalMs)
    this.#around = {
      disk,
      clock,
      random,
      logger,
      pool: new BufferPool(),
      durability: config.ottlaDurability,
      get producerIdExpirationMs() {
        return options.config.producerIdExpirationMs
      },
      onDirty: (log) => this.#dirty.add(log),
      onLogStartMoved: () => this.#checkpointStartsSoon(),
    }
    const identity = this.#identify()
    this.clusterId = identity.clusterId
    this.#directoryIds = identity.directoryIds
    for (const directory of directories) this.#scan(directory)
  }

  /**
   * Locks and reads the log directories; opens no partition but knows which are there (`found`).
   * @throws StartupRefused (2): a directory is in use, belongs to another node or cluster, or
   * cannot be used.
   */
  static open(options: LocalStorageOptions): LocalStorageEngine {
    const directories: LogDirectory[] = []
    try {
      for (const path of options.config.logDirs) {
        directories.push(LogDirectory.open(path, options.disk, options.logger))
      }
      return new LocalStorageEngine(options, directories)
    } catch (error) {
      for (const directory of directories) directory.unlock()
      throw error
    }
  }

  /** Ids of the log directories (KIP-858), in the order of log.dirs. */
  get directoryIds(): readonly string[] {
    return this.#directoryIds
  }

  /**
   * Reads meta.properties everywhere, and writes what is missing. All directories belong to one
   * node and cluster.
   */
  #identify(): { clusterId: string; directoryIds: string[] } {
    const { config, random } = this.#options
    const metas = this.#directories.map((directory) => directory.readMeta())
    const known = metas.find((meta) => meta !== null)
    const clusterId = known?.clusterId ?? config.clusterId ?? randomKafkaUuid(random)
    const directoryIds = this.#directories.map((directory, index) => {
      const meta = metas[index] ?? null
      if (meta !== null) this.#checkMeta(directory.path, meta, clusterId)
      const directoryId = meta?.directoryId ?? randomKafkaUuid(random)
      if (meta?.directoryId !== directoryId) {
        directory.writeMeta({ clusterId, nodeId: config.nodeId, directoryId })
      }
      return directoryId
    })
    return { clusterId, directoryIds }
  }

  #checkMeta(path: string, meta: { clusterId: string; nodeId: number }, clusterId: string): void {
    const { nodeId, clusterId: wanted } = this.#options.config
    if (meta.nodeId !== nodeId) {
      throw new StartupRefused(
        2,
        `the data directory ${path} belongs to node.id ${meta.nodeId}, the configuration says ${nodeId}`,
      )
    }
    if (meta.clusterId !== clusterId || (wanted !== null && wanted !== meta.clusterId)) {
      throw new StartupRefused(
        2,
        `the data directory ${path} belongs to cluster ${meta.clusterId}, not to ${wanted ?? clusterId}`,
      )
    }
  }

  #scan(directory: LogDirectory): void {
    const { disk, logger } = this.#options
    this.#recoveryPoints.set(directory, directory.readCheckpoint(recoveryPointFile))
    this.#logStarts.set(directory, directory.readCheckpoint(logStartOffsetFile))
    const found = directory.scan((path) => this.#removeTreeSoon(path))
    for (const { topic, partition, path } of found) {
      const name = partitionDirectoryName(topic, partition)
      if (this.#found.has(name)) {
        throw new StartupRefused(2, `${path} exists in two of log.dirs: one of them must go`)
      }
      const metadataPath = join(path, partitionMetadataFile)
      const id = disk.exists(metadataPath)
        ? decodePartitionMetadata(disk.readFile(metadataPath))
        : ''
      if (id === undefined) logger.warn({ file: metadataPath }, 'partition.metadata unreadable')
      const topicId = id === undefined || id === '' ? null : toTopicId(id)
      this.#found.set(name, { topic, partition, path, topicId, directory })
    }
  }

  /**
   * Partitions whose directories were there at start, `__cluster_metadata` apart: to be reconciled
   * with the catalog.
   */
  get found(): readonly FoundPartition[] {
    return [...this.#found.values()].filter(({ topic }) => topic !== metadataTopic)
  }

  /**
   * Opens `__cluster_metadata-0`, in the first log directory that has it, else in the first.
   * Without a leader epoch it goes on with the latest in the log, or begins with 1 as a KRaft
   * cluster.
   */
  metadataLog(leaderEpoch = -1): PartitionStore {
    const epoch = { leaderEpoch }
    const spec = { topic: metadataTopic, partition: 0, topicId: metadataTopicId, ...epoch }
    const defaults = resolveTopicConfig(new Map(), this.#options.config)
    const config = {
      ...defaults,
      cleanupPolicy: { compact: false, delete: false },
      segmentBytes: metadataSegmentBytes,
      retentionMs: -1,
      retentionBytes: -1,
    }
    return this.createPartition(spec, config)
  }

  partition(topic: string, partition: number): PartitionStore | undefined {
    return this.#topics.get(topic)?.[partition]
  }

  createPartition(spec: PartitionSpec, config: TopicConfig): PartitionStore {
    assert(!this.#isClosed, 'a closed engine opens nothing')
    assert(spec.partition >= 0, 'partitions count from 0')
    const existing = this.#topics.get(spec.topic)?.[spec.partition]
    if (existing !== undefined) return existing
    const name = partitionDirectoryName(spec.topic, spec.partition)
    const found = this.#found.get(name)
    this.#found.delete(name)
    const belongs = found !== undefined && this.#belongs(found, spec)
    if (found !== undefined && !belongs) this.#retire(found, 'stray')
    const log =
      found !== undefined && belongs ? this.#open(found, spec, config) : this.#create(spec, config)
    const partitions = this.#topics.get(spec.topic)
    if (partitions === undefined) this.#topics.set(spec.topic, sparse(spec.partition, log))
    else partitions[spec.partition] = log
    return log
  }

  /** A directory of another topic id held a topic of the same name, deleted since. */
  #belongs(found: FoundPartition, spec: PartitionSpec): boolean {
    return found.topicId === null || found.topicId === spec.topicId || found.topicId === zeroTopicId
  }

  #open(
    found: FoundPartition & { readonly directory: LogDirectory },
    spec: PartitionSpec,
    config: TopicConfig,
  ): PartitionLog {
    const name = partitionDirectoryName(spec.topic, spec.partition)
    const { directory, path } = found
    const hints = {
      wasClosedCleanly: directory.wasClosedCleanly,
      recoveryPoint: this.#recoveryPoints.get(directory)?.get(name) ?? 0,
      logStartOffset: this.#logStarts.get(directory)?.get(name) ?? 0,
    }
    try {
      const log = PartitionLog.open({ ...spec, directory: path }, config, this.#around, hints)
      this.#homes.set(log, directory)
      return log
    } catch (error) {
      if (error instanceof AssertionFailure) throw error
      const reason = error instanceof KafkaError ? error.message : diskErrorCode(error)
      throw new StartupRefused(2, `${path} cannot be opened: ${reason}`, { cause: error })
    }
  }

  #create(spec: PartitionSpec, config: TopicConfig): PartitionLog {
    const directory = this.#leastUsedDirectory(spec.topic)
    const path = join(directory.path, partitionDirectoryName(spec.topic, spec.partition))
    try {
      const log = PartitionLog.create({ ...spec, directory: path }, config, this.#around)
      this.#homes.set(log, directory)
      return log
    } catch (error) {
      if (error instanceof AssertionFailure) throw error
      const detail = `${path} cannot be made: ${diskErrorCode(error)}`
      throw new KafkaError('KAFKA_STORAGE_ERROR', detail, { cause: error })
    }
  }

  #leastUsedDirectory(topic: string): LogDirectory {
    const first = defined(this.#directories[0], 'there is a log directory')
    if (topic === metadataTopic || this.#directories.length === 1) return first
    const counts = new Map(this.#directories.map((directory) => [directory, 0]))
    for (const home of this.#homes.values()) counts.set(home, (counts.get(home) ?? 0) + 1)
    return this.#directories.reduce((least, directory) =>
      (counts.get(directory) ?? 0) < (counts.get(least) ?? 0) ? directory : least,
    )
  }

  /**
   * Ends the start: directories that no `createPartition` has claimed are renamed to `-stray`
   * (kept, not served), and the clean-shutdown markers go.
   */
  setAsideStrays(): void {
    assert(!this.#isClosed, 'the start ends before the close')
    for (const found of [...this.#found.values()]) {
      // The metadata log of a broker that has not opened its own stays as it is.
      if (found.topic === metadataTopic) continue
      this.#found.delete(partitionDirectoryName(found.topic, found.partition))
      this.#retire(found, 'stray')
    }
    for (const directory of this.#directories) directory.removeCleanMarker()
  }

  #retire(
    of: { readonly topic: string; readonly partition: number; readonly path: string },
    reason: 'delete' | 'stray',
  ): string {
    assert(of.partition >= 0, 'a retired directory was a partition')
    const unique = this.#options.random.bytes(16).toString('hex')
    const path = join(of.path, '..', retiredDirectoryName(of, reason, unique))
    this.#options.disk.rename(of.path, path)
    if (reason === 'stray') {
      const fields = { topic: of.topic, partition: of.partition, path }
      this.#options.logger.warn(fields, 'directory belongs to no known topic, set aside')
    }
    return path
  }

  deleteTopic(topic: string): void {
    assert(topic !== metadataTopic, 'the metadata log is never deleted')
    const partitions = this.#topics.get(topic) ?? []
    this.#topics.delete(topic)
    for (const log of partitions) {
      if (log === undefined) continue
      this.#dirty.delete(log)
      this.#homes.delete(log)
      log.abandon()
      const { partition, directory } = log
      try {
        this.#removeTreeSoon(this.#retire({ topic, partition, path: directory }, 'delete'))
      } catch (error) {
        // The catalog has forgotten the topic: the directory becomes a stray at the next start.
        const fields = { topic, partition, code: diskErrorCode(error) }
        this.#options.logger.error(fields, 'deleted partition could not be renamed')
      }
    }
  }

  #removeTreeSoon(path: string): void {
    const { disk, clock, config, logger } = this.#options
    clock.after(config.logSegmentDeleteDelayMs, () => {
      if (this.#isClosed) return
      try {
        disk.removeTree(path)
      } catch (error) {
        logger.warn({ path, code: diskErrorCode(error) }, 'deleted directory could not be removed')
      }
    })
  }

  configure(topic: string, config: TopicConfig): void {
    for (const log of this.#topics.get(topic) ?? []) log?.configure(config)
  }

  logDirectories(): readonly LogDirectoryInfo[] {
    return this.#directories.map((directory) => {
      const partitions = this.#logs().filter((log) => this.#homes.get(log) === directory)
      const { freeBytes, totalBytes } = this.#options.disk.space(directory.path)
      return { path: resolve(directory.path), online: true, freeBytes, totalBytes, partitions }
    })
  }

  #logs(): PartitionLog[] {
    return [...this.#homes.keys()]
  }

  /**
   * Starts what happens now and then: sync by flush.ms, retention, checkpoints, expiry of idle
   * producers.
   */
  startBackground(): void {
    assert(this.#timers.length === 0, 'the background starts once')
    const { config } = this.#options
    this.#every(config.logRetentionCheckIntervalMs, (nowMs) => this.#applyRetention(nowMs))
    this.#every(config.logFlushOffsetCheckpointIntervalMs, () => this.checkpoint())
    this.#every(config.logFlushSchedulerIntervalMs, (nowMs) => this.#dirty.syncOverdue(nowMs))
    this.#every(config.producerIdExpirationCheckIntervalMs, (nowMs) => {
      for (const log of this.#logs()) log.expireProducers(nowMs)
    })
  }

  #every(intervalMs: number, run: (nowMs: number) => void): void {
    const { clock, logger } = this.#options
    let cancel: Cancel
    const tick = (): void => {
      try {
        run(clock.nowMs())
      } catch (error) {
        if (error instanceof AssertionFailure) throw error
        logger.error({ error: String(error) }, 'background work of the storage failed')
      }
      if (!this.#isClosed) schedule()
    }
    const schedule = (): void => {
      cancel = clock.after(intervalMs, tick)
    }
    schedule()
    this.#timers.push(() => cancel())
  }

  #applyRetention(nowMs: number): void {
    for (const log of this.#logs()) {
      const failed = (error: unknown): void => {
        if (error instanceof AssertionFailure) throw error
        const fields = { topic: log.topic, partition: log.partition, error: String(error) }
        this.#options.logger.error(fields, 'retention failed')
      }
      try {
        const applied = log.applyRetention(nowMs)
        if (isPromise(applied)) applied.catch(failed)
      } catch (error) {
        failed(error)
      }
    }
  }

  /** Writes recovery points, log start offsets and high watermarks. */
  checkpoint(): void {
    for (const directory of this.#directories) {
      const logs = this.#logs().filter((log) => this.#homes.get(log) === directory)
      const offsets = (of: (log: PartitionLog) => number): PartitionOffsetList =>
        logs.map((log) => ({ topic: log.topic, partition: log.partition, offset: of(log) }))
      directory.writeCheckpoint(
        recoveryPointFile,
        offsets((log) => log.recoveryPoint),
      )
      this.#writeLogStarts(directory, logs)
      const replicated = offsets((log) => log.highWatermark)
      directory.writeCheckpoint(
        highWatermarkFile,
        replicated.filter(({ topic }) => topic !== metadataTopic),
      )
    }
  }

  #writeLogStarts(directory: LogDirectory, logs: readonly PartitionLog[]): void {
    const moved = logs.filter((log) => log.logStartOffset > log.firstSegmentOffset)
    directory.writeCheckpoint(
      logStartOffsetFile,
      moved.map(({ topic, partition, logStartOffset }) => ({
        topic,
        partition,
        offset: logStartOffset,
      })),
    )
  }

  /** All log start offsets that move in one turn share one write. */
  #checkpointStartsSoon(): MaybePromise<void> {
    this.#startCheckpoint ??= Promise.resolve().then(() => {
      this.#startCheckpoint = null
      for (const directory of this.#directories) {
        const logs = this.#logs().filter((log) => this.#homes.get(log) === directory)
        this.#writeLogStarts(directory, logs)
      }
    })
    return this.#startCheckpoint
  }

  #stopTimers(): void {
    this.#isClosed = true
    for (const cancel of this.#timers) cancel()
    this.#timers = []
  }

  /**
   * Syncs and closes everything; the clean-shutdown markers are written when all of it went well.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#stopTimers()
    await this.#dirty.stop()
    try {
      const closed = await this.#closeLogs()
      this.checkpoint()
      if (closed) for (const directory of this.#directories) directory.writeCleanMarker()
    } catch (error) {
      if (error instanceof AssertionFailure) throw error
      const fields = { error: String(error) }
      this.#options.logger.error(fields, 'not closed cleanly: the next start recovers')
    } finally {
      for (const directory of this.#directories) directory.unlock()
    }
  }

  /** True when every log is on the device whole. */
  async #closeLogs(): Promise<boolean> {
    let areClean = true
    for (const log of this.#logs()) {
      if (!log.online) areClean = false
      try {
        await log.close()
      } catch (error) {
        if (error instanceof AssertionFailure) throw error
        areClean = false
        log.abandon()
      }
    }
    return areClean
  }

  /** Ends without touching anything more: after an AssertionFailure, as a crash would. */
  abandon(): void {
    if (this.#isClosed) return
    this.#stopTimers()
    void this.#dirty.stop()
    for (const log of this.#logs()) log.abandon()
    for (const directory of this.#directories) directory.unlock()
  }
}

type PartitionOffsetList = { topic: string; partition: number; offset: number }[]

function sparse(index: number, log: PartitionLog): (PartitionLog | undefined)[] {
  const partitions: (PartitionLog | undefined)[] = []
  partitions[index] = log
  return partitions
}
