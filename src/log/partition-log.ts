// One partition on a local disk. The owner of the order of operations: what is validated, written,
// indexed, noted and woken, in which order, and what happens when the disk refuses. Bytes and
// decisions are elsewhere.
import { join } from 'node:path'
import { AssertionFailure, assert } from '../base/assert.ts'
import type { Offset, TopicId } from '../base/brands.ts'
import { noOffset, toOffset } from '../base/brands.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import { KafkaError } from '../../protocol/errors.ts'
import {
  batchIsControl,
  batchIsTransactional,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  setBatchBaseOffset,
  setBatchPartitionLeaderEpoch,
} from '../../protocol/record-batch.ts'
import { inflationLimit, prepareBatch, producerBatchAt } from './append.ts'
import { AppendQueue } from './append-queue.ts'
import type { BufferPool } from './buffer-pool.ts'
import { encodePartitionMetadata } from './checkpoint.ts'
import { isPassingTrouble, storageError } from './disk-trouble.ts'
import { Flusher } from './flush.ts'
import { LeaderEpochFile } from './leader-epoch-file.ts'
import { openSegments } from './log-opening.ts'
import type { OpenHints, OpenedLog } from './log-opening.ts'
import { ProducerJournal } from './producer-journal.ts'
import type {
  ActiveProducer,
  AppendOptions,
  AppendResult,
  PartitionStore,
  ReadLimit,
  ReadRequest,
  ReadResult,
  TimestampedOffset,
} from './partition-store.ts'
import type { ProducerTrace } from './compact-batch.ts'
import type { AppendTerms, BatchTrace, ProducerBatch } from './producer-state.ts'
import { findByTimestamp, findMaxTimestamp } from './time-search.ts'
import { ReadVerifier } from './read-damage.ts'
import { readSegments, readableSegmentBytes } from './read.ts'
import { retainedFrom } from './retention-scan.ts'
import { shouldRoll } from './roll.ts'
import type { Segment } from './segment.ts'
import { SegmentList } from './segment-list.ts'
import { partitionMetadataFile } from './segment-files.ts'
import { Waiters } from './waiters.ts'

export type { OpenHints } from './log-opening.ts'

/** When an acknowledgement counts as durable: `ottla.durability`. */
export type Durability = 'interval' | 'fsync' | 'os'

/** What a log needs of its surroundings; one object for all logs of an engine. */
export interface LogSurroundings {
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly pool: BufferPool
  readonly durability: Durability
  readonly producerIdExpirationMs: number
  /** Called when the log has data that is not synced, the first time since its last sync. */
  readonly onDirty: (log: PartitionLog) => void
  /** Told of each sync that succeeded, and how long it took in ms. */
  readonly onSynced?: (durationMs: number, byteLength: number) => void
  /** Makes the name of a partition's directory durable; many share one sync. */
  readonly syncParent: (directory: string) => Promise<void>
  /** Told of a broken invariant where no caller waits for the outcome. */
  readonly onBug: (error: unknown) => void
  /** Called when the disk took the log out of service. */
  readonly onOffline: (log: PartitionLog, error: unknown) => void
  /** Called when the log start offset moved: it wants to be checkpointed. */
  readonly onLogStartMoved: (log: PartitionLog) => MaybePromise<void>
}

export interface LogIdentity {
  readonly topic: string
  readonly partition: number
  readonly topicId: TopicId
  readonly leaderEpoch: number
  /** The partition's own directory. */
  readonly directory: string
}

// A producer snapshot is taken when so many parts of a segment were synced since the last one:
// bounds what recovery reads, to 64 MiB by default.
const snapshotsPerSegment = 16
// A KRaft cluster's first leader has this epoch.
const firstLeaderEpoch = 1
export class PartitionLog implements PartitionStore {
  readonly topic: string
  readonly partition: number
  readonly topicId: TopicId
  readonly #around: LogSurroundings
  #directory: string
  #config: TopicConfig
  #leaderEpoch: number
  readonly #segments: SegmentList
  readonly #epochs: LeaderEpochFile
  readonly #producers: ProducerJournal
  readonly #verifier: ReadVerifier
  readonly #waiters = new Waiters()
  readonly #flusher = new Flusher({ sync: () => this.#sync() })
  #logStartOffset = toOffset(0)
  #logEndOffset = toOffset(0)
  /** All below is on the device: recovery begins here. */
  #recoveryPoint = 0
  #state: 'online' | 'offline' | 'closed' = 'online'
  #isDirty = false
  /** Wall-clock ms of the first append that is not synced. */
  #dirtySinceMs = 0
  #unflushedRecords = 0
  #syncedBytesSinceSnapshot = 0
  readonly #appendQueue = new AppendQueue()

