// TLS on one listener: takes accepted sockets through the handshake and says who their clients are.
// Certificates that were replaced, on disk or in the configuration, hold for the next handshake.
import type { Server, TLSSocket } from 'node:tls'
import type { Socket } from 'node:net'
import { dayMs } from '../base/units.ts'
import { listenerPrefix } from '../config/listener-security.ts'
import type { TlsSettings } from '../config/listener-security.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { ListenerTally } from '../metrics/listener-tally.ts'
import type { Certificate } from '../monitoring/metric.ts'
import { subjectOf } from '../security/distinguished-name.ts'
import { mapName, parseMappingRules } from '../security/principal-mapping.ts'
import type { MappingRules } from '../security/principal-mapping.ts'
import { TlsProblem, readTlsMaterial } from '../security/tls-material.ts'
import type { ReadFile, TlsMaterial } from '../security/tls-material.ts'
import { anonymous } from './connection.ts'
import { beginsWithHttp } from './http-stream.ts'
import { refusePlainHttp } from './plain-http.ts'
import { alertOfVerdict, fatalAlertRecord, serverTrafficSecret, tlsAlerts } from './tls-alert.ts'
import type { TlsAlert } from './tls-alert.ts'
import { createTlsServer } from './tls-server.ts'

export interface TlsEndpointOptions {
  readonly listenerName: string
  readonly settings: TlsSettings
  readonly readFile: ReadFile
  readonly clock: Clock
  readonly logger: Logger
  readonly tally: Pick<ListenerTally, 'refused'>
}

/** Who came through the handshake. */
export interface SecuredPeer {
  readonly socket: TLSSocket
  /** User:<name of the certificate>, or User:ANONYMOUS without one. */
  readonly principal: string
  /** The name that the client asked for (SNI). */
  readonly serverName: string | null
}

/** A socket in the handshake. */
interface Newcomer {
  /** Under TLS. */
  readonly raw: Socket
  readonly onSecured: (peer: SecuredPeer) => void
  /** TLS 1.3, where clients show certificates: what the broker's records are sealed with. */
  secret: Buffer | null
}

/** Certificates are warned of this long before they expire, once a day. */
const expiryWarningMs = 30 * dayMs
const expiryWarningIntervalMs = 1 * dayMs

export class TlsEndpoint {
  readonly #options: TlsEndpointOptions
  /** By the peer's address and port: Node does not tell which socket a TLS socket came from. */
  readonly #newcomers = new Map<string, Newcomer>()
  #settings: TlsSettings
  /** The settings that were looked at last, usable or not. */
  #seen: TlsSettings
  #material: TlsMaterial
  #server: Server
  #warnedAtMs = -Infinity

  /** @throws TlsProblem: key or certificates cannot be used */
  constructor(options: TlsEndpointOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#seen = options.settings
    this.#material = readTlsMaterial(options.settings, options.readFile)
    this.#server = this.#serverWith(options.settings, this.#material)
    this.#warnOfExpiry()
  }

  /** What is shown to clients now. */
  get certificate(): Certificate {
    const { subject, expiresAtMs } = this.#material
    return { subject, expiresAtMs }
  }

  /** Takes the socket through the handshake; `onSecured` runs when it succeeded. */
  secure(socket: Socket, onSecured: (peer: SecuredPeer) => void): void {
    // Who goes away before the handshake leaves nothing to say.
    socket.on('error', () => undefined)
    socket.once('data', (bytes: Buffer) => {
      if (beginsWithHttp(bytes)) {
        this.#refuseHttp(socket)
        return
      }
      socket.pause()
      socket.unshift(bytes)
      this.#handshake(socket, onSecured)
    })
  }

