// Accepts connections on the broker's listeners and ends those that break a limit: too many, too
// many from one address, idle too long, or holding frame memory that others wait for.
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { limits } from '../base/limits.ts'
import { StartupRefused, addressTaken } from '../base/startup-refused.ts'
import { secondMs } from '../base/units.ts'
import type { BrokerConfig, Listener } from '../config/broker-config.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { advertisedEndpoint, plainAddress } from './advertised.ts'
import type { HostFacts } from './advertised.ts'
import { Connection } from './connection.ts'
import type { RequestProcessor } from './connection.ts'
import { FrameMemory } from './frame-memory.ts'
import { takeSocket } from './socket-intake.ts'

export interface NetworkOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly host: HostFacts
  readonly processor: RequestProcessor
}

const sweepIntervalMs = 1 * secondMs
const drainTimeoutMs = 1 * secondMs
/** The address family or the loopback address is not there: an IPv4-only machine, say. */
const absentAddressCodes = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

export class Network {
  readonly #options: NetworkOptions
  readonly #memory: FrameMemory
  readonly #servers: Server[] = []
  readonly #connections = new Set<Connection>()
  readonly #countByAddress = new Map<string, number>()
  readonly #addresses: string[] = []
  #nextConnectionId = 1
  #cancelSweep: Cancel = () => undefined
  #onLastClosed: () => void = () => undefined
  #memoryWaitSinceMs = -1
  #memoryTakenBytes = 0

  constructor(options: NetworkOptions) {
    this.#options = options
    this.#memory = new FrameMemory({ bytesMax: options.config.queuedMaxRequestBytes })
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** host:port of everything that is listened on. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** @throws StartupRefused (exit 1) when an address cannot be had. */
  async listen(): Promise<void> {
    for (const listener of this.#options.config.listeners) await this.#listenOn(listener)
    this.#sweepLater()
  }

  /** Stops accepting, lets requests in flight be answered for a moment, then closes all. */
  async close(): Promise<void> {
    this.#cancelSweep()
    for (const server of this.#servers) server.close()
    for (const connection of this.#connections) connection.drain()
    await this.#drained()
    for (const connection of this.#connections) connection.close()
  }

  /**
   * Resolves with the last connection, or when the time is over. The timer holds the process: a
   * connection that reads nothing, because its request is parked, does not.
   */
  #drained(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(drainTimeoutMs, resolve, 'hold-process')
      this.#onLastClosed = () => {
        cancel()
        resolve()
      }
    })
  }

  async #listenOn(listener: Listener): Promise<void> {
    let port = listener.port
    let boundCount = 0
    for (const host of listener.hosts) {
      try {
        port = await this.#bind(listener, host, port)
        boundCount += 1
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        const lastHope = boundCount === 0 && host === listener.hosts.at(-1)
        if (absentAddressCodes.includes(code) && !lastHope) continue
        const address = `${host}:${port}`
        if (code === 'EADDRINUSE') throw addressTaken(address)
        const reason = error instanceof Error ? error.message : String(error)
        const remedy =
          code === 'EACCES'
            ? 'Choose a port above 1023'
            : 'Name an address of this machine, localhost, or none for every interface'
        throw new StartupRefused(
          1,
          `listeners=${listener.text}: cannot listen on ${address}: ${reason}. ${remedy}`,
        )
      }
    }
  }

  /** Resolves to the port: the given one, or for 0 the one that the system chose. */
  async #bind(listener: Listener, host: string, port: number): Promise<number> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: false }, (socket) =>
      this.#accept(socket, listener),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(
        {
          host,
          port,
          backlog: this.#options.config.socketListenBacklogSize,
          ipv6Only: host.includes(':'),
        },
        resolve,
      )
    })
    server.on('error', (error) =>
      this.#options.logger.error({ reason: error.message }, 'accepting failed'),
    )
    this.#servers.push(server)
    const bound = server.address()
    const boundPort = bound !== null && typeof bound === 'object' ? bound.port : port
    this.#addresses.push(host.includes(':') ? `[${host}]:${boundPort}` : `${host}:${boundPort}`)
    return boundPort
  }

  #accept(accepted: Socket, listener: Listener): void {
    const { config, clock, logger } = this.#options
    const address = plainAddress(accepted.remoteAddress ?? 'unknown')
    const count = this.#countByAddress.get(address) ?? 0
    const perAddressMax =
      config.maxConnectionsPerIpOverrides.get(address) ?? config.maxConnectionsPerIp
    if (this.#connections.size >= config.maxConnections || count >= perAddressMax) {
      logger.warn(
        { client: address, connections: this.#connections.size, fromThisAddress: count },
        'connection refused: max.connections or max.connections.per.ip reached',
      )
      accepted.destroy()
      return
    }
    this.#countByAddress.set(address, count + 1)
    takeSocket(accepted, (socket) => {
      const connection = new Connection({
        connectionId: this.#nextConnectionId++,
        socket,
        listenerName: listener.name,
        advertised: advertisedEndpoint(config, listener.name, socket, this.#options.host),
        memory: this.#memory,
        frameBytesMax: config.socketRequestMaxBytes,
        processor: this.#options.processor,
        logger,
        nowMs: () => clock.monotonicMs(),
        onClosed: (closed) => this.#forget(closed, address),
      })
      this.#connections.add(connection)
      return connection
    })
  }

  #forget(connection: Connection, address: string): void {
    this.#connections.delete(connection)
    const count = this.#countByAddress.get(address) ?? 1
    if (count > 1) this.#countByAddress.set(address, count - 1)
    else this.#countByAddress.delete(address)
    if (this.#connections.size === 0) this.#onLastClosed()
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(sweepIntervalMs, () => {
      const nowMs = this.#options.clock.monotonicMs()
      this.#closeIdle(nowMs)
      this.#freeStalledMemory(nowMs)
      this.#sweepLater()
    })
  }

  #closeIdle(nowMs: number): void {
    const { connectionsMaxIdleMs } = this.#options.config
    if (connectionsMaxIdleMs < 0) return
    for (const connection of this.#connections) {
      if (connection.inFlightCount === 0 && nowMs - connection.lastActiveMs > connectionsMaxIdleMs)
        connection.close()
    }
  }

  /**
   * Frames that will never be whole could hold all frame memory for ever. When somebody waits and
   * nothing moved for a while, the peer that has been quiet longest loses its connection.
   */
  #freeStalledMemory(nowMs: number): void {
    const moved = this.#memory.takenBytes !== this.#memoryTakenBytes
    this.#memoryTakenBytes = this.#memory.takenBytes
    if (this.#memory.waiterCount === 0 || moved || this.#memoryWaitSinceMs < 0) {
      this.#memoryWaitSinceMs = this.#memory.waiterCount === 0 ? -1 : nowMs
      return
    }
    if (nowMs - this.#memoryWaitSinceMs < limits.requestMemoryStallMs) return
    let quietest: Connection | null = null
    for (const connection of this.#connections) {
      if (connection.partBytes === 0) continue
      if (quietest === null || connection.lastActiveMs < quietest.lastActiveMs)
        quietest = connection
    }
    if (quietest === null) return
    this.#options.logger.warn(
      { client: quietest.clientAddress, bytes: quietest.partBytes },
      'connection closed: its unfinished request held memory that others wait for (queued.max.request.bytes)',
    )
    quietest.close()
  }
}
