// Whether a partition's log is in service: what a refusal of the disk means for it, and what its
// callers are told.
import { AssertionFailure } from '../base/assert.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { isPassingTrouble, storageError } from './disk-trouble.ts'

interface NamedLog {
  readonly topic: string
  readonly partition: number
}

export class LogHealth {
  readonly #log: NamedLog
  readonly #logger: Logger
  readonly #onOffline: (error: unknown) => void
  #state: 'online' | 'closing' | 'offline' | 'closed' = 'online'

  /** `onOffline` is called once, when the disk takes the log out of service. */
  constructor(log: NamedLog, logger: Logger, onOffline: (error: unknown) => void) {
    this.#log = log
    this.#logger = logger
    this.#onOffline = onOffline
  }

  get #name(): string {
    return `${this.#log.topic}-${this.#log.partition}`
  }

  get isOnline(): boolean {
    return this.#state === 'online' || this.#state === 'closing'
  }

  /** Closed or deleted, which is no trouble of the disk. */
  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  requireOnline(): void {
    if (this.isOnline) return
    throw storageError(`${this.#name} is ${this.#state}`)
  }

  /** For appends: what comes once the log is being closed would not be on the device with the rest. */
  requireOpen(): void {
    if (this.#state === 'online') return
    throw storageError(`${this.#name} is ${this.#state}`)
  }

  /** Refuses appends from now on; what was taken can still be synced. */
  beginClose(): void {
    if (this.#state === 'online') this.#state = 'closing'
  }

  /** Takes the log out of service: appends and reads are refused until a restart. */
  goOffline(error: unknown): KafkaError {
    const code = diskErrorCode(error)
    if (this.isOnline) {
      this.#state = 'offline'
      const { topic, partition } = this.#log
      const fields = { topic, partition, code, error: String(error) }
      this.#logger.error(fields, 'partition offline: its disk refused')
      this.#onOffline(error)
    }
    return storageError(`${this.#name} is offline: ${code}`, error)
  }

  /** What a failed call is to its caller: offline unless the trouble may pass. */
  failed(error: unknown): Error {
    if (error instanceof KafkaError || error instanceof AssertionFailure) return error
    return isPassingTrouble(error) ? this.refused(error) : this.goOffline(error)
  }

  /** The answer to who met trouble that may pass. */
  refused(error: unknown): KafkaError {
    return storageError(`${this.#name}: ${diskErrorCode(error)}`, error)
  }

  close(): void {
    if (this.isOnline) this.#state = 'closed'
  }
}
