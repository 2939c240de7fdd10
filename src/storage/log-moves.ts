// Moves of partitions between log directories (AlterReplicaLogDirs, KIP-113). A copy grows in a
// directory named -future; when it is whole, the old directory is renamed to -delete and the copy
// takes the partition's name, in one turn. So a directory of the partition's name is always whole,
// and a -future one is needed only where there is none of that name: see `abandoned`.
import { join, resolve } from 'node:path'
import type { ErrorName } from '../../protocol/errors.ts'
import { AssertionFailure, assert } from '../base/assert.ts'
import type { Disk } from '../io/disk.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import { isPassingTrouble } from '../log/disk-trouble.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import { PartitionLog } from '../log/partition-log.ts'
import { Relocation, RelocationStopped, TargetTrouble, onTarget } from '../log/relocation.ts'
import { partitionDirectoryName, unusedDirectoryName } from '../log/segment-files.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { Cleaner } from './cleaner.ts'
import type { DataDirectories, FoundPartition } from './data-directories.ts'
import type { FutureReplica, PartitionSpec, PartitionStore } from './engine.ts'
import type { LogHomes } from './log-homes.ts'
import { retireDirectory } from './retire.ts'

export interface LogMovesOptions {
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  readonly directories: DataDirectories
  /** Where each log lies: changed when one has moved. */
  readonly homes: LogHomes
  readonly checkpoints: Checkpoints
  readonly cleaner: Cleaner
  readonly removeTreeSoon: (path: string) => void
  /** The disk under a directory has refused for good. */
  readonly onFailed: (directory: LogDirectory, error: unknown) => void
  readonly onBug: (error: unknown) => void
}

interface Move {
  readonly log: PartitionLog
  readonly target: LogDirectory
  readonly relocation: Relocation
  done: Promise<void>
}

export class LogMoves {
  readonly #options: LogMovesOptions
  readonly #moves = new Map<PartitionLog, Move>()
  /** Copies that the last process did not finish. */
  #found: FoundPartition[]
  #isStopped = false

  constructor(options: LogMovesOptions) {
    this.#options = options
    this.#found = options.directories.scanFutures()
  }

