// Sends all metrics to a collector every so often, and once more when the broker stops. A collector that
// is away costs a line in the log, and the metrics of that time.
import { AssertionFailure } from '../base/assert.ts'
import { version } from '../base/version.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Cancel } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { PostBytes } from '../io/post-bytes.ts'
import type { MonitoredBroker } from './metric.ts'
import { allMetrics } from './metrics.ts'
import { OtlpBatches } from './otlp.ts'
import { readMetrics } from './reading.ts'

const path = '/v1/metrics'
/** Of some 200 bytes each: requests stay well below what collectors take. */
const batchSamplesMax = 5000
/** A stop waits no longer for the collector. */
const lastPushMsMax = 3000

export interface OtlpExporterOptions {
  readonly broker: MonitoredBroker
  readonly post: PostBytes
  readonly logger: Logger
  readonly onBug: (error: unknown) => void
}

export class OtlpExporter {
  readonly #options: OtlpExporterOptions
  readonly #stopped = new AbortController()
  #cancel: Cancel = () => undefined
  #isFailing = false
  #isStopping = false

  constructor(options: OtlpExporterOptions) {
    this.#options = options
  }

  /** Begins to send, if there is somebody to send to. */
  start(): void {
    const { clock, config } = this.#options.broker.services
    const { ottlaOtlpEndpoint: endpoint } = config
    if (endpoint === null || this.#isStopping) return
    this.#cancel = clock.after(config.ottlaOtlpIntervalMs, () => {
      void this.push(endpoint).finally(() => this.start())
    })
  }

  /** Sends what was counted since the last time, and no more from then on. Never rejects. */
  async close(): Promise<void> {
    const { clock, config } = this.#options.broker.services
    const { ottlaOtlpEndpoint: endpoint } = config
    const isFirst = !this.#isStopping
    this.#isStopping = true
    this.#cancel()
    if (endpoint !== null && isFirst) {
      const cancel = clock.after(lastPushMsMax, () => this.#stopped.abort())
      await this.push(endpoint)
      cancel()
    }
    this.#stopped.abort()
  }

  /** Ends at once. */
  stop(): void {
    this.#isStopping = true
    this.#cancel()
    this.#stopped.abort()
  }

  /** Sends everything once. Never rejects: trouble is told to the log. */
  async push(endpoint: string): Promise<void> {
    try {
      await this.#send(endpoint)
      if (this.#isFailing) this.#log('info', { endpoint }, 'metrics are sent again')
      this.#isFailing = false
    } catch (error) {
      if (error instanceof AssertionFailure) this.#options.onBug(error)
      if (this.#stopped.signal.aborted) return
      const reason = error instanceof Error ? reasonOf(error) : String(error)
      // Once is enough until it works again.
      const level = this.#isFailing ? 'debug' : 'warn'
      this.#isFailing = true
      this.#log(level, { endpoint, reason }, 'metrics could not be sent (ottla.otlp.endpoint)')
    }
  }

  async #send(endpoint: string): Promise<void> {
    const { broker, post } = this.#options
    const { services, startedAtMs } = broker
    const { clock, catalog, config } = services
    const url = collectorUrl(endpoint)
    const headers = { ...headersOf(config), 'content-type': 'application/json' }
    const batches = new OtlpBatches({
      resource: {
        'service.name': 'ottla',
        'service.version': version,
        'service.instance.id': `${catalog.clusterId}/${catalog.nodeId}`,
      },
      scope: { name: 'ottla', version },
      startedAtMs,
      nowMs: clock.nowMs(),
      batchSamplesMax,
      send: async (body) => {
        const status = await post(url, { headers, body, signal: this.#stopped.signal })
        if (status < 200 || status > 299) throw new Error(`the collector answered ${status}`)
      },
    })
    await readMetrics(allMetrics, broker, batches)
    await batches.flush()
  }

  #log(level: 'debug' | 'info' | 'warn', fields: Record<string, string>, event: string): void {
    this.#options.logger[level](fields, event)
  }
}

/** The base URL, as OpenTelemetry's own settings have it, or the whole one. */
function collectorUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '')
  return base.endsWith(path) ? base : base + path
}

/** name=value between commas, as in OTEL_EXPORTER_OTLP_HEADERS. */
function headersOf({ ottlaOtlpHeaders }: BrokerConfig): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of (ottlaOtlpHeaders ?? '').split(',')) {
    const at = pair.indexOf('=')
    if (at > 0) headers[pair.slice(0, at).trim()] = pair.slice(at + 1).trim()
  }
  return headers
}

/** Node's fetch says "fetch failed", and why in the cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
