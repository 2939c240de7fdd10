// Accepts connections on the broker's listeners, takes them through TLS and SASL where the listener asks
// for it, and ends those that break a limit: too many, too many from one address, not logged in in
// time, idle too long, or holding frame memory that others wait for.
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { limits } from '../base/limits.ts'
import { StartupRefused, addressTaken } from '../base/startup-refused.ts'
import { secondMs } from '../base/units.ts'
import type { BrokerConfig, Listener } from '../config/broker-config.ts'
import { listenerPrefix } from '../config/listener-security.ts'
import type { SaslSettings } from '../config/listener-security.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { ListenerTally } from '../metrics/listener-tally.ts'
import type { ListenerFacts } from '../monitoring/metric.ts'
import type { Arrival, ConnectionQuotas } from '../security/connection-quotas.ts'
import { LoginFailures } from '../security/login-failures.ts'
import type { SaslMechanisms } from '../security/sasl-mechanisms.ts'
import { TlsProblem } from '../security/tls-material.ts'
import type { ReadFile } from '../security/tls-material.ts'
import { AcceptQueue } from './accept-queue.ts'
import { AnswerTurns } from './answer-turns.ts'
import { advertisedEndpoint, plainAddress } from './advertised.ts'
import type { HostFacts } from './advertised.ts'
import { Connection, anonymous } from './connection.ts'
import type { RequestProcessor } from './connection.ts'
import { FirstBytes } from './first-bytes.ts'
import { FrameMemory } from './frame-memory.ts'
import { IdlePoll } from './idle-poll.ts'
import { PendingLogins } from './pending-logins.ts'
import type { PendingLimits, PendingLogin } from './pending-logins.ts'
import { SaslGate } from './sasl-gate.ts'
import { acceptFrom, descriptorOf } from './socket-intake.ts'
import type { Accepted, Intake } from './socket-intake.ts'
import { TlsEndpoint } from './tls-endpoint.ts'

export interface NetworkOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly host: HostFacts
  readonly processor: RequestProcessor
  readonly sasl: SaslMechanisms
  readonly readFile: ReadFile
  readonly connectionQuotas: ConnectionQuotas
  /** Answers those who speak HTTP; without it nobody does. */
  readonly http?: HttpDoor
}

/** Who answers HTTP on the ports of Kafka clients. */
export interface HttpDoor {
  /** Whether HTTP is spoken on the listener. */
  isOpen(listener: Listener): boolean
  enter(stream: Duplex, listener: Listener): void
}

const sweepIntervalMs = 1 * secondMs
const drainTimeoutMs = 1 * secondMs
/** The address family or the loopback address is not there: an IPv4-only machine, say. */
const absentAddressCodes = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

export class Network {
  readonly #options: NetworkOptions
  readonly #nowMs: () => number
  readonly #after: Clock['after']
  readonly #memory: FrameMemory
  readonly #turns = new AnswerTurns()
  readonly #idlePoll: IdlePoll
  readonly #servers: Server[] = []
  readonly #connections = new Set<Connection>()
  readonly #countByAddress = new Map<string, number>()
  readonly #countByListener = new Map<string, number>()
  readonly #acceptQueue: AcceptQueue
  readonly #pending = new PendingLogins()
  readonly #failures = new LoginFailures()
  readonly #tls = new Map<string, TlsEndpoint>()
  /** Accepted and not closed, those in a TLS handshake included. */
  #openCount = 0
  #tlsLookedAtMs = 0
  readonly #addresses: string[] = []
  /** By listener's name. */
  readonly #tallies = new Map<string, ListenerTally>()
  #nextConnectionId = 1
  #cancelSweep: Cancel = () => undefined
  #onLastClosed: () => void = () => undefined
  #memoryWaitSinceMs = -1
  #memoryTakenBytes = 0

