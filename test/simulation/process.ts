// One life of the broker's process in a simulated world: the whole broker without sockets, on the world's
// disk and time. Its death takes its timers and everything it has not yet answered along.
import { openBrokerCore } from '../../src/broker-core.ts'
import type { BrokerCore } from '../../src/broker-core.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import { servedApis } from '../../src/handlers/index.ts'
import type { Outcome } from '../../src/handlers/served-api.ts'
import type { Cancel, Clock } from '../../src/io/clock.ts'
import type { Disk } from '../../src/io/disk.ts'
import { silentLogger } from '../../src/io/logger.ts'
import type { Logger } from '../../src/io/logger.ts'
import type { Random } from '../../src/io/random.ts'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { Dispatcher } from '../../src/network/dispatcher.ts'
import type { SimClock } from '../../src/testing/sim-clock.ts'
import type { SimDisk } from '../../src/testing/sim-disk.ts'
import type { SimConnection } from '../support/sim-broker.ts'

/** The world's clock as one process sees it: its timers die with it. */
class ProcessClock implements Clock {
  readonly #clock: SimClock
  readonly #timers = new Set<Cancel>()
  #isDead = false

  constructor(clock: SimClock) {
    this.#clock = clock
  }

  nowMs(): number {
    return this.#clock.nowMs()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  after(delayMs: number, run: () => void): Cancel {
    if (this.#isDead) return () => undefined
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      run()
    })
    this.#timers.add(cancel)
    return () => {
      this.#timers.delete(cancel)
      cancel()
    }
  }

  die(): void {
    this.#isDead = true
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }
}

/** Where a partition's log begins and ends, and what of it is on the device for sure. */
export interface LogExtent {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  readonly startOffset: number
  readonly endOffset: number
  readonly recoveryPoint: number
}

export interface ProcessOptions {
  readonly clock: SimClock
  readonly disk: SimDisk
  readonly random: Random
  readonly settings: Readonly<Record<string, string>>
  readonly onBug: (error: unknown) => void
  /** Told of what the broker logs as an error. */
  readonly onErrorLogged: (text: string) => void
  /** What the broker sees of the disk; a test that plants a bug puts itself in between. */
  readonly disguise?: (disk: SimDisk, clock: Clock) => Disk
}

export class SimProcess {
  readonly disk: SimDisk
  readonly #core: BrokerCore
  readonly #clock: ProcessClock
  readonly #dispatcher: Dispatcher
  #isDead = false
  /** As they were when it was asked to stop and had finished its work. */
  lastExtents: readonly LogExtent[] = []

  private constructor(options: ProcessOptions, core: BrokerCore, clock: ProcessClock) {
    this.disk = options.disk
    this.#core = core
    this.#clock = clock
    this.#dispatcher = new Dispatcher({
      apis: servedApis,
      broker: core.services,
      clock,
      logger: silentLogger,
      onBug: options.onBug,
    })
  }

  /** Starts the broker on what the disk holds. */
  static async start(options: ProcessOptions): Promise<SimProcess> {
    const clock = new ProcessClock(options.clock)
    const { disk, random, settings, onBug, onErrorLogged, disguise } = options
    const config = brokerConfigWith({ 'log.dirs': '/data', ...settings })
    const seen = disguise?.(disk, clock) ?? disk
    const world = { config, clock, disk: seen, random, logger: errorLogger(onErrorLogged) }
    try {
      const core = await openBrokerCore(world, onBug)
      core.storage.startBackground()
      return new SimProcess(options, core, clock)
    } catch (error) {
      clock.die()
      throw error
    }
  }

  get isDead(): boolean {
    return this.#isDead
  }

  begin(frame: Buffer, connection: SimConnection): Outcome | Promise<Outcome> {
    return this.#dispatcher.begin(frame, connection)
  }

  /** Every partition's log, as it is now. */
  extents(): LogExtent[] {
    const logs = this.#core.storage.logDirectories().flatMap(({ partitions }) => partitions)
    return logs.flatMap((log) => {
      if (!(log instanceof PartitionLog)) return []
      const { topic, partition, topicId, logStartOffset, logEndOffset, recoveryPoint } = log
      const range = { startOffset: logStartOffset, endOffset: logEndOffset, recoveryPoint }
      return [{ topic, partition, topicId, ...range }]
    })
  }

  /** From here on nothing of it reaches the world; its disk must refuse it by now. */
  die(): void {
    this.#isDead = true
    this.#clock.die()
  }

  /** Ends as on SIGTERM. */
  async stop(): Promise<void> {
    this.lastExtents = this.extents()
    try {
      await this.#core.close()
    } finally {
      this.#isDead = true
      this.#clock.die()
    }
  }
}

/** Says nothing but errors. */
function errorLogger(say: (text: string) => void): Logger {
  const logger: Logger = {
    ...silentLogger,
    error: (fields, message) => say(`${message} ${JSON.stringify(fields)}`),
    child: () => logger,
  }
  return logger
}
