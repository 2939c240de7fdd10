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
import { diskErrorCode } from '../io/disk.ts'
import { KafkaError } from '../../protocol/errors.ts'
import {
  batchIsControl,
  batchIsTransactional,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  setBatchBaseOffset,
  setBatchPartitionLeaderEpoch,
} from '../../protocol/record-batch.ts'
import { appendTerms, prepareBatch, producerBatchAt } from './append.ts'
import { AppendQueue } from './append-queue.ts'
import { encodePartitionMetadata } from './checkpoint.ts'
import { isPassingTrouble } from './disk-trouble.ts'
import { LeaderEpochFile } from './leader-epoch-file.ts'
import { LogHealth } from './log-health.ts'
import { openSegments } from './log-opening.ts'
import type { OpenHints, OpenedLog } from './log-opening.ts'
import { LogReader } from './log-reader.ts'
import { LogStart } from './log-start.ts'
import { LogSync } from './log-sync.ts'
import type { LogIdentity, LogSurroundings } from './log-surroundings.ts'
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
import type { BatchTrace, ProducerBatch } from './producer-state.ts'
import { rollRules, shouldRoll } from './roll.ts'
import type { Segment } from './segment.ts'
import { SegmentList } from './segment-list.ts'
import { partitionMetadataFile } from './segment-files.ts'
import { Waiters } from './waiters.ts'

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
  readonly #health: LogHealth
  readonly #start: LogStart
  readonly #syncer: LogSync
  readonly #reader: LogReader
  readonly #waiters = new Waiters()
  readonly #appendQueue = new AppendQueue()
  #logEndOffset = toOffset(0)

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
    this.#segments = new SegmentList(identity.directory, around)
    this.#epochs = LeaderEpochFile.open(around.disk, identity.directory, names, around.logger)
    this.#producers = new ProducerJournal(around.disk, identity.directory, around.logger)
    this.#health = new LogHealth(this, around.logger, (error) => {
      this.#waiters.wakeAll()
      around.onOffline(this, error)
    })
    const parts = {
      segments: this.#segments,
      epochs: this.#epochs,
      producers: this.#producers,
      health: this.#health,
    }
    this.#start = new LogStart(this, parts, around)
    this.#syncer = new LogSync(this, parts, around)
    this.#reader = new LogReader(this, this.#health, around)
  }

  /** Makes the directory and an empty log in it. */
  static create(identity: LogIdentity, config: TopicConfig, around: LogSurroundings): PartitionLog {
    const isNew = around.disk.makeDirectory(identity.directory)
    const log = new PartitionLog(identity, [], config, around)
    log.#writeMetadata()
    log.#addSegment(0, isNew)
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
    return this.#start.offset
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
    return this.#health.isOnline
  }

  /** Closed or deleted, which is no trouble of the disk. */
  get isClosed(): boolean {
    return this.#health.isClosed
  }

  get directory(): string {
    return this.#directory
  }

  get recoveryPoint(): number {
    return this.#syncer.recoveryPoint
  }

  /** Wall-clock ms since when there is data that is not synced. */
  get dirtySinceMs(): number {
    return this.#syncer.dirtySinceMs
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
    return this.#producers.traces()
  }

  /**
   * Swaps a compacted segment in for neighbours of which it holds what is left; false when one of
   * them is gone by now. A rename that fails half-way takes the partition offline: the next start
   * completes what was begun, or undoes it.
   */
  async replaceSegments(old: readonly Segment[], compacted: Segment): Promise<boolean> {
    this.#health.requireOnline()
    assert(compacted.baseOffset === old[0]?.baseOffset, 'a compacted segment begins where it began')
    compacted.noteSynced()
    try {
      return await this.#segments.replace(old, compacted, this.#config.fileDeleteDelayMs)
    } catch (error) {
      if (error instanceof AssertionFailure || !this.online) throw error
      throw this.#health.goOffline(error)
    }
  }

  configure(config: TopicConfig): void {
    this.#config = config
  }

  #load(names: readonly string[], hints: OpenHints): void {
    const { disk, clock, logger } = this.#around
    if (!hints.isIdentified) this.#writeMetadata()
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
    this.#start.load(opened.logStartOffset)
    this.#logEndOffset = toOffset(opened.logEndOffset)
    if (opened.segments.length === 0) this.#addSegment(opened.logEndOffset)
    this.#syncer.load(opened.recoveryPoint)
    this.#epochs.truncateFromEnd(opened.logEndOffset + 1)
    this.#loadProducers(opened)
    this.#segments.releaseFiles()
  }

  #loadProducers(opened: OpenedLog): void {
    this.#producers.load(this.#segments.all, {
      names: opened.names,
      logStartOffset: this.logStartOffset,
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

  /** Leads with the epoch that it was told from the log's end on, or goes on with the latest. */
  #beginLeadership(): void {
    this.#leaderEpoch = this.#epochs.lead(this.#leaderEpoch, this.#logEndOffset)
  }

  #addSegment(baseOffset: number, isFirstFile = false): Segment {
    return this.#segments.add(baseOffset, this.#config.segmentJitterMs, isFirstFile)
  }

  get #active(): Segment {
    return this.#segments.active
  }

  append(records: Buffer, options: AppendOptions): MaybePromise<AppendResult> {
    this.#health.requireOpen()
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
      this.#health.requireOpen()
      return chain(prepareBatch(copy, options, this.#config), (batch) =>
        this.#commit(batch, options),
      )
    })
  }

  /**
   * Assigns offsets, checks the producer, writes, notes, wakes: in one go, with nothing in between.
   */
  #commit(batch: Buffer | null, options: AppendOptions): MaybePromise<AppendResult> {
    this.#health.requireOpen()
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
    this.#health.requireOnline()
    this.#note(batch, lastOffset, producer)
    const isAppendTime =
      options.origin === 'client' && this.#config.messageTimestampType === 'LogAppendTime'
    const result = this.#result(baseOffset, lastOffset, isAppendTime ? options.nowMs : -1)
    const durable = this.#syncer.awaitDurability(options, this.#config.flushMessages)
    this.#waiters.wakeAll()
    return durable === null ? result : durable.then(() => result)
  }

  #result(baseOffset: Offset, lastOffset: Offset, logAppendTimeMs: number): AppendResult {
    return { baseOffset, lastOffset, logAppendTimeMs, logStartOffset: this.logStartOffset }
  }

  /** The answer that the original got or would get; it is no more durable than the original is. */
  #answerDuplicate(original: BatchTrace, acksAll: boolean): MaybePromise<AppendResult> {
    const baseOffset = toOffset(original.lastOffset - original.offsetDelta)
    const result = this.#result(baseOffset, toOffset(original.lastOffset), original.timestampMs)
    if (original.lastOffset < this.recoveryPoint) return result
    const asked = { acksAll, origin: 'client' } as const
    const durable = this.#syncer.awaitDurability(asked, this.#config.flushMessages)
    return durable === null ? result : durable.then(() => result)
  }

  #write(
    batch: Buffer,
    at: { readonly baseOffset: Offset; readonly lastOffset: Offset; readonly nowMs: number },
  ): void {
    const { baseOffset, lastOffset } = at
    const maxTimestampMs = batchMaxTimestamp(batch, 0)
    const facts = { baseOffset, lastOffset, maxTimestampMs, byteLength: batch.length }
    const rules = rollRules(this.#config, this.#segments.rollJitterMs)
    try {
      if (shouldRoll(this.#active, facts, rules, at.nowMs)) this.roll()
      // Nothing may fail any more once the batch is in the log.
      if (batchIsControl(batch, 0)) this.#active.prepareForAbort()
      this.#active.append(batch, facts, this.#config.indexIntervalBytes)
    } catch (error) {
      throw this.#writeFailed(error)
    }
  }

  #note(batch: Buffer, lastOffset: number, producer: ProducerBatch | null): void {
    assert(lastOffset >= this.#logEndOffset, 'offsets rise')
    assert(producer !== null || !batchIsTransactional(batch, 0), 'transactions have a producer')
    const completed = producer === null ? null : this.#producers.state.apply(producer)
    this.#logEndOffset = toOffset(lastOffset + 1)
    this.#segments.noteAppended(batch.length)
    if (completed !== null && completed.isAbort) {
      const lastStableOffset = this.#producers.state.lastStableOffsetAfter(completed)
      this.#active.addAborted({ ...completed, lastStableOffset })
    }
    this.#syncer.noteAppended(batchLastOffsetDelta(batch, 0) + 1, batch.length)
  }

  /** Goes on in a new segment. */
  roll(): void {
    this.#active.seal()
    this.#producers.snapshotAt(this.#logEndOffset, 'segment-base')
    const segment = this.#addSegment(this.#logEndOffset)
    const fields = { topic: this.topic, partition: this.partition, offset: segment.baseOffset }
    this.#around.logger.debug(fields, 'segment rolled')
    this.#syncer.noteRolled()
  }

  /**
   * Cuts what the failed call may have left, and says KAFKA_STORAGE_ERROR. Offline unless the
   * error may pass.
   */
  #writeFailed(error: unknown): Error {
    if (error instanceof AssertionFailure) return error
    try {
      this.#active.cutToSize()
    } catch (cutError) {
      if (!isPassingTrouble(error)) return this.#health.goOffline(cutError)
    }
    if (!isPassingTrouble(error)) return this.#health.goOffline(error)
    const fields = { topic: this.topic, partition: this.partition, code: diskErrorCode(error) }
    this.#around.logger.error(fields, 'append failed, later ones are tried again')
    return this.#health.refused(error)
  }

  /** Takes the partition out of service: appends and reads are refused until a restart. */
  goOffline(error: unknown): KafkaError {
    return this.#health.goOffline(error)
  }

  /** Resolves when all that is appended now is on the device. */
  flush(): Promise<void> {
    return this.#syncer.flush()
  }

  read(request: ReadRequest): ReadResult {
    return this.#reader.read(request)
  }

  readableBytes(offset: number, limit: ReadLimit, maxBytes: number): number {
    return this.#reader.readableBytes(offset, limit, maxBytes)
  }

  offsetForTimestamp(
    timestampMs: number,
    limit: ReadLimit,
  ): MaybePromise<TimestampedOffset | null> {
    return this.#reader.offsetForTimestamp(timestampMs, limit)
  }

  offsetOfMaxTimestamp(): MaybePromise<TimestampedOffset | null> {
    return this.#reader.offsetOfMaxTimestamp()
  }

  endOffsetForEpoch(leaderEpoch: number): { leaderEpoch: number; endOffset: number } {
    return this.#epochs.epochs.endOffsetOf(leaderEpoch, this.#logEndOffset)
  }

  leaderEpochForOffset(offset: number): number {
    return this.#epochs.epochs.epochOf(offset)
  }

  deleteRecordsBefore(offset: number): MaybePromise<Offset> {
    return this.#start.deleteBefore(offset)
  }

  /**
   * Drops what retention.ms, retention.bytes and the log start offset allow. Called now and then.
   */
  applyRetention(nowMs: number): MaybePromise<void> {
    return this.#start.applyRetention(nowMs)
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
    return this.#syncer.whenQuiet(() => {
      this.#health.requireOnline()
      this.#epochs.flush()
      for (const segment of this.#segments.all) segment.flushIndexes()
      copyRest()
      this.#goOnIn(directory)
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
    if (this.online) {
      this.#health.beginClose()
      if (this.#active.hasNewBatches) this.#active.seal()
      this.#producers.snapshotAt(this.#logEndOffset, 'between')
      if (!this.#syncer.isComplete) await this.flush()
    }
    this.abandon()
  }

  /**
   * Closes the files and leaves them as they are; waiters are woken and find the partition gone.
   */
  abandon(): void {
    this.#health.close()
    this.#segments.end()
    this.#waiters.wakeAll()
  }
}
