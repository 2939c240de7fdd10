// What a partition's log needs of the engine that it belongs to, who it is there, and what it is
// made of.
import type { TopicId } from '../base/brands.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { LeaderEpochFile } from './leader-epoch-file.ts'
import type { LogHealth } from './log-health.ts'
import type { Durability } from './log-sync.ts'
import type { PartitionLog } from './partition-log.ts'
import type { ProducerJournal } from './producer-journal.ts'
import type { SegmentList } from './segment-list.ts'

/** Makes the names of partitions' directories durable; many share one sync of the directory above. */
export interface NameSyncs {
  /** What `sync` needs to know of a name that is there now, and was not before. */
  mark(directory: string): number
  /** Resolves when a sync that began after the mark was taken has succeeded; at once after one. */
  sync(directory: string, mark: number): Promise<void>
}

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
  readonly directoryNames: NameSyncs
  /** Told of a broken invariant where no caller waits for the outcome. */
  readonly onBug: (error: unknown) => void
  /** Called when the disk took the log out of service. */
  readonly onOffline: (log: PartitionLog, error: unknown) => void
  /** Has it checkpointed that the log is about to begin at `offset`. */
  readonly keepLogStart: (log: PartitionLog, offset: number) => MaybePromise<void>
}

export interface LogIdentity {
  readonly topic: string
  readonly partition: number
  readonly topicId: TopicId
  readonly leaderEpoch: number
  /** The partition's own directory. */
  readonly directory: string
}

/** What a log is made of; shared by those who look after one side of it. */
export interface LogParts {
  readonly segments: SegmentList
  readonly epochs: LeaderEpochFile
  readonly producers: ProducerJournal
  readonly health: LogHealth
}
