// The broker: its core with the network in front. Starts and stops both in order, and ends at once on a bug.
import { AssertionFailure } from './base/assert.ts'
import { StorageLost } from './base/storage-lost.ts'
import { openBrokerCore } from './broker-core.ts'
import type { BrokerCore, BrokerOptions } from './broker-core.ts'
import { servedApis } from './handlers/index.ts'
import { httpAccessOn } from './http/access.ts'
import { HttpServer } from './http/server.ts'
import { fetchText } from './io/fetch-text.ts'
import { limitRepeats } from './io/limited-logger.ts'
import { Loggers } from './io/loggers.ts'
import { SystemProcessMonitor } from './io/process-facts.ts'
import { postBytes } from './io/post-bytes.ts'
import type { ProcessMonitor } from './io/process-facts.ts'
import type { MonitoredBroker } from './monitoring/metric.ts'
import { OtlpExporter } from './monitoring/otlp-exporter.ts'
import { UnreadAges } from './monitoring/unread-ages.ts'
import { readHostFacts } from './network/advertised.ts'
import { Dispatcher } from './network/dispatcher.ts'
import { Network } from './network/listener.ts'
import { liveConnectionQuotas } from './security/live-quotas.ts'
import { SaslMechanisms } from './security/sasl-mechanisms.ts'

export type { BrokerOptions } from './broker-core.ts'

export class Broker {
  /** Settles when the broker has stopped; rejects when a bug of ours stopped it. */
  readonly closed: Promise<void>
  readonly #options: BrokerOptions
  readonly #loggers: Loggers
  #core: BrokerCore | null = null
  #network: Network | null = null
  #http: HttpServer | null = null
  #process: ProcessMonitor | null = null
  #monitored: MonitoredBroker | null = null
  #otlp: OtlpExporter | null = null
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'
  #resolveClosed: () => void = () => undefined
  #rejectClosed: (error: unknown) => void = () => undefined

  constructor(options: BrokerOptions) {
    this.#options = options
    this.#loggers = options.loggers ?? new Loggers(options.logger)
    this.closed = new Promise((resolve, reject) => {
      this.#resolveClosed = resolve
      this.#rejectClosed = reject
    })
    // Whoever does not watch `closed` still learns of a failure from the log.
    this.closed.catch(() => undefined)
  }

  /**
   * Opens the data directory and listens; the first request of a client succeeds afterwards.
   * @throws StartupRefused: the configuration or the data directory cannot be used.
   */
  async start(): Promise<{ readonly addresses: readonly string[] }> {
    const { clock, disk, logger, random } = this.#options
    const onBug = (error: unknown) => this.#onBug(error)
    const http = this.#openHttp(onBug)
    // Before the data is open, so that a long recovery can be told from a broker that hangs.
    const httpAddresses = await http.listen(this.#options.config.httpListeners)
    const core = await this.#openCore(onBug)
    const strangers = limitRepeats(this.#loggers.of('ottla.network'), () => clock.monotonicMs())
    const processor = new Dispatcher({
      apis: servedApis,
      broker: core.services,
      clock,
      logger: strangers,
      onBug,
    })
    const network = new Network({
      get config() {
        return core.services.config
      },
      clock,
      logger: strangers,
      host: readHostFacts(disk),
      processor,
      http: {
        isOpen: (listener) => httpAccessOn(listener, core.services.config) !== null,
        enter: (stream, listener) => {
          http.take(stream, httpAccessOn(listener, core.services.config) ?? 'health')
        },
      },
      connectionQuotas: liveConnectionQuotas(core.services.catalog, core.services.config),
      readFile: (path) => disk.readFile(path),
      sasl: new SaslMechanisms({
        credentials: core.services.catalog.image.credentials,
        tokenSecret: () => core.services.config.delegationTokenSecretKey,
        clock,
        random,
        fetchText,
        logger: this.#loggers.of('ottla.security'),
      }),
    })
    this.#core = core
    this.#network = network
    this.#monitor(core, network, onBug)
    try {
      await network.listen()
    } catch (error) {
      await this.stop()
      throw error
    }
    core.storage.startBackground()
    this.#phase = 'serving'
    this.#otlp?.start()
    if (httpAddresses.length > 0) logger.info({ addresses: httpAddresses }, 'HTTP is answered')
    return { addresses: network.addresses }
  }

  #openHttp(onBug: (error: unknown) => void): HttpServer {
    const { config, clock } = this.#options
    const logger = this.#loggers.of('ottla.http')
    const current = () => this.#core?.services.config ?? config
    const broker = () => this.#monitored
    this.#http = new HttpServer({ config: current, broker, clock, logger, onBug })
    return this.#http
  }

  async #openCore(onBug: (error: unknown) => void): Promise<BrokerCore> {
    try {
      return await openBrokerCore({ ...this.#options, loggers: this.#loggers }, onBug)
    } catch (error) {
      this.#http?.close()
      throw error
    }
  }

  #monitor(core: BrokerCore, network: Network, onBug: (error: unknown) => void): void {
    const monitor = new SystemProcessMonitor()
    this.#process = monitor
    const broker: MonitoredBroker = {
      services: core.services,
      listeners: () => network.facts(),
      process: () => monitor.facts(),
      ages: new UnreadAges(),
      startedAtMs: this.#options.clock.nowMs(),
      phase: () => this.#phase,
    }
    this.#monitored = broker
    this.#otlp = new OtlpExporter({
      broker,
      post: postBytes,
      logger: this.#loggers.of('ottla.metrics'),
      onBug,
    })
  }

  /** Stops accepting, answers what is in flight, flushes, and marks the shutdown as clean. */
  async stop(): Promise<void> {
    const [core, network] = [this.#core, this.#network]
    this.#core = null
    if (core === null || network === null) return
    this.#phase = 'stopping'
    // Parked joins and syncs are answered before the connections drain.
    core.services.groups.close()
    await network.close()
    await this.#otlp?.close()
    await core.close()
    this.#endMonitoring()
    this.#resolveClosed()
  }

  #endMonitoring(): void {
    this.#otlp?.stop()
    this.#http?.close()
    this.#process?.stop()
    this.#monitored = null
  }

  /**
   * A broken invariant, or the loss of all storage, stops the broker without the clean-shutdown
   * marker, so that the next start recovers.
   */
  #onBug(error: unknown): void {
    const isLost = error instanceof StorageLost
    const detail = error instanceof Error && !isLost ? error.stack : String(error)
    this.#options.logger.error({ error: detail }, isLost ? 'storage lost' : 'the broker met a bug')
    if (!(error instanceof AssertionFailure || isLost) || this.#core === null) return
    this.#core.abandon()
    this.#core = null
    this.#endMonitoring()
    void this.#network?.close()
    this.#rejectClosed(error)
  }
}
