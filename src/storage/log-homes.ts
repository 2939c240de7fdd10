// In which log directory each log lies.
import { assert } from '../base/assert.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import type { PartitionLog } from '../log/partition-log.ts'

export class LogHomes {
  readonly #homes = new Map<PartitionLog, LogDirectory>()
  readonly #counts = new Map<LogDirectory, number>()
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

  /** How many logs lie in the directory. */
  countIn(directory: LogDirectory): number {
    return this.#counts.get(directory) ?? 0
  }

  set(log: PartitionLog, directory: LogDirectory): void {
    this.#count(this.#homes.get(log), -1)
    this.#homes.set(log, directory)
    this.#count(directory, 1)
    this.#onPlaced(log, directory)
  }

  delete(log: PartitionLog): void {
    this.#count(this.#homes.get(log), -1)
    this.#homes.delete(log)
  }

  #count(directory: LogDirectory | undefined, change: 1 | -1): void {
    if (directory === undefined) return
    const count = this.countIn(directory) + change
    assert(count >= 0, 'no log leaves where it did not lie')
    this.#counts.set(directory, count)
  }
}