  /** `names`: the files in the directory. */
  private constructor(
    identity: LogIdentity,
    names: readonly string[],
    config: TopicConfig,
    around: LogSurroundings,
  ) {
    this.topic = identity.topic
    this.partition = identity.partition
    this.topicId = identity.topicId
    this.#leaderEpoch = identity.leaderEpoch
    this.#directory = identity.directory
    this.#config = config
    this.#around = around
    this.#verifier = new ReadVerifier(around.logger)
    this.#segments = new SegmentList(identity.directory, around)
    this.#epochs = LeaderEpochFile.open(around.disk, identity.directory, names, around.logger)
    this.#producers = new ProducerJournal(around.disk, identity.directory, around.logger)
  }

  /** Makes the directory and an empty log in it. */
  static create(identity: LogIdentity, config: TopicConfig, around: LogSurroundings): PartitionLog {
    const log = new PartitionLog(identity, [], config, around)
    around.disk.makeDirectory(identity.directory)
    log.#writeMetadata()
    log.#addSegment(0)
    log.#producers.startAt(0)
    log.#beginLeadership()
    return log
  }

  /** Opens the log in the directory, recovering it where the last process did not close it. */
  static open(
    identity: LogIdentity,
    config: TopicConfig,
    around: LogSurroundings,
    hints: OpenHints,
  ): PartitionLog {
    const names = around.disk.list(identity.directory)
    const log = new PartitionLog(identity, names, config, around)
    log.#load(names, hints)
    log.#beginLeadership()
    return log
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  get logStartOffset(): Offset {
    return this.#logStartOffset
  }

  /** One replica: all that is written is committed. */
  get highWatermark(): Offset {
    return this.#logEndOffset
  }

  get lastStableOffset(): Offset {
    const undecided = this.#producers.state.firstUndecidedOffset
    return undecided === undefined ? this.#logEndOffset : toOffset(undecided)
  }

  get logEndOffset(): Offset {
    return this.#logEndOffset
  }

  get byteLength(): number {
    return this.#segments.byteLength
  }

  get online(): boolean {
    return this.#state === 'online'
  }

  /** Closed or deleted, which is no trouble of the disk. */
  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  get directory(): string {
    return this.#directory
  }

  get recoveryPoint(): number {
    return this.#recoveryPoint
  }

  /** Wall-clock ms since when there is data that is not synced. */
  get dirtySinceMs(): number {
    return this.#dirtySinceMs
  }

  get config(): TopicConfig {
    return this.#config
  }

  /** Base offset of the oldest segment: a log start offset above it must be checkpointed. */
  get firstSegmentOffset(): number {
    return this.#segments.firstOffset
  }

  /** All segments now, oldest first, the active one last. */
  get segments(): readonly Segment[] {
    return this.#segments.all
  }

  /** What compaction must keep so that producers can go on: their newest batch or epoch. */
  producerTraces(): ReadonlyMap<number, ProducerTrace> {
    const traces = new Map<number, ProducerTrace>()
    for (const { producerId, producerEpoch, batches } of this.#producers.state.entries()) {
      traces.set(producerId, { producerEpoch, lastDataOffset: batches.at(-1)?.lastOffset ?? -1 })
    }
    return traces
  }

  /**
   * Swaps a compacted segment in for neighbours of which it holds what is left; false when one of
   * them is gone by now. A rename that fails half-way takes the partition offline: the next start
   * completes what was begun, or undoes it.
   */
  async replaceSegments(old: readonly Segment[], compacted: Segment): Promise<boolean> {
    this.#requireOnline()
    assert(compacted.baseOffset === old[0]?.baseOffset, 'a compacted segment begins where it began')
    compacted.noteSynced()
    try {
      return await this.#segments.replace(old, compacted, this.#config.fileDeleteDelayMs)
    } catch (error) {
      if (error instanceof AssertionFailure || !this.online) throw error
      throw this.goOffline(error)
    }
  }

  get segmentCount(): number {
    return this.#segments.all.length
  }

  configure(config: TopicConfig): void {
    this.#config = config
  }

  #load(names: readonly string[], hints: OpenHints): void {
    const { disk, clock, logger } = this.#around
    if (!names.includes(partitionMetadataFile)) this.#writeMetadata()
    const context = {
      directory: this.#directory,
      names,
      disk,
      clock,
      logger: logger.child({ topic: this.topic, partition: this.partition }),
      indexIntervalBytes: this.#config.indexIntervalBytes,
      noteEpoch: (epoch: number, baseOffset: number) => this.#epochs.assign(epoch, baseOffset),
    }
    const opened = openSegments(context, hints)
    for (const segment of opened.dropped) {
      this.#segments.removeLater(segment, this.#config.fileDeleteDelayMs)
    }
    this.#segments.adopt(opened.segments)
    this.#logStartOffset = toOffset(opened.logStartOffset)
    this.#logEndOffset = toOffset(opened.logEndOffset)
    this.#recoveryPoint = opened.recoveryPoint
    if (opened.segments.length === 0) this.#addSegment(opened.logEndOffset)
    if (this.#recoveryPoint < this.#logEndOffset || this.#hasDirtySegments) this.#becomeDirty()
    this.#epochs.truncateFromEnd(opened.logEndOffset + 1)
    this.#loadProducers(opened)
    this.#segments.releaseFiles()
  }

  #loadProducers(opened: OpenedLog): void {
    this.#producers.load(this.#segments.all, {
      names: opened.names,
      logStartOffset: this.#logStartOffset,
      logEndOffset: this.#logEndOffset,
      nowMs: this.#around.clock.nowMs(),
      expirationMs: this.#around.producerIdExpirationMs,
      indexedTo: opened.indexedTo,
      snapshotWhenDone: opened.indexedTo < opened.logEndOffset,
    })
  }

  #writeMetadata(): void {
    const path = join(this.#directory, partitionMetadataFile)
    this.#around.disk.replaceFile(path, encodePartitionMetadata(this.topicId), { durable: false })
  }

  /**
   * Notes that this broker leads with `leaderEpoch` from the log's end on; -1 goes on with the
   * latest epoch.
   */
  #beginLeadership(): void {
    if (this.#leaderEpoch < 0)
      this.#leaderEpoch = Math.max(firstLeaderEpoch, this.#epochs.epochs.latestEpoch)
    this.#epochs.assign(this.#leaderEpoch, this.#logEndOffset)
  }

  #addSegment(baseOffset: number): Segment {
    return this.#segments.add(baseOffset, this.#config.segmentJitterMs)
  }

  get #hasDirtySegments(): boolean {
    return this.#segments.all.some((segment) => segment.isDirty)
  }

  get #active(): Segment {
    return this.#segments.active
  }

  append(records: Buffer, options: AppendOptions): MaybePromise<AppendResult> {
    this.#requireOnline()
    if (!this.#appendQueue.isEmpty) return this.#appendInTurn(records, options)
    const prepared = prepareBatch(records, options, this.#config)
    if (!isPromise(prepared)) return this.#commit(prepared, options)
    return this.#appendQueue.hold(prepared.then((batch) => this.#commit(batch, options)))
  }

  /**
   * Behind an append that waits for its codec. The records are only borrowed, so they are copied.
   */
  #appendInTurn(records: Buffer, options: AppendOptions): Promise<AppendResult> {
    const copy = Buffer.from(records)
    return this.#appendQueue.run(() => {
      this.#requireOnline()
      return chain(prepareBatch(copy, options, this.#config), (batch) =>
        this.#commit(batch, options),
      )
    })
  }

  /**
   * Assigns offsets, checks the producer, writes, notes, wakes: in one go, with nothing in between.
   */
  #commit(batch: Buffer | null, options: AppendOptions): MaybePromise<AppendResult> {
    this.#requireOnline()
    if (batch === null) return this.#result(noOffset, noOffset, -1)
    const baseOffset = this.#logEndOffset
    const lastOffset = toOffset(baseOffset + batchLastOffsetDelta(batch, 0))
    assert(lastOffset >= baseOffset, 'a batch holds a record')
    setBatchBaseOffset(batch, 0, baseOffset)
    setBatchPartitionLeaderEpoch(batch, 0, this.#leaderEpoch)
    const producer = producerBatchAt(batch, 0)
    const duplicate =
      producer === null ? null : this.#producers.state.check(producer, appendTerms(options))
    if (duplicate !== null) return this.#answerDuplicate(duplicate, options.acksAll)
    this.#write(batch, { baseOffset, lastOffset, nowMs: options.nowMs })
    // A roll may begin a sync, and that may find that the disk is gone.
    this.#requireOnline()
    this.#note(batch, lastOffset, producer)
    const isAppendTime =
      options.origin === 'client' && this.#config.messageTimestampType === 'LogAppendTime'
    const result = this.#result(baseOffset, lastOffset, isAppendTime ? options.nowMs : -1)
    const durable = this.#awaitDurability(options.acksAll, options.origin)
    this.#waiters.wakeAll()
    return durable === null ? result : durable.then(() => result)
  }

  #result(baseOffset: Offset, lastOffset: Offset, logAppendTimeMs: number): AppendResult {
    return { baseOffset, lastOffset, logAppendTimeMs, logStartOffset: this.#logStartOffset }
  }

  /** The answer that the original got or would get; it is no more durable than the original is. */
  #answerDuplicate(original: BatchTrace, acksAll: boolean): MaybePromise<AppendResult> {
    const baseOffset = toOffset(original.lastOffset - original.offsetDelta)
    const result = this.#result(baseOffset, toOffset(original.lastOffset), original.timestampMs)
    if (original.lastOffset < this.#recoveryPoint) return result
    const durable = this.#awaitDurability(acksAll, 'client')
    return durable === null ? result : durable.then(() => result)
  }

  #write(
    batch: Buffer,
    at: { readonly baseOffset: Offset; readonly lastOffset: Offset; readonly nowMs: number },
  ): void {
    const { indexIntervalBytes, segmentBytes, segmentIndexBytes } = this.#config
    const { baseOffset, lastOffset } = at
    const maxTimestampMs = batchMaxTimestamp(batch, 0)
    const facts = { baseOffset, lastOffset, maxTimestampMs, byteLength: batch.length }
    const rules = {
      segmentBytes,
      segmentMs: this.#segmentMs - this.#segments.rollJitterMs,
      segmentIndexBytes,
    }
    try {
      if (shouldRoll(this.#active, facts, rules, at.nowMs)) this.#roll()
      // Nothing may fail any more once the batch is in the log.
      if (batchIsControl(batch, 0)) this.#active.prepareForAbort()
      this.#active.append(batch, facts, indexIntervalBytes)
    } catch (error) {
      throw this.#writeFailed(error)
    }
  }

  /** max.compaction.lag.ms can only be kept when segments are closed in time, as in Kafka. */
  get #segmentMs(): number {
    const { segmentMs, cleanupPolicy, maxCompactionLagMs } = this.#config
    if (!cleanupPolicy.compact || maxCompactionLagMs <= 0) return segmentMs
    return Math.min(segmentMs, maxCompactionLagMs)
  }

  #note(batch: Buffer, lastOffset: number, producer: ProducerBatch | null): void {
    assert(lastOffset >= this.#logEndOffset, 'offsets rise')
    assert(producer !== null || !batchIsTransactional(batch, 0), 'transactions have a producer')
    const completed = producer === null ? null : this.#producers.state.apply(producer)
    this.#logEndOffset = toOffset(lastOffset + 1)
    this.#segments.noteAppended(batch.length)
    this.#unflushedRecords += batchLastOffsetDelta(batch, 0) + 1
    if (completed !== null && completed.isAbort) {
      const lastStableOffset = this.#producers.state.lastStableOffsetAfter(completed)
      this.#active.addAborted({ ...completed, lastStableOffset })
    }
    if (!this.#isDirty) this.#becomeDirty()
  }

  #becomeDirty(): void {
    this.#isDirty = true
    this.#dirtySinceMs = this.#around.clock.nowMs()
    this.#around.onDirty(this)
  }

  /**
   * The promise to wait for, null when the page cache is enough. Who appends metadata waits for the
   * device whatever the setting, as in KRaft: a topic that is gone, or a producer id given out
   * twice, costs more than its own record.
   */
  #awaitDurability(acksAll: boolean, origin: AppendOptions['origin']): Promise<void> | null {
    const isDue = this.#unflushedRecords >= this.#config.flushMessages
    const isAlwaysSynced = origin === 'metadata' || this.#around.durability === 'fsync'
    return isDue || (acksAll && isAlwaysSynced) ? this.flush() : null
  }

  #roll(): void {
    this.#active.seal()
    this.#producers.snapshotAt(this.#logEndOffset, 'segment-base')
    const segment = this.#addSegment(this.#logEndOffset)
    const fields = { topic: this.topic, partition: this.partition, offset: segment.baseOffset }
    this.#around.logger.debug(fields, 'segment rolled')
    if (this.#around.durability === 'os') this.#flushSealed()
  }

  /**
   * Without background syncs a segment is synced when it is full, as Kafka does: recovery never
   * begins before it.
   */
  #flushSealed(): void {
    this.flush().catch((error: unknown) => {
      if (error instanceof AssertionFailure) return this.#around.onBug(error)
      // The partition is offline by now; whoever uses it next is told.
      this.#around.logger.error({ error: String(error) }, 'sync of a full segment failed')
    })
  }

  /**
   * Cuts what the failed call may have left, and says KAFKA_STORAGE_ERROR. Offline unless the
   * error may pass.
   */
  #writeFailed(error: unknown): Error {
    if (error instanceof AssertionFailure) return error
    const code = diskErrorCode(error)
    try {
      this.#active.cutToSize()
    } catch (cutError) {
      if (!isPassingTrouble(error)) return this.goOffline(cutError)
    }
    if (!isPassingTrouble(error)) return this.goOffline(error)
    const fields = { topic: this.topic, partition: this.partition, code }
    this.#around.logger.error(fields, 'append failed, later ones are tried again')
    return storageError(`${this.topic}-${this.partition}: ${code}`, error)
  }

  /** Takes the partition out of service: appends and reads are refused until a restart. */
  goOffline(error: unknown): KafkaError {
    const code = diskErrorCode(error)
    if (this.#state === 'online') {
      this.#state = 'offline'
      const fields = { topic: this.topic, partition: this.partition, code, error: String(error) }
      this.#around.logger.error(fields, 'partition offline: its disk refused')
      this.#waiters.wakeAll()
      this.#around.onOffline(this, error)
    }
    return storageError(`${this.topic}-${this.partition} is offline: ${code}`, error)
  }

  #requireOnline(): void {
    if (this.#state === 'online') return
    throw storageError(`${this.topic}-${this.partition} is ${this.#state}`)
  }

  /** Resolves when all that is appended now is on the device. */
  flush(): Promise<void> {
    return this.#flusher.flush()
  }

  async #sync(): Promise<void> {
    this.#requireOnline()
    const endOffset = this.#logEndOffset
    this.#isDirty = false
    this.#unflushedRecords = 0
    this.#writeBeforeSync()
    const startMs = this.#around.clock.monotonicMs()
    let byteLength = 0
    try {
      for (const segment of this.#segments.all.filter((segment) => segment.isDirty)) {
        byteLength += segment.unsyncedBytes
        await segment.sync()
        this.#requireOnline()
        if (segment !== this.#active) segment.close()
      }
      await this.#segments.syncDirectory()
      await this.#producers.syncSnapshots()
      this.#requireOnline()
    } catch (error) {
      if (error instanceof AssertionFailure || !this.online) throw error
      throw this.goOffline(error)
    }
    const durationMs = this.#around.clock.monotonicMs() - startMs
    this.#recoveryPoint = Math.max(this.#recoveryPoint, endOffset)
    assert(this.#recoveryPoint <= this.#logEndOffset, 'the recovery point lies in the log')
    this.#around.onSynced?.(durationMs, byteLength)
    this.#syncedBytesSinceSnapshot += byteLength
    if (this.#syncedBytesSinceSnapshot * snapshotsPerSegment >= this.#config.segmentBytes) {
      this.#snapshotBetween()
    }
  }

  /** What only names and helps to find: on a full disk it waits for the next sync. */
  #writeBeforeSync(): void {
    try {
      for (const segment of this.#segments.all) if (segment.isDirty) segment.flushIndexes()
      this.#epochs.flush()
    } catch (error) {
      if (error instanceof AssertionFailure) throw error
      if (!isPassingTrouble(error)) throw this.goOffline(error)
      this.#becomeDirty()
      throw storageError(`${this.topic}-${this.partition}: ${diskErrorCode(error)}`, error)
    }
  }

  #snapshotBetween(): void {
    this.#syncedBytesSinceSnapshot = 0
    try {
      this.#producers.snapshotAt(this.#logEndOffset, 'between')
    } catch (error) {
      if (error instanceof AssertionFailure) throw error
      // The data is on the device: recovery reads a little more.
      const fields = { topic: this.topic, partition: this.partition, error: String(error) }
      this.#around.logger.warn(fields, 'producer snapshot could not be written')
    }
  }

  read(request: ReadRequest): ReadResult {
    this.#requireOnline()
    const { offset } = request
    if (offset < this.#logStartOffset || offset > this.#logEndOffset) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} is outside ${this.#logStartOffset} to ${this.#logEndOffset}`,
      )
    }
    try {
      const limitOffset = this.#limitOffset(request.limit)
      const range = { ...request, limitOffset, verifier: this.#verifier }
      const found = readSegments(this.#segments.all, range, this.#around.pool)
      return {
        records: found.records,
        highWatermark: this.#logEndOffset,
        lastStableOffset: this.lastStableOffset,
        logStartOffset: this.#logStartOffset,
        abortedTransactions: found.abortedTransactions,
      }
    } catch (error) {
      throw this.#diskFailed(error)
    }
  }

  #limitOffset(limit: ReadLimit): number {
    return limit === 'last-stable' ? this.lastStableOffset : this.#logEndOffset
  }

  #diskFailed(error: unknown): Error {
    if (error instanceof KafkaError || error instanceof AssertionFailure) return error
    if (isPassingTrouble(error)) {
      return storageError(`${this.topic}-${this.partition}: ${diskErrorCode(error)}`, error)
    }
    return this.goOffline(error)
  }

  readableBytes(offset: number, limit: ReadLimit, maxBytes: number): number {
    if (!this.online || offset < this.#logStartOffset) return 0
    try {
      const limitOffset = this.#limitOffset(limit)
      const range = { offset, limitOffset, maxBytes, verifier: this.#verifier }
      return readableSegmentBytes(this.#segments.all, range)
    } catch (error) {
      // The fetch that asks will meet the same trouble and answer it.
      if (this.#diskFailed(error) instanceof KafkaError) return 0
      throw error
    }
  }

  offsetForTimestamp(
    timestampMs: number,
    limit: ReadLimit,
  ): MaybePromise<TimestampedOffset | null> {
    this.#requireOnline()
    const asked = { timestampMs, limitBytes: inflationLimit(this.#config) }
    return chain(findByTimestamp(this, asked), (found) =>
      found === null || found.offset >= this.#limitOffset(limit) ? null : found,
    )
  }

  offsetOfMaxTimestamp(): MaybePromise<TimestampedOffset | null> {
    this.#requireOnline()
    return findMaxTimestamp(this, inflationLimit(this.#config))
  }

  endOffsetForEpoch(leaderEpoch: number): { leaderEpoch: number; endOffset: number } {
    return this.#epochs.epochs.endOffsetOf(leaderEpoch, this.#logEndOffset)
  }

  leaderEpochForOffset(offset: number): number {
    return this.#epochs.epochs.epochOf(offset)
  }

  deleteRecordsBefore(offset: number): MaybePromise<Offset> {
    this.#requireOnline()
    const target = offset === -1 ? this.highWatermark : offset
    if (target < 0 || target > this.highWatermark) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} is beyond the high watermark ${this.highWatermark}`,
      )
    }
    if (target <= this.#logStartOffset) return this.#logStartOffset
    try {
      return chain(this.#moveLogStart(target, 'records deleted'), () => this.#logStartOffset)
    } catch (error) {
      throw this.#diskFailed(error)
    }
  }

  /**
   * Moves the log start offset up, drops segments wholly below it, and has the new offset
   * checkpointed.
   */
  #moveLogStart(offset: number, reason: string): MaybePromise<void> {
    assert(offset >= this.#logStartOffset, 'the log start offset never moves back')
    assert(offset <= this.#logEndOffset, 'the log start offset lies in the log')
    this.#epochs.truncateFromStart(offset)
    this.#logStartOffset = toOffset(offset)
    const fields = { topic: this.topic, partition: this.partition, offset }
    this.#around.logger.info(fields, `log start offset moved: ${reason}`)
    const checkpointed = this.#around.onLogStartMoved(this)
    if (!isPromise(checkpointed)) return this.#dropSegmentsBelowStart()
    return checkpointed.then(
      () => this.#dropSegmentsBelowStart(),
      (error: unknown) => {
        throw storageError(`the log start offset could not be checkpointed`, error)
      },
    )
  }

  #dropSegmentsBelowStart(): void {
    const count = this.#segments.dropBelow(this.#logStartOffset, this.#config.fileDeleteDelayMs)
    if (count > 0) this.#producers.dropSnapshotsBelow(this.firstSegmentOffset)
  }

  /**
   * Drops what retention.ms, retention.bytes and the log start offset allow. Called now and then.
   */
  applyRetention(nowMs: number): MaybePromise<void> {
    if (!this.online) return undefined
    const { cleanupPolicy, retentionMs, retentionBytes } = this.#config
    if (!cleanupPolicy.delete) return this.#dropSegmentsBelowStart()
    try {
      const range = { logStartOffset: this.#logStartOffset, logEndOffset: this.#logEndOffset }
      const start = retainedFrom(this.#segments, range, { retentionMs, retentionBytes }, nowMs)
      if (start === this.#logEndOffset && this.#active.size > 0) this.#roll()
      if (start > this.#logStartOffset) return this.#moveLogStart(start, 'retention')
      return this.#dropSegmentsBelowStart()
    } catch (error) {
      throw this.#diskFailed(error)
    }
  }

  /** Forgets idle producers, as producer.id.expiration.ms says. */
  expireProducers(nowMs: number): void {
    this.#producers.state.expire(nowMs, this.#around.producerIdExpirationMs)
  }

  activeProducers(): readonly ActiveProducer[] {
    return this.#producers.active()
  }

  hasOpenTransaction(producerId: number, producerEpoch: number): boolean {
    return this.#producers.state.hasOpenTransaction(producerId, producerEpoch)
  }

  onceAdvanced(wake: () => void): () => void {
    return this.#waiters.add(wake)
  }

  /**
   * Goes on in another directory, where `copyRest` puts the last of complete and synced copies of
   * all files: in one turn, while no sync is under way. Where `copyRest` throws, nothing changes.
   */
  relocate(directory: string, copyRest: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#flusher.onceQuiet(() => {
        try {
          this.#requireOnline()
          this.#epochs.flush()
          for (const segment of this.#segments.all) segment.flushIndexes()
          copyRest()
          this.#goOnIn(directory)
          resolve()
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
  }

  #goOnIn(directory: string): void {
    assert(directory !== this.#directory, 'a log moves to another directory')
    this.#directory = directory
    this.#segments.goOnIn(directory)
    this.#producers.goOnIn(directory)
    this.#epochs.goOnIn(directory)
  }

  /** Syncs all, takes a producer snapshot and closes the files: the next open needs no recovery. */
  async close(): Promise<void> {
    if (this.#state === 'online') {
      if (this.#active.hasNewBatches) this.#active.seal()
      this.#producers.snapshotAt(this.#logEndOffset, 'between')
      const isSynced = this.#recoveryPoint === this.#logEndOffset && !this.#hasDirtySegments
      if (!isSynced || this.#producers.hasUnsyncedSnapshots) await this.flush()
    }
    this.abandon()
  }

  /**
   * Closes the files and leaves them as they are; waiters are woken and find the partition gone.
   */
  abandon(): void {
    if (this.#state === 'online') this.#state = 'closed'
    this.#segments.end()
    this.#waiters.wakeAll()
  }
}

/** From this version of Produce on clients end transactions as version 2 does (KIP-890). */
const epochBumpProduceVersion = 12

function appendTerms({ origin, produceVersion, transactionVersion }: AppendOptions): AppendTerms {
  const isBumped = (produceVersion ?? 0) >= epochBumpProduceVersion
  return { origin, transactionVersion: transactionVersion ?? (isBumped ? 2 : 0) }
}
