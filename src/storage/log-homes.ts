// In which log directory each log lies.
import type { LogDirectory } from '../log/log-directory.ts'
import type { PartitionLog } from '../log/partition-log.ts'

export class LogHomes {
  readonly #homes = new Map<PartitionLog, LogDirectory>()
  readonly #onPlaced: (log: PartitionLog, directory: LogDirectory) => void

  /** `onPlaced` runs whenever a log lies somewhere new. */
  constructor(onPlaced: (log: PartitionLog, directory: LogDirectory) => void) {
    this.#onPlaced = onPlaced
  }

  /** Kept up to date. */
  get all(): ReadonlyMap<PartitionLog, LogDirectory> {
    return this.#homes
  }

  get(log: PartitionLog): LogDirectory | undefined {
    return this.#homes.get(log)
  }

  set(log: PartitionLog, directory: LogDirectory): void {
    this.#homes.set(log, directory)
    this.#onPlaced(log, directory)
  }

  delete(log: PartitionLog): void {
    this.#homes.delete(log)
  }
}
