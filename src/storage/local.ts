// The storage engine over log/: opens all partitions of all log directories, places new ones,
// deletes topics, has the background work done (sync, retention, compaction, checkpoints), and
// closes in order.
import { join } from 'node:path'
import { AssertionFailure, assert } from '../base/assert.ts'
import { metadataTopicId, zeroTopicId } from '../base/brands.ts'
import { isPromise } from '../base/maybe-promise.ts'
import { StorageLost } from '../base/storage-lost.ts'
import { clusterMetadataTopic } from '../catalog/topic-names.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { metadataTopicConfig } from '../config/topic-config.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import type { Instruments } from '../metrics/instruments.ts'
import { BufferPool } from '../log/buffer-pool.ts'
import { isPassingTrouble } from '../log/disk-trouble.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import { Pace } from '../log/pace.ts'
import type { LogSurroundings } from '../log/log-surroundings.ts'
import { PartitionLog } from '../log/partition-log.ts'
import { partitionDirectoryName } from '../log/segment-files.ts'
import { Background } from './background.ts'
import { Checkpoints } from './checkpoints.ts'
import { Cleaner } from './cleaner.ts'
import { closeLogs } from './close-logs.ts'
import { DataDirectories } from './data-directories.ts'
import type { FoundPartition } from './data-directories.ts'
import { DirtyLogs } from './dirty-logs.ts'
import { describeDirectories } from './describe-directories.ts'
import { describeDurability } from './durability.ts'
import type { LogDirectoryInfo, PartitionSpec, PartitionStore, StorageEngine } from './engine.ts'
import { LogHomes } from './log-homes.ts'
import { LogMoves } from './log-moves.ts'
import { LogOpener } from './log-opener.ts'
import { MetadataSnapshots } from './metadata-snapshots.ts'
import { OfflinePartition } from './offline-partition.ts'
import { retireDirectory } from './retire.ts'
import { highestEpochs } from './producer-epochs.ts'

export interface LocalStorageOptions {
  readonly config: BrokerConfig
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Where syncs of logs are counted. Default: nowhere. */
  readonly instruments?: Pick<Instruments, 'syncs'>
  /** Runs when a partition lies somewhere new, with the directory's id (KIP-858). */
  readonly onPlaced?: (log: Pick<PartitionStore, 'topicId' | 'partition'>, id: string) => void
}

// How often partitions without a disk are tried again.
const offlineRetryMs = 5000

export class LocalStorageEngine implements StorageEngine {
  readonly #options: LocalStorageOptions
  readonly #directories: DataDirectories
  /** Directories at start that no `createPartition` has claimed. */
  readonly #found: Map<string, FoundPartition>
  /** By topic, then by partition number. */
  readonly #topics = new Map<string, (PartitionLog | OfflinePartition | undefined)[]>()
  readonly #homes: LogHomes
  /**
   * With the directory that could not be opened; null where none could be made; 'elsewhere' where
   * it may lie in a directory that is missing.
   */
  readonly #offline = new Map<OfflinePartition, FoundPartition | null | 'elsewhere'>()
  readonly #around: LogSurroundings
  readonly #opener: LogOpener
  readonly #background: Background
  readonly #checkpoints: Checkpoints
  readonly #dirty: DirtyLogs
  readonly #cleaner: Cleaner
  readonly #moves: LogMoves
  readonly #onBug: (error: unknown) => void
  #isStarting = true
  #isClosed = false

