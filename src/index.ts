// The broker inside a program of your own: `import { createBroker } from 'ottla'`. Reads neither the
// environment nor a file; what is not given has its default.
import { Broker } from './broker.ts'
import { brokerConfig } from './config/broker-config.ts'
import type { ProvidedValue } from './config/broker-config.ts'
import { SystemClock } from './io/clock.ts'
import { createLogger } from './io/logger.ts'
import type { Logger } from './io/logger.ts'
import { SystemRandom } from './io/random.ts'
import { SystemDisk } from './io/system-disk.ts'

export type { Logger } from './io/logger.ts'

export interface EmbeddedBrokerOptions {
  /**
   * Kafka's keys and Ottla's, as in server.properties: `{ listeners: 'PLAINTEXT://localhost:0' }`.
   * Port 0 lets the system choose; `start` tells which.
   */
  readonly config?: Readonly<Record<string, string>>
  /** Where the broker's log lines go. Without it: pino on stderr, at `ottla.log.level`. */
  readonly logger?: Logger
}

export interface EmbeddedBroker {
  /**
   * Opens the data directory and listens. Resolves to host:port of everything that is listened on,
   * when a client's first request will be answered. Rejects with the reason when the data directory
   * or an address cannot be had.
   */
  start(): Promise<{ readonly addresses: readonly string[] }>
  /** Answers what is in flight, flushes, marks the shutdown as clean. */
  close(): Promise<void>
  /** Resolves when the broker has closed; rejects when a bug stopped it. */
  readonly closed: Promise<void>
}

/**
 * A broker that is not started yet.
 * @throws Error naming each key whose value cannot be obeyed, and why.
 */
export function createBroker(options: EmbeddedBrokerOptions = {}): EmbeddedBroker {
  const provided = new Map<string, ProvidedValue>()
  for (const [key, value] of Object.entries(options.config ?? {}))
    provided.set(key, { value, origin: 'createBroker' })
  const config = brokerConfig(provided)
  const { ottlaLogLevel: level, ottlaLogFormat: format } = config
  const broker = new Broker({
    config,
    logger: options.logger ?? createLogger({ level, format }),
    clock: new SystemClock(),
    disk: new SystemDisk(),
    random: new SystemRandom(),
  })
  return {
    start: () => broker.start(),
    close: () => broker.stop(),
    closed: broker.closed,
  }
}