  constructor(options: NetworkOptions) {
    this.#options = options
    const { connectionQuotas: quotas, clock } = options
    const backlogMax = () => options.config.socketListenBacklogSize
    this.#acceptQueue = new AcceptQueue({ quotas, clock, backlogMax })
    this.#nowMs = () => clock.monotonicMs()
    // A timer may run up to a millisecond early.
    this.#after = (delayMs, run) => clock.after(delayMs + 1, run)
    this.#idlePoll = new IdlePoll({ nowMs: this.#nowMs })
    this.#memory = new FrameMemory({ bytesMax: options.config.queuedMaxRequestBytes })
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Of every listener, in the order of the configuration. */
  facts(): ListenerFacts[] {
    const open = new Map<string, number>()
    for (const { listenerName } of this.#connections) {
      open.set(listenerName, (open.get(listenerName) ?? 0) + 1)
    }
    return this.#options.config.listeners.map(({ name, securityProtocol }) => ({
      name,
      securityProtocol,
      connectionCount: open.get(name) ?? 0,
      tally: this.#tally(name),
      certificate: this.#tls.get(name)?.certificate ?? null,
    }))
  }

  /** host:port of everything that is listened on. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** @throws StartupRefused (exit 1) when an address cannot be had. */
  async listen(): Promise<void> {
    const { listeners } = this.#options.config
    for (const listener of listeners) this.#prepareTls(listener)
    for (const listener of listeners) await this.#listenOn(listener)
    this.#tlsLookedAtMs = this.#options.clock.monotonicMs()
    this.#sweepLater()
  }

  /** Stops accepting, lets requests in flight be answered for a moment, then closes all. */
  async close(): Promise<void> {
    this.#cancelSweep()
    for (const server of this.#servers) server.close()
    this.#acceptQueue.close()
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

  #prepareTls(listener: Listener): void {
    const settings = listener.security.tls
    if (settings === null) return
    const { readFile, clock, logger } = this.#options
    const listenerName = listener.name
    try {
      const endpoint = new TlsEndpoint({
        ...{ listenerName, settings, readFile, clock, logger },
        tally: this.#tally(listenerName),
      })
      this.#tls.set(listenerName, endpoint)
    } catch (error) {
      if (!(error instanceof TlsProblem)) throw error
      const key = `${listenerPrefix(listenerName)}${error.key}`
      const message = `${key} (or ${error.key}): the listener ${listenerName} cannot speak TLS: ${error.message}`
      throw new StartupRefused(1, message, { cause: error })
    }
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
    const isPlain = listener.security.tls === null
    const server = createServer({ pauseOnConnect: isPlain, allowHalfOpen: false })
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
    acceptFrom(server, isPlain, (accepted) => this.#arrive(accepted, listener.name))
    server.on('error', (error) =>
      this.#options.logger.error({ reason: error.message }, 'accepting failed'),
    )
    this.#servers.push(server)
    const bound = server.address()
    const boundPort = bound !== null && typeof bound === 'object' ? bound.port : port
    this.#addresses.push(host.includes(':') ? `[${host}]:${boundPort}` : `${host}:${boundPort}`)
    return boundPort
  }

  /** A new connection, which may have to wait where they come too fast. */
  #arrive(accepted: Accepted, listenerName: string): void {
    const { socket } = accepted
    const address = plainAddress(socket.remoteAddress ?? 'unknown')
    const arrival = (): Arrival => {
      const { listeners, maxConnectionCreationRate: broker } = this.#options.config
      const limits = listeners.find(({ name }) => name === listenerName)?.limits
      const listener = limits?.connectionRateMax ?? broker
      return { listenerName, address, limits: { broker, listener } }
    }
    const enter = (): void => this.#accept(accepted, listenerName)
    this.#acceptQueue.offer(listenerName, { socket, arrival, enter })
  }

  #accept(accepted: Accepted, listenerName: string): void {
    const { config } = this.#options
    const { socket } = accepted
    // As it is configured now: what clients must show may have changed since the start.
    const listener = config.listeners.find(({ name }) => name === listenerName)
    const address = plainAddress(socket.remoteAddress ?? 'unknown')
    if (listener === undefined || !this.#mayEnter(address, listener)) {
      socket.destroy()
      return
    }
    this.#openCount += 1
    this.#tally(listenerName).accepted += 1
    this.#countByAddress.set(address, (this.#countByAddress.get(address) ?? 0) + 1)
    this.#countByListener.set(listenerName, (this.#countByListener.get(listenerName) ?? 0) + 1)
    const endpoint = this.#tls.get(listenerName)
    if (endpoint === undefined) {
      accepted.readFor((become) => {
        const open = { socket, listener, address, principal: anonymous, serverName: null }
        const connection = this.#open(open, () => this.#leave(address, listenerName))
        return this.#firstReader({ socket, listener, connection, become })
      })
      return
    }
    const pending = { clientAddress: address, close: () => socket.destroy() }
    this.#await(pending)
    socket.once('close', () => {
      this.#pending.remove(pending)
      this.#leave(address, listenerName)
    })
    endpoint.secure(socket, ({ socket: secured, principal, serverName }) => {
      this.#pending.remove(pending)
      if (listener.security.sasl === null) this.#tally(listenerName).authenticated += 1
      const from = { socket: secured, listener, address, principal, serverName }
      const connection = this.#open(from, () => undefined)
      const become = (next: Intake): void => {
        reader = next
      }
      let reader = this.#firstReader({ socket: secured, listener, connection, become })
      secured.on('data', (bytes: Buffer) => reader.onBytes(bytes))
    })
  }

  /** The connection itself, or who first looks whether it is one. */
  #firstReader(of: {
    readonly socket: Socket
    readonly listener: Listener
    readonly connection: Connection
    readonly become: (intake: Intake) => void
  }): Intake {
    const { socket, listener, connection, become } = of
    const { http } = this.#options
    if (http?.isOpen(listener) !== true) return connection
    const enterHttp = (stream: Duplex): void => http.enter(stream, listener)
    return new FirstBytes({ socket, connection, become, enterHttp })
  }

  #tally(listenerName: string): ListenerTally {
    let tally = this.#tallies.get(listenerName)
    if (tally === undefined) this.#tallies.set(listenerName, (tally = new ListenerTally()))
    return tally
  }

  #mayEnter(address: string, { name, limits }: Listener): boolean {
    const { config, logger } = this.#options
    const count = this.#countByAddress.get(address) ?? 0
    const perAddressMax =
      config.maxConnectionsPerIpOverrides.get(address) ?? config.maxConnectionsPerIp
    const ofListener = this.#countByListener.get(name) ?? 0
    const hasRoom = this.#openCount < config.maxConnections && ofListener < limits.connectionsMax
    if (hasRoom && count < perAddressMax) return true
    logger.warn(
      { client: address, listener: name, connections: this.#openCount, fromThisAddress: count },
      'connection refused: max.connections or max.connections.per.ip reached',
    )
    return false
  }

  /** A connection over a socket whose peer is known as far as the transport tells. */
  #open(
    from: {
      readonly socket: Socket
      readonly listener: Listener
      readonly address: string
      readonly principal: string
      readonly serverName: string | null
    },
    onGone: () => void,
  ): Connection {
    const { config, logger, host, processor } = this.#options
    const { socket, listener, address, principal, serverName } = from
    const { localAddress, localPort, remoteAddress } = socket
    const arrival = { localAddress, localPort, remoteAddress, serverName }
    const sasl = listener.security.sasl
    const gate = sasl === null ? null : this.#gateOf(sasl, this.#tally(listener.name))
    const pending: PendingLogin = { clientAddress: address, close: () => connection.close() }
    const connection = new Connection({
      connectionId: this.#nextConnectionId++,
      socket,
      descriptor: listener.security.tls === null ? () => descriptorOf(socket) : null,
      listenerName: listener.name,
      securityProtocol: listener.securityProtocol,
      principal,
      advertised: advertisedEndpoint(config, listener.name, arrival, host),
      memory: this.#memory,
      turns: this.#turns,
      idlePoll: this.#idlePoll,
      frameBytesMax: config.socketRequestMaxBytes,
      login: sasl && {
        frameBytesMax: Math.min(sasl.receiveBytesMax, config.socketRequestMaxBytes),
        onAuthenticated: () => this.#pending.remove(pending),
      },
      processor: gate ?? processor,
      logger,
      nowMs: this.#nowMs,
      after: this.#after,
      onClosed: (closed) => {
        this.#pending.remove(pending)
        this.#connections.delete(closed)
        onGone()
        if (this.#connections.size === 0) this.#onLastClosed()
      },
    })
    gate?.guard(connection)
    this.#connections.add(connection)
    if (gate !== null) this.#await(pending)
    return connection
  }

  #gateOf(settings: SaslSettings, tally: ListenerTally): SaslGate {
    const { sasl, processor, clock, logger } = this.#options
    return new SaslGate({
      session: sasl.session(settings),
      mechanisms: settings.mechanisms,
      inner: processor,
      failures: this.#failures,
      tally,
      failureDelayMs: () => this.#options.config.connectionFailedAuthenticationDelayMs,
      clock,
      logger,
    })
  }

  /** Has a connection wait for its log-in, in the place of the oldest that waits if there are too many. */
  #await(login: PendingLogin): void {
    const { clock, logger } = this.#options
    const closed = this.#pending.add(login, clock.monotonicMs(), this.#pendingLimits())
    if (closed === null) return
    const event =
      'connection closed: too many wait for a log-in (ottla.authentication.connections.max)'
    logger.warn({ client: closed.clientAddress }, event)
  }

  #pendingLimits(): PendingLimits {
    const { config } = this.#options
    return {
      countMax: config.ottlaAuthenticationConnectionsMax,
      timeoutMs: config.ottlaAuthenticationTimeoutMs,
    }
  }

  #leave(address: string, listenerName: string): void {
    this.#openCount -= 1
    this.#countByListener.set(listenerName, (this.#countByListener.get(listenerName) ?? 1) - 1)
    const count = this.#countByAddress.get(address) ?? 1
    if (count > 1) this.#countByAddress.set(address, count - 1)
    else this.#countByAddress.delete(address)
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(sweepIntervalMs, () => {
      const nowMs = this.#options.clock.monotonicMs()
      this.#closeIdle(nowMs)
      this.#closeLateLogins(nowMs)
      this.#refreshTls(nowMs)
      this.#freeStalledMemory(nowMs)
      this.#sweepLater()
    })
  }

  #closeIdle(nowMs: number): void {
    const { connectionsMaxIdleMs } = this.#options.config
    if (connectionsMaxIdleMs < 0) return
    for (const connection of this.#connections) {
      if (connection.inFlightCount > 0 || connection.isMuted) continue
      if (nowMs - connection.lastActiveMs > connectionsMaxIdleMs) connection.close()
    }
  }

  #closeLateLogins(nowMs: number): void {
    for (const { clientAddress } of this.#pending.expire(nowMs, this.#pendingLimits())) {
      const event = 'connection closed: no log-in within ottla.authentication.timeout.ms'
      this.#options.logger.warn({ client: clientAddress }, event)
    }
  }

  #refreshTls(nowMs: number): void {
    const { config } = this.#options
    const isDue = nowMs - this.#tlsLookedAtMs >= config.ottlaTlsReloadIntervalMs
    if (isDue) this.#tlsLookedAtMs = nowMs
    for (const { name, security } of config.listeners) {
      const endpoint = this.#tls.get(name)
      if (security.tls === null || endpoint === undefined) continue
      if (isDue || endpoint.isNewTo(security.tls)) endpoint.refresh(security.tls)
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
      if (connection.partBytes === 0 || connection.isMuted) continue
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