  private constructor(
    options: LocalStorageOptions,
    directories: DataDirectories,
    onBug: (error: unknown) => void,
  ) {
    this.#options = options
    this.#directories = directories
    this.#homes = new LogHomes((log, home) => options.onPlaced?.(log, directories.idOf(home)))
    const { disk, clock, random, logger, config } = options
    const intervalMs = config.ottlaDurability === 'os' ? null : config.ottlaDurabilityIntervalMs
    this.#dirty = new DirtyLogs(clock, logger, intervalMs, onBug)
    this.#background = new Background(clock, logger, onBug)
    this.#onBug = onBug
    this.#checkpoints = new Checkpoints(directories, this.#homes.all, logger, (directory, error) =>
      this.#directoryFailed(directory, error),
    )
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
      onSynced: (durationMs, byteLength) => {
        options.instruments?.syncs.record(durationMs, clock.monotonicMs())
        const isDue = this.#checkpoints.isDueAfter(byteLength)
        if (isDue && !this.#isClosed) this.#background.watch(this.checkpoint())
      },
      onDirty: (log) => this.#dirty.add(log),
      directoryNames: directories.names,
      onOffline: (log, error) => {
        const home = this.#homes.get(log)
        if (home !== undefined) this.#directoryFailed(home, error)
      },
      keepLogStart: (log, offset) => this.#checkpoints.keepLogStart(log, offset),
      onBug,
    }
    this.#opener = new LogOpener(this.#around, directories)
    this.#cleaner = new Cleaner({
      disk,
      clock,
      random,
      logger,
      config: () => options.config,
      logs: () => this.#logs(),
      compactedTo: (log) => this.#checkpoints.compactedTo(log),
      noteCompacted: (log, endOffset) => this.#checkpoints.noteCompacted(log, endOffset),
      onBug,
    })
    this.#found = directories.scan((path) => this.#removeTreeSoon(path))
    this.#moves = new LogMoves({
      ...this.#around,
      directories,
      homes: this.#homes,
      checkpoints: this.#checkpoints,
      cleaner: this.#cleaner,
      removeTreeSoon: (path) => this.#removeTreeSoon(path),
      onFailed: (directory, error) => this.#directoryFailed(directory, error),
    })
  }

  /**
   * Locks and reads the log directories; opens no partition but knows which are there (`found`).
   * `onBug` is told of a broken invariant in background work: the broker must stop as in a crash.
   * @throws StartupRefused (2): a directory is in use, belongs to another node or cluster, or
   * cannot be used.
   */
  static open(options: LocalStorageOptions, onBug: (error: unknown) => void): LocalStorageEngine {
    const directories = DataDirectories.open(options)
    try {
      return new LocalStorageEngine(options, directories, onBug)
    } catch (error) {
      directories.unlock()
      throw error
    }
  }

  /** The cluster's id, from meta.properties or new. */
  get clusterId(): string {
    return this.#directories.clusterId
  }

  /** Ids of the log directories (KIP-858), the one with the metadata first. */
  get directoryIds(): readonly string[] {
    return this.#directories.directoryIds
  }

  /**
   * Partitions whose directories were there at start, `__cluster_metadata` apart: to be reconciled
   * with the catalog.
   */
  get found(): readonly FoundPartition[] {
    return [...this.#found.values()].filter(({ topic }) => topic !== clusterMetadataTopic)
  }

  /**
   * Opens `__cluster_metadata-0`, in the first log directory that has it, else in the first.
   * Without a leader epoch it goes on with the latest in the log, or begins with 1 as a KRaft
   * cluster.
   */
  metadataLog(leaderEpoch = -1): PartitionStore {
    const spec = {
      topic: clusterMetadataTopic,
      partition: 0,
      topicId: metadataTopicId,
      leaderEpoch,
    }
    return this.createPartition(spec, metadataTopicConfig(this.#options.config))
  }

  /** The snapshots beside the metadata log, which must be open. */
  metadataSnapshots(): MetadataSnapshots {
    const log = this.#topics.get(clusterMetadataTopic)?.[0]
    assert(log instanceof PartitionLog, 'the metadata log is open')
    const { metadataMaxRetentionBytes, metadataMaxRetentionMs } = this.#options.config
    const retention = { maxBytes: metadataMaxRetentionBytes, maxMs: metadataMaxRetentionMs }
    return new MetadataSnapshots(log, this.#options, retention)
  }

  partition(topic: string, partition: number): PartitionStore | undefined {
    return this.#topics.get(topic)?.[partition]
  }

  /**
   * The partition, opened or made; an offline one when its disk refuses, to be tried again.
   * @throws StartupRefused (2): during the start, its files cannot be read.
   */
  createPartition(spec: PartitionSpec, config: TopicConfig): PartitionStore {
    assert(!this.#isClosed, 'a closed engine opens nothing')
    assert(spec.partition >= 0, 'partitions count from 0')
    const existing = this.#topics.get(spec.topic)?.[spec.partition]
    if (existing !== undefined) return existing
    const store = this.#openOrCreate(spec, config)
    const partitions = this.#topics.get(spec.topic) ?? []
    partitions[spec.partition] = store
    this.#topics.set(spec.topic, partitions)
    return store
  }

  #openOrCreate(spec: PartitionSpec, config: TopicConfig): PartitionLog | OfflinePartition {
    const name = partitionDirectoryName(spec.topic, spec.partition)
    const found = this.#found.get(name)
    this.#found.delete(name)
    try {
      if (found !== undefined && this.#belongs(found, spec)) return this.#open(found, spec, config)
      if (found !== undefined) retireDirectory(found, 'stray', this.#options)
      // It may well lie in the directory that is missing: an empty one must not take its place.
      const isElsewhere = this.#isStarting && this.#directories.missingPaths.length > 0
      const moved = isElsewhere || !this.#isStarting ? undefined : this.#moves.abandoned(spec)
      if (moved !== undefined) return this.#open(moved, spec, config)
      if (!isElsewhere) return this.#create(spec, config)
      return this.#goWithout(spec, config, 'elsewhere', 'one of log.dirs is offline')
    } catch (error) {
      if (spec.topic === clusterMetadataTopic || diskErrorCode(error) === 'UNKNOWN') throw error
      return this.#goWithout(spec, config, found ?? null, diskErrorCode(error))
    }
  }

  #goWithout(
    spec: PartitionSpec,
    config: TopicConfig,
    found: FoundPartition | null | 'elsewhere',
    reason: string,
  ): OfflinePartition {
    const fields = { topic: spec.topic, partition: spec.partition, reason }
    this.#options.logger.error(fields, 'partition offline: its directory cannot be used')
    const offline = new OfflinePartition(spec, config, reason)
    this.#offline.set(offline, found)
    return offline
  }

  /** Partitions that could not be made are tried again: space was freed, a disk is back. */
  #retryOffline(): void {
    for (const [offline, found] of this.#offline) {
      const { spec, config } = offline
      const partitions = this.#topics.get(spec.topic)
      if (partitions === undefined || found === 'elsewhere') continue
      try {
        partitions[spec.partition] =
          found === null ? this.#create(spec, config) : this.#open(found, spec, config)
        this.#offline.delete(offline)
      } catch (error) {
        if (diskErrorCode(error) === 'UNKNOWN') throw error
      }
    }
  }

  /** A directory of another topic id held a topic of the same name, deleted since. */
  #belongs(found: FoundPartition, spec: PartitionSpec): boolean {
    return found.topicId === null || found.topicId === spec.topicId || found.topicId === zeroTopicId
  }

  #open(found: FoundPartition, spec: PartitionSpec, config: TopicConfig): PartitionLog {
    const log = this.#opener.open(found, spec, config)
    this.#homes.set(log, found.directory)
    if (this.#isStarting) this.#opener.noteStarted(this.#found.size)
    return log
  }

  #create(spec: PartitionSpec, config: TopicConfig): PartitionLog {
    const isMetadata = spec.topic === clusterMetadataTopic
    const directory = isMetadata
      ? this.#directories.metadata
      : this.#directories.leastUsed(this.#homes)
    try {
      this.#directories.requireThere(directory)
      const path = join(directory.path, partitionDirectoryName(spec.topic, spec.partition))
      const log = PartitionLog.create({ directory: path, ...spec }, config, this.#around)
      this.#homes.set(log, directory)
      return log
    } catch (error) {
      if (diskErrorCode(error) === 'UNKNOWN' || isPassingTrouble(error)) throw error
      // Another of log.dirs takes it, while there is one.
      const isTaken = this.#directoryFailed(directory, error)
      if (!isTaken || isMetadata || this.#directories.lost !== null) throw error
      return this.#create(spec, config)
    }
  }

  /** True when the whole directory is out of use now: there are several. */
  #directoryFailed(directory: LogDirectory, error: unknown): boolean {
    if (this.#isClosed || !this.#directories.takeOffline(directory, error)) return false
    for (const [log, home] of this.#homes.all) if (home === directory) log.goOffline(error)
    this.#moves.cancelInto(directory)
    const { lost } = this.#directories
    if (lost !== null) this.#onBug(new StorageLost(`${lost} (${diskErrorCode(error)})`))
    return true
  }

  /**
   * Ends the start: directories that no `createPartition` has claimed are renamed to `-stray`
   * (kept, not served), and the clean-shutdown markers go.
   */
  setAsideStrays(): void {
    assert(!this.#isClosed, 'the start ends before the close')
    for (const found of [...this.#found.values()]) {
      // The metadata log of a broker that has not opened its own stays as it is.
      if (found.topic === clusterMetadataTopic) continue
      this.#found.delete(partitionDirectoryName(found.topic, found.partition))
      retireDirectory(found, 'stray', this.#options)
    }
    for (const directory of this.#directories.all) directory.removeCleanMarker()
    this.#isStarting = false
    this.#moves.resume((topic, partition) => this.#topics.get(topic)?.[partition])
    assert(this.found.length === 0, 'every directory is claimed or set aside')
  }

  deleteTopic(topic: string): void {
    assert(topic !== clusterMetadataTopic, 'the metadata log is never deleted')
    const partitions = this.#topics.get(topic) ?? []
    this.#topics.delete(topic)
    for (const log of partitions) {
      if (log instanceof OfflinePartition) this.#offline.delete(log)
      if (!(log instanceof PartitionLog)) continue
      this.#moves.cancel(log)
      this.#dirty.delete(log)
      this.#homes.delete(log)
      this.#checkpoints.forget(log)
      log.abandon()
      const { partition, directory: path } = log
      const retired = { topic, partition, path }
      try {
        this.#removeTreeSoon(retireDirectory(retired, 'delete', this.#options))
        this.#directories.syncDeletion(path)
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
      disk.removeTreeLater(path).catch((error: unknown) => {
        logger.warn({ path, code: diskErrorCode(error) }, 'deleted directory could not be removed')
      })
    })
  }

  configure(topic: string, config: TopicConfig): void {
    for (const log of this.#topics.get(topic) ?? []) {
      if (log instanceof OfflinePartition) log.config = config
      else log?.configure(config)
    }
  }

  logDirectories(): readonly LogDirectoryInfo[] {
    const { disk } = this.#options
    const [directories, moves] = [this.#directories, this.#moves]
    return describeDirectories({ directories, homes: this.#homes.all, moves, disk })
  }

  movePartition(topic: string, partition: number, path: string): ErrorName {
    const isOurs = topic === clusterMetadataTopic
    return this.#moves.request(isOurs ? undefined : this.#topics.get(topic)?.[partition], path)
  }

  /** The highest epoch of each producer id in any partition. */
  producerEpochs(): ReadonlyMap<number, number> {
    return highestEpochs(this.#homes.all.keys())
  }

  #logs(): PartitionLog[] {
    return [...this.#homes.all.keys()]
  }

  /**
   * Starts what happens now and then: sync by flush.ms, retention, compaction, checkpoints, expiry
   * of idle producers.
   */
  startBackground(): void {
    const { config, logger } = this.#options
    logger.info({ setting: config.ottlaDurability }, `durability: ${describeDurability(config)}`)
    const background = this.#background
    background.every(config.logRetentionCheckIntervalMs, (nowMs) =>
      background.watch(this.#applyRetention(nowMs)),
    )
    background.every(config.logFlushOffsetCheckpointIntervalMs, () =>
      background.watch(this.checkpoint()),
    )
    background.every(config.logFlushSchedulerIntervalMs, (nowMs) => this.#dirty.syncOverdue(nowMs))
    background.every(config.producerIdExpirationCheckIntervalMs, (nowMs) => {
      for (const log of this.#logs()) log.expireProducers(nowMs)
    })
    background.every(offlineRetryMs, () => this.#retryOffline())
    if (config.logCleanerEnable) this.#cleaner.start()
  }

  /** Gives way now and then: logs that were not used since the start are looked up on disk. */
  async #applyRetention(nowMs: number): Promise<void> {
    const pace = new Pace(this.#options.clock, Infinity)
    for (const log of this.#logs()) {
      if (pace.isDue) await pace.spend(0)
      if (this.#isClosed) return
      const fields = { topic: log.topic, partition: log.partition }
      const failed = (error: unknown): void => this.#background.failed(error, fields)
      try {
        const applied = log.applyRetention(nowMs)
        if (isPromise(applied)) applied.catch(failed)
      } catch (error) {
        failed(error)
      }
    }
  }

  /** Compacts what is worth it now, without waiting for the background: for tests and tools. */
  compact(): Promise<void> {
    return this.#cleaner.compactAll()
  }

  /** Writes recovery points, log start offsets and high watermarks. */
  checkpoint(): Promise<void> {
    return this.#checkpoints.writeAllLater()
  }

  /**
   * Syncs and closes everything; the clean-shutdown markers are written when all of it went well.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#background.stop()
    await this.#moves.stop()
    await this.#cleaner.stop()
    await this.#dirty.stop()
    await this.#checkpoints.settled()
    try {
      const unclean = await closeLogs(this.#homes.all)
      if (!this.#checkpoints.writeAll()) return
      for (const directory of this.#directories.all) {
        if (!unclean.has(directory)) directory.writeCleanMarker()
      }
    } catch (error) {
      if (error instanceof AssertionFailure) throw error
      const fields = { error: String(error) }
      this.#options.logger.error(fields, 'not closed cleanly: the next start recovers')
    } finally {
      this.#directories.unlock()
    }
  }

  /** Ends without touching anything more: after an AssertionFailure, as a crash would. */
  abandon(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#background.stop()
    void this.#moves.stop()
    void this.#cleaner.stop()
    void this.#dirty.stop()
    for (const log of this.#logs()) log.abandon()
    this.#directories.unlock()
  }
}
