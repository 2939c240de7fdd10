// The pages that the broker answers HTTP with: health, metrics, status. Reads and changes nothing, and
// shows no records.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BrokerConfig } from '../config/broker-config.ts'
import { contentTypes, exposeMetrics } from '../monitoring/exposition.ts'
import type { ExpositionFormat } from '../monitoring/exposition.ts'
import type { MonitoredBroker } from '../monitoring/metric.ts'
import { allMetrics } from '../monitoring/metrics.ts'
import { refusalOf } from './guard.ts'
import { healthOf } from './health.ts'
import { statusPage } from './status-page.ts'

/** Which pages a visitor gets: all, or only whether the broker is well. */
export type HttpAccess = 'full' | 'health'

export interface HttpAppOptions {
  readonly config: () => BrokerConfig
  /** Null until the broker has opened its data. */
  readonly broker: () => MonitoredBroker | null
}

interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: readonly Buffer[]
}

const plainText = 'text/plain; charset=utf-8'
const json = 'application/json'
const html = 'text/html; charset=utf-8'

/** No script runs, nothing is loaded, nobody frames it. */
const securityHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

export class HttpApp {
  readonly #options: HttpAppOptions
  /** Pages of metrics that are being made: whoever asks meanwhile gets the same. */
  readonly #scrapes = new Map<ExpositionFormat, Promise<Buffer[]>>()

  constructor(options: HttpAppOptions) {
    this.#options = options
  }

  /** Answers one request. Never rejects for what the visitor has sent. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    access: HttpAccess,
  ): Promise<void> {
    const page = await this.#page(request, access)
    const byteLength = page.body.reduce((sum, piece) => sum + piece.length, 0)
    response.writeHead(page.status, {
      ...securityHeaders,
      ...(page.status === 405 ? { Allow: 'GET, HEAD' } : {}),
      'Content-Type': page.contentType,
      'Content-Length': byteLength,
    })
    if (request.method === 'HEAD') response.end()
    else await send(page.body, response)
  }

  async #page(request: IncomingMessage, access: HttpAccess): Promise<Page> {
    const { host, origin, 'sec-fetch-site': fetchSite } = request.headers
    const site = typeof fetchSite === 'string' ? fetchSite : undefined
    const refusal = refusalOf(
      { method: request.method, host, origin, fetchSite: site },
      this.#allowedHosts(),
    )
    if (refusal !== null) return text(refusal.status, refusal.reason)
    const broker = this.#options.broker()
    const [path] = (request.url ?? '/').split('?')
    if (path === '/health/live') return text(200, 'alive')
    if (path === '/health/ready' || path === '/health') return healthPage(broker)
    if (path !== '/' && path !== '/metrics') {
      return text(404, 'there are /, /metrics, /health/live and /health/ready')
    }
    if (access === 'health') {
      const remedy =
        'set ottla.http.on.kafka.port=on, or ottla.http.listeners for a port of its own'
      return text(403, `clients of this port must log in or have access rules: ${remedy}`)
    }
    if (broker === null) return text(503, 'the broker is starting')
    if (path === '/') return { status: 200, contentType: html, body: [statusPage(broker)] }
    return this.#metrics(broker, formatOf(request.headers.accept))
  }

  async #metrics(broker: MonitoredBroker, format: ExpositionFormat): Promise<Page> {
    let scrape = this.#scrapes.get(format)
    if (scrape === undefined) {
      scrape = exposeMetrics(allMetrics, broker, format).finally(() => this.#scrapes.delete(format))
      this.#scrapes.set(format, scrape)
    }
    return { status: 200, contentType: contentTypes[format], body: await scrape }
  }

  #allowedHosts(): ReadonlySet<string> {
    const { listeners, httpListeners, advertisedListeners, ottlaHttpAllowedHosts } =
      this.#options.config()
    const names = [
      ...[...listeners, ...httpListeners].flatMap(({ hosts }) => hosts),
      ...(advertisedListeners ?? []).map(({ host }) => host),
      ...ottlaHttpAllowedHosts,
    ]
    return new Set(names.map((name) => name.toLowerCase()))
  }
}

/** No faster than the visitor reads. */
async function send(body: readonly Buffer[], response: ServerResponse): Promise<void> {
  try {
    await pipeline(Readable.from(body), response)
  } catch (error) {
    // The visitor is gone: Node's own errors have a code.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

function healthPage(broker: MonitoredBroker | null): Page {
  const health = healthOf(broker)
  const body = Buffer.from(`${JSON.stringify(health)}\n`)
  return { status: health.ready ? 200 : 503, contentType: json, body: [body] }
}

function formatOf(accept: string | undefined): ExpositionFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'prometheus'
}

function text(status: number, line: string): Page {
  return { status, contentType: plainText, body: [Buffer.from(`${line}\n`)] }
}