  /** As StorageEngine.movePartition; undefined: there is no such partition. */
  request(store: PartitionStore | undefined, path: string): ErrorName {
    const { directories } = this.#options
    if (directories.offlinePaths.some((one) => resolve(one) === path)) return 'KAFKA_STORAGE_ERROR'
    const target = directories.at(path)
    if (target === undefined) return 'LOG_DIR_NOT_FOUND'
    if (store === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
    if (!(store instanceof PartitionLog) || !store.online) return 'KAFKA_STORAGE_ERROR'
    this.begin(store, target)
    return 'NONE'
  }

  /** Begins a move, in place of one to elsewhere. Where the log lies there already, none goes on. */
  begin(log: PartitionLog, target: LogDirectory): void {
    if (this.#moves.get(log)?.target === target) return
    this.cancel(log)
    if (this.#options.homes.get(log) === target || this.#isStopped) return
    const { disk, random, logger } = this.#options
    const name = unusedDirectoryName(log, 'future', random.bytes(16).toString('hex'))
    const relocation = new Relocation(log, disk, join(target.path, name))
    const move: Move = { log, target, relocation, done: Promise.resolve() }
    this.#moves.set(log, move)
    const { topic, partition } = log
    logger.info({ topic, partition, from: log.directory, to: target.path }, 'partition moves')
    move.done = this.#run(move)
  }

  /** The log stays where it is. */
  cancel(log: PartitionLog): void {
    this.#moves.get(log)?.relocation.stop()
    this.#moves.delete(log)
  }

  /** The directory is out of use: nothing moves there. */
  cancelInto(directory: LogDirectory): void {
    for (const { log, target } of [...this.#moves.values()]) {
      if (target === directory) this.cancel(log)
    }
  }

  /** The copies that grow in a directory. */
  futuresIn(directory: LogDirectory): FutureReplica[] {
    const here = [...this.#moves.values()].filter(({ target }) => target === directory)
    return here.map(({ log, relocation: { byteLength, endOffset } }) => {
      const { topic, partition, logEndOffset } = log
      return { topic, partition, byteLength, offsetLag: Math.max(0, logEndOffset - endOffset) }
    })
  }

  /**
   * A copy that was whole when the last process ended between the two renames: the partition has no
   * other directory. It has the partition's name then.
   */
  abandoned({ topic, topicId, partition }: PartitionSpec): FoundPartition | undefined {
    const found = this.#found.find(
      (future) => future.topicId === topicId && future.partition === partition,
    )
    if (found === undefined) return undefined
    this.#found = this.#found.filter((future) => future !== found)
    const { disk, logger } = this.#options
    const path = join(found.directory.path, partitionDirectoryName(topic, partition))
    disk.rename(found.path, path)
    disk.syncDirectory(found.directory.path)
    logger.warn({ topic, partition, path }, 'move of a partition completed after a crash')
    return { ...found, topic, path }
  }

  /** Begins again what the last process did not finish, and removes its copies. */
  resume(storeOf: (topic: string, partition: number) => PartitionStore | undefined): void {
    for (const { topic, partition, path, directory } of this.#found) {
      this.#removeTree(path)
      const store = storeOf(topic, partition)
      if (store instanceof PartitionLog && store.online) this.begin(store, directory)
    }
    this.#found = []
  }

  /** Ends all moves; they are begun again at the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const moves = [...this.#moves.values()]
    for (const { relocation } of moves) relocation.stop()
    await Promise.all(moves.map(({ done }) => done))
  }

  async #run(move: Move): Promise<void> {
    const { log, relocation } = move
    const { cleaner, logger } = this.#options
    const { topic, partition } = log
    try {
      await cleaner.leaveAlone(log)
      await relocation.catchUp()
      const path = join(move.target.path, partitionDirectoryName(topic, partition))
      await log.relocate(path, () => this.#swap(move, path))
      logger.info({ topic, partition, path }, 'partition moved')
    } catch (error) {
      this.#failed(move, error)
    } finally {
      cleaner.takeUp(log)
      if (this.#moves.get(log) === move) this.#moves.delete(log)
    }
  }

  /** Synchronous: nobody sees the log between its directories. */
  #swap({ log, target, relocation }: Move, path: string): void {
    const { disk, homes, checkpoints, directories, removeTreeSoon } = this.#options
    const source = homes.get(log)
    assert(source !== undefined && source !== target, 'a log moves from one directory to another')
    relocation.complete()
    homes.set(log, target)
    let retired: string | null = null
    try {
      onTarget(() => checkpoints.writeLogStarts(target))
      const old = { topic: log.topic, partition: log.partition, path: log.directory }
      retired = retireDirectory(old, 'delete', this.#options)
      disk.syncDirectory(source.path)
      onTarget(() => disk.rename(relocation.directory, path))
    } catch (error) {
      homes.set(log, source)
      if (retired !== null) disk.rename(retired, log.directory)
      throw error
    }
    const replaced = retired
    // The old files go when the new ones have their name for good.
    directories.names.sync(path).then(
      () => removeTreeSoon(replaced),
      (error: unknown) => {
        this.#options.logger.warn({ path, error: String(error) }, 'move could not be synced')
      },
    )
  }

  #failed({ log, target, relocation }: Move, error: unknown): void {
    if (error instanceof AssertionFailure) return this.#options.onBug(error)
    // What stops with the broker goes on with it.
    if (this.#isStopped) return
    if (error instanceof RelocationStopped) return this.#removeTree(relocation.directory)
    const { topic, partition } = log
    const cause = error instanceof TargetTrouble ? error.cause : error
    const fields = { topic, partition, to: target.path, error: String(cause) }
    this.#options.logger.error(fields, 'partition could not be moved, it stays where it is')
    const failed = error instanceof TargetTrouble ? target : this.#options.homes.get(log)
    const isForGood = diskErrorCode(cause) !== 'UNKNOWN' && !isPassingTrouble(cause)
    if (failed !== undefined && isForGood) this.#options.onFailed(failed, cause)
    if (failed !== target || !isForGood) this.#removeTree(relocation.directory)
  }

  #removeTree(path: string): void {
    const { disk, logger } = this.#options
    disk.removeTreeLater(path).catch((error: unknown) => {
      logger.warn({ path, error: String(error) }, 'unfinished copy could not be removed')
    })
  }
}
