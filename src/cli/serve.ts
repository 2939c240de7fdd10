// `ottla start`: configuration → broker → ready line → signal → clean stop, and which exit code
// each end has. Knows the process only through its port, so that a test runs it without one.
import { StartupRefused } from '../base/startup-refused.ts'
import { StorageLost } from '../base/storage-lost.ts'
import { version } from '../base/version.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { loadConfig } from '../config/load.ts'
import type { Clock } from '../io/clock.ts'
import type { LogFields, Logger } from '../io/logger.ts'
import type { StartCommand } from './flags.ts'
import { readSources } from './read-sources.ts'

export const exitCodes = { clean: 0, storageLost: 2, internalError: 70, impatient: 130 } as const

/** Signals closer together than this count as one. */
const repeatedSignalMs = 1000

/** What serving needs of a broker. */
export interface RunnableBroker {
  /** Resolves when a client's first request will be answered. @throws StartupRefused */
  start(): Promise<{ readonly addresses: readonly string[] }>
  /** Finishes what is in flight, flushes, marks the shutdown as clean. */
  stop(): Promise<void>
  /** Rejects when the broker fails after its start. */
  readonly closed: Promise<void>
}

/** The process and the parts of the broker, as serving sees them. */
export interface ServeHost {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** The text of a file. Errors are Node's. */
  readonly readText: (path: string) => string
  readonly createLogger: (config: BrokerConfig) => Logger
  readonly createBroker: (config: BrokerConfig, logger: Logger) => Promise<RunnableBroker>
  readonly writeOut: (text: string) => void
  readonly writeError: (text: string) => void
  /** Ends the process now. */
  readonly exit: (code: number) => void
  /** Calls back for every SIGTERM and SIGINT, with its name. */
  readonly onSignal: (run: (signal: string) => void) => void
  /** Calls back for an error that nobody caught. */
  readonly onUncaught: (run: (error: unknown) => void) => void
  /** Calls back when nothing is left that could ever happen in this process. */
  readonly onDrained: (run: () => void) => void
}

/** Serves until a signal or a failure; ends by `host.exit`. */
export async function serve(command: StartCommand, host: ServeHost): Promise<void> {
  const run = new Run(host)
  host.onUncaught((error) => run.fail(error))
  host.onDrained(() => run.fail(new Error('nothing is left to do, and the broker has not stopped')))
  try {
    const { config, notices } = loadConfig(readSources(command, host))
    const logger = host.createLogger(config)
    run.logger = logger
    logger.info(startFacts(config), 'starting')
    for (const { level, fields, event } of notices) logger[level](fields, event)
    const broker = await host.createBroker(config, logger)
    host.onSignal((signal) => run.stop(broker, signal))
    broker.closed.catch((error: unknown) => run.fail(error))
    const { addresses } = await broker.start()
    if (!run.ending)
      host.writeOut(readyLine(config, addresses, Math.round(host.clock.monotonicMs())))
  } catch (error) {
    run.fail(error)
  }
}

/** What a reader of the log asks first. */
function startFacts(config: BrokerConfig): LogFields {
  return {
    version,
    node: process.version,
    nodeId: config.nodeId,
    listeners: config.listeners.map(({ text }) => text),
    logDirs: config.logDirs,
    durability: config.ottlaDurability,
  }
}

/**
 * The one line on stdout that says that the broker serves; `elapsedMs` counts from the start of
 * the process.
 */
export function readyLine(
  config: Pick<BrokerConfig, 'ottlaLogFormat'>,
  addresses: readonly string[],
  elapsedMs: number,
): string {
  if (config.ottlaLogFormat === 'json') {
    return `${JSON.stringify({ event: 'ready', addresses, ms: elapsedMs })}\n`
  }
  return `ottla ready on ${addresses.join(', ')} in ${elapsedMs} ms\n`
}

/** One run of the broker: it ends once, whatever comes first. */
class Run {
  logger: Logger | null = null
  ending = false
  readonly #host: ServeHost
  #stoppedAtMs = 0

  constructor(host: ServeHost) {
    this.#host = host
  }

  /**
   * The first signal stops cleanly, a later one at once. npm passes on a signal that the terminal has sent to both of
   * us: what follows within a moment is the same wish.
   */
  stop(broker: RunnableBroker, signal: string): void {
    const nowMs = this.#host.clock.monotonicMs()
    if (this.ending) {
      if (nowMs - this.#stoppedAtMs >= repeatedSignalMs) this.#host.exit(exitCodes.impatient)
      return
    }
    this.ending = true
    this.#stoppedAtMs = nowMs
    this.logger?.info({ signal }, 'stopping')
    broker.stop().then(
      () => {
        this.logger?.info({}, 'stopped')
        this.#host.exit(exitCodes.clean)
      },
      (error: unknown) => this.fail(error),
    )
  }

  /** Without a clean stop: what is on disk is recovered at the next start. */
  fail(error: unknown): void {
    this.ending = true
    if (error instanceof StartupRefused) {
      this.#host.writeError(`ottla: ${error.message}\n`)
      this.#host.exit(error.exitCode)
      return
    }
    if (error instanceof StorageLost) {
      this.#host.writeError(`ottla: ${error.message}\n`)
      this.#host.exit(exitCodes.storageLost)
      return
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (this.logger === null) this.#host.writeError(`ottla: internal error: ${detail}\n`)
    else this.logger.error({ error: detail }, 'internal error, the broker stops at once')
    this.#host.exit(exitCodes.internalError)
  }
}
