// Opens the logs that are there: with what the checkpoints say of them, and with a line now and then where
// there are many, or much of them must be verified.
import { KafkaError } from '../../protocol/errors.ts'
import { StartupRefused } from '../base/startup-refused.ts'
import { secondMs } from '../base/units.ts'
import { clusterMetadataTopic } from '../catalog/topic-names.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import type { OpenHints } from '../log/log-opening.ts'
import type { LogIdentity, LogSurroundings } from '../log/log-surroundings.ts'
import { PartitionLog } from '../log/partition-log.ts'
import { partitionDirectoryName } from '../log/segment-files.ts'
import type { DataDirectories, FoundPartition } from './data-directories.ts'
import type { PartitionSpec } from './engine.ts'
import { listSnapshots } from './metadata-snapshots.ts'

const sayEveryMs = 5 * secondMs

export class LogOpener {
  readonly #around: LogSurroundings
  readonly #directories: DataDirectories
  #openedCount = 0
  #saidMs: number

  constructor(around: LogSurroundings, directories: DataDirectories) {
    this.#around = around
    this.#directories = directories
    this.#saidMs = around.clock.monotonicMs()
  }

  /** Opens the log in its directory. @throws StartupRefused (2): its files cannot be what they say */
  open(found: FoundPartition, spec: PartitionSpec, config: TopicConfig): PartitionLog {
    const name = partitionDirectoryName(spec.topic, spec.partition)
    const { directory, path } = found
    const { recoveryPoints, logStarts } = this.#directories.checkpointsOf(directory)
    const hints = {
      wasClosedCleanly: directory.wasClosedCleanly,
      recoveryPoint: recoveryPoints.get(name) ?? 0,
      logStartOffset: logStarts.get(name) ?? 0,
      isIdentified: found.topicId !== null,
    }
    try {
      return this.#openAt({ ...spec, directory: path }, config, hints)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      throw new StartupRefused(2, `${path} cannot be opened: ${error.message}`, { cause: error })
    }
  }

  #openAt(identity: LogIdentity, config: TopicConfig, hints: OpenHints): PartitionLog {
    const log = PartitionLog.open(identity, config, this.#around, hints)
    if (identity.topic !== clusterMetadataTopic) return log
    const snapshot = listSnapshots(this.#around.disk, identity.directory).at(-1)
    if (snapshot === undefined || snapshot.endOffset <= log.logEndOffset) return log
    // A snapshot knows more than the log does: the log goes on behind it, as in Kafka.
    log.abandon()
    const logStartOffset = snapshot.endOffset
    return PartitionLog.open(identity, config, this.#around, { ...hints, logStartOffset })
  }

  /** Counts a log of the start: says how many there are so far, and how many are left to open. */
  noteStarted(leftCount: number): void {
    const { clock, logger } = this.#around
    this.#openedCount += 1
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#saidMs < sayEveryMs) return
    this.#saidMs = nowMs
    logger.info({ opened: this.#openedCount, left: leftCount }, 'logs are being opened')
  }
}