  #refuseHttp(socket: Socket): void {
    const { logger, listenerName, tally } = this.#options
    tally.refused += 1
    const reason = 'the client speaks HTTP and this listener TLS: use https://'
    logger.warn(
      { client: socket.remoteAddress, listener: listenerName, reason },
      'no TLS handshake',
    )
    refusePlainHttp(socket)
  }

  #handshake(socket: Socket, onSecured: (peer: SecuredPeer) => void): void {
    const peer = peerOf(socket)
    this.#newcomers.set(peer, { raw: socket, onSecured, secret: null })
    socket.once('close', () => this.#newcomers.delete(peer))
    // A TLS server takes sockets of others too; this one never listens.
    this.#server.emit('connection', socket)
  }

  /** Whether the settings are others than those that `refresh` was given last. */
  isNewTo(settings: TlsSettings): boolean {
    return settings !== this.#seen
  }

  /** Takes up what has changed since: settings, or the files that they name. */
  refresh(settings: TlsSettings): void {
    const { logger, listenerName, readFile } = this.#options
    this.#seen = settings
    try {
      const material = readTlsMaterial(settings, readFile)
      const isSame = material.fingerprint === this.#material.fingerprint
      if (!isSame || settings !== this.#settings) {
        this.#server = this.#serverWith(settings, material)
        this.#settings = settings
        this.#material = material
        this.#warnedAtMs = -Infinity
      }
      if (!isSame) {
        logger.info({ listener: listenerName, subject: material.subject }, 'certificates renewed')
      }
      this.#warnOfExpiry()
    } catch (error) {
      if (!(error instanceof TlsProblem)) throw error
      const key = `${listenerPrefix(listenerName)}${error.key}`
      const fields = { listener: listenerName, key, reason: error.message }
      logger.warn(fields, 'new certificates cannot be used, the old ones stay')
    }
  }

  #warnOfExpiry(): void {
    const { clock, logger, listenerName } = this.#options
    const { expiresAtMs, subject } = this.#material
    const nowMs = clock.nowMs()
    const leftMs = expiresAtMs - nowMs
    if (leftMs > expiryWarningMs || nowMs - this.#warnedAtMs < expiryWarningIntervalMs) return
    this.#warnedAtMs = nowMs
    const daysLeft = Math.floor(leftMs / dayMs)
    const event = leftMs < 0 ? 'the certificate has expired' : 'the certificate expires soon'
    logger.warn({ listener: listenerName, subject, daysLeft }, event)
  }

  #serverWith(settings: TlsSettings, material: TlsMaterial): Server {
    const { logger, listenerName } = this.#options
    const { server, isWeak } = createTlsServer(settings, material)
    if (isWeak) {
      const event = 'the certificate is weak: key or signature are below OpenSSL’s usual least'
      logger.warn({ listener: listenerName, subject: material.subject }, event)
    }
    const rules = parseMappingRules(settings.principalMappingRules)
    if ('reason' in rules) throw new TlsProblem('ssl.principal.mapping.rules', rules.reason)
    if (settings.clientAuth !== 'none') {
      server.on('keylog', (line, socket) => this.#noteSecret(line, socket))
    }
    server.on('secureConnection', (socket) => {
      const newcomer = this.#newcomers.get(peerOf(socket))
      if (newcomer === undefined) {
        socket.destroy()
        return
      }
      const verdict = judge(socket, settings, rules)
      if ('alert' in verdict) {
        this.#refuse(socket, newcomer, verdict)
        return
      }
      newcomer.secret = null
      const { principal } = verdict
      newcomer.onSecured({ socket, principal, serverName: serverNameOf(socket) })
    })
    server.on('tlsClientError', (error, socket) => {
      const reason = handshakeReason(error)
      const fields = { client: socket.remoteAddress, listener: listenerName, reason }
      // Whoever goes away in the middle says nothing: scanners and health checks do.
      if ('code' in error && error.code === 'ECONNRESET') {
        logger.debug(fields, 'no TLS handshake')
        return
      }
      this.#options.tally.refused += 1
      logger.warn(fields, 'TLS handshake failed')
    })
    return server
  }

  /** Comes within a handshake, before the client's certificate is judged. */
  #noteSecret(line: Buffer, socket: TLSSocket): void {
    // Node would end the connection of a bad certificate without a word. It has no option for "demand one,
    // and let me judge it"; should this field go, alert and log line are missed and nothing else.
    Reflect.set(socket, '_rejectUnauthorized', false)
    const newcomer = this.#newcomers.get(peerOf(socket))
    if (newcomer !== undefined) newcomer.secret ??= serverTrafficSecret(line)
  }

  #refuse(socket: TLSSocket, { raw, secret }: Newcomer, { reason, alert }: Refusal): void {
    const { logger, listenerName, tally } = this.#options
    tally.refused += 1
    const fields = { client: socket.remoteAddress, listener: listenerName, reason }
    logger.warn(fields, 'TLS handshake failed')
    const suite = socket.getCipher().standardName
    const record = secret === null ? null : fatalAlertRecord(alert, { suite, secret })
    if (record === null) {
      socket.destroy()
      return
    }
    // Below TLS, and before OpenSSL has sent anything under this key. What the client has sent is read, lest
    // the system answer it with a reset that overtakes the alert; the log-in's deadline ends those who stay.
    for (const end of [socket, raw]) end.on('error', () => undefined)
    socket.resume()
    raw.write(record, () => raw.end())
  }
}

interface Refusal {
  readonly reason: string
  readonly alert: TlsAlert
}

/** Who the client is by its certificate, or why it may not come in. */
function judge(
  socket: TLSSocket,
  { clientAuth }: TlsSettings,
  rules: MappingRules,
): { readonly principal: string } | Refusal {
  if (clientAuth === 'none') return { principal: anonymous }
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined && clientAuth === 'requested') return { principal: anonymous }
  if (certificate === undefined || !socket.authorized) {
    const verdict = verdictOn(socket)
    const reason = `the client’s certificate is refused: ${verdict}`
    return { reason, alert: alertOfVerdict(verdict) }
  }
  const name = mapName(subjectOf(certificate.raw), rules)
  if (name !== null) return { principal: `User:${name}` }
  const reason = 'no rule of ssl.principal.mapping.rules fits the certificate'
  return { reason, alert: tlsAlerts.accessDenied }
}

/** Empty where a client asked for no name. */
function serverNameOf(socket: TLSSocket): string | null {
  const name: unknown = 'servername' in socket ? socket.servername : null
  return typeof name === 'string' && name !== '' ? name : null
}

/** OpenSSL's word for what is wrong with the peer's certificate. */
function verdictOn(socket: TLSSocket): string {
  const error: unknown = socket.authorizationError
  return error instanceof Error ? error.message : String(error)
}

/** What OpenSSL says of bytes that are no TLS. */
const foreignBytes = /wrong version number|packet length too long|http request/i

/** OpenSSL's own words, without where in its source they were said; with what they mean here. */
function handshakeReason(error: Error): string {
  const words = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
  if (!foreignBytes.test(words)) return words
  return `the client does not speak TLS: set security.protocol=SSL in the client (${words})`
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`
}
