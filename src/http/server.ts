// HTTP over connections of any origin: of ports of its own, and of Kafka's ports when their first bytes
// say so. Bounds what a visitor may send, and how long an exchange may take.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { StartupRefused, addressTaken } from '../base/startup-refused.ts'
import { KiB, secondMs } from '../base/units.ts'
import type { HttpListener } from '../config/broker-config.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { HttpApp } from './app.ts'
import type { HttpAccess, HttpAppOptions } from './app.ts'

export interface HttpServerOptions extends HttpAppOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly onBug: (error: unknown) => void
}

const headerBytesMax = 8 * KiB
const headerCountMax = 64
/** From the first byte of a request to the last of its answer. */
const exchangeTimeoutMs = 30 * secondMs
const keepAliveMs = 5 * secondMs
const connectionsMax = 256
/** The address family is not there: an IPv4-only machine, say. */
const absentAddressCodes = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #app: HttpApp
  /** Never listens: it is given connections. */
  readonly #guest: Server
  readonly #guests = new Set<Duplex>()
  readonly #access = new WeakMap<object, HttpAccess>()
  readonly #servers: Server[] = []

  constructor(options: HttpServerOptions) {
    this.#options = options
    this.#app = new HttpApp(options)
    this.#guest = this.#create()
  }

  /** Answers HTTP on a connection that somebody else has accepted; one request, then it is closed. */
  take(stream: Duplex, access: HttpAccess): void {
    if (this.#guests.size >= connectionsMax) {
      stream.destroy()
      return
    }
    this.#guests.add(stream)
    this.#access.set(stream, access)
    const cancel = this.#options.clock.after(exchangeTimeoutMs, () => stream.destroy())
    stream.once('close', () => {
      cancel()
      this.#guests.delete(stream)
    })
    stream.on('error', () => stream.destroy())
    // The answer is with the kernel: nobody waits for a visitor who keeps his side open.
    stream.once('finish', () => stream.destroy())
    this.#guest.emit('connection', stream)
  }

  /** Listens on addresses of its own. @throws StartupRefused (exit 1) when one cannot be had. */
  async listen(listeners: readonly HttpListener[]): Promise<readonly string[]> {
    const addresses: string[] = []
    for (const listener of listeners) {
      let { port } = listener
      for (const host of listener.hosts) {
        try {
          port = await this.#bind(host, port)
          addresses.push(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)
        } catch (error) {
          const code = error instanceof Error && 'code' in error ? String(error.code) : ''
          const isOptional = listener.hosts.length > 1 && absentAddressCodes.includes(code)
          if (isOptional) continue
          this.close()
          if (code === 'EADDRINUSE') throw addressTaken(`${host}:${port}`)
          const reason = error instanceof Error ? error.message : String(error)
          const message = `ottla.http.listeners=${listener.text}: cannot listen: ${reason}`
          throw new StartupRefused(1, message, { cause: error })
        }
      }
    }
    return addresses
  }

  /** Ends everything at once. */
  close(): void {
    for (const stream of this.#guests) stream.destroy()
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
  }

  async #bind(host: string, port: number): Promise<number> {
    const server = this.#create()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, ipv6Only: host.includes(':') }, resolve)
    })
    server.on('error', (error) =>
      this.#options.logger.error({ reason: error.message }, 'accepting failed'),
    )
    this.#servers.push(server)
    const bound = server.address()
    return bound !== null && typeof bound === 'object' ? bound.port : port
  }

  #create(): Server {
    const limits = {
      maxHeaderSize: headerBytesMax,
      headersTimeout: exchangeTimeoutMs,
      requestTimeout: exchangeTimeoutMs,
      keepAliveTimeout: keepAliveMs,
    }
    const server = createServer(limits, (request, response) => this.#answer(request, response))
    server.maxHeadersCount = headerCountMax
    server.maxConnections = connectionsMax
    server.on('clientError', (_error, stream) => {
      if (stream.writable) stream.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    })
    return server
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const guestAccess = this.#access.get(request.socket)
    // A body is read by nobody: what is sent in spite of that ends with the connection.
    const hasBody =
      request.headers['content-length'] !== undefined ||
      request.headers['transfer-encoding'] !== undefined
    if (guestAccess !== undefined || hasBody) response.shouldKeepAlive = false
    this.#app.handle(request, response, guestAccess ?? 'full').catch((error: unknown) => {
      request.socket.destroy()
      this.#options.onBug(error)
    })
  }
}
