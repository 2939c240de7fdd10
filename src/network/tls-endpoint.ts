// TLS on one listener: takes accepted sockets through the handshake and says who their clients are.
// Certificates that were replaced, on disk or in the configuration, hold for the next handshake.
import { createServer } from 'node:tls'
import type { SecureVersion, Server, TLSSocket, TlsOptions } from 'node:tls'
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
import { TlsProblem, readTlsMaterial } from '../security/tls-material.ts'
import type { ReadFile, TlsMaterial } from '../security/tls-material.ts'
import { anonymous } from './connection.ts'
import { opensslSuites } from './cipher-suites.ts'

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

const tlsVersions: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** Certificates are warned of this long before they expire, once a day. */
const expiryWarningMs = 30 * dayMs
const expiryWarningIntervalMs = 1 * dayMs

export class TlsEndpoint {
  readonly #options: TlsEndpointOptions
  /** Sockets in the handshake, by the peer's address and port. */
  readonly #waiting = new Map<string, (peer: SecuredPeer) => void>()
  #settings: TlsSettings
  #material: TlsMaterial
  #server: Server
  #warnedAtMs = -Infinity

  /** @throws TlsProblem: key or certificates cannot be used */
  constructor(options: TlsEndpointOptions) {
    this.#options = options
    this.#settings = options.settings
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
    const peer = peerOf(socket)
    this.#waiting.set(peer, onSecured)
    socket.once('close', () => this.#waiting.delete(peer))
    // A TLS server takes sockets of others too; this one never listens.
    this.#server.emit('connection', socket)
  }

  /** Takes up what has changed since: settings, or the files that they name. */
  refresh(settings: TlsSettings): void {
    const { logger, listenerName, readFile } = this.#options
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
    const server = told(() => createServer(optionsOf(settings, material)))
    const rules = parseMappingRules(settings.principalMappingRules)
    if ('reason' in rules) throw new TlsProblem('ssl.principal.mapping.rules', rules.reason)
    server.on('secureConnection', (socket) => {
      const onSecured = this.#waiting.get(peerOf(socket))
      const certificate = socket.getPeerX509Certificate()
      if (certificate !== undefined && settings.clientAuth !== 'none' && !socket.authorized) {
        this.#refuse(socket, `the client’s certificate is refused: ${reasonOf(socket)}`)
        return
      }
      const shown = settings.clientAuth === 'none' ? undefined : certificate
      const name = shown === undefined ? null : mapName(subjectOf(shown.raw), rules)
      if (shown !== undefined && name === null) {
        this.#refuse(socket, 'no rule of ssl.principal.mapping.rules fits the certificate')
        return
      }
      const principal = name === null ? anonymous : `User:${name}`
      onSecured?.({ socket, principal, serverName: serverNameOf(socket) })
    })
    server.on('tlsClientError', (error, socket) => {
      const { logger, listenerName } = this.#options
      const fields = {
        client: socket.remoteAddress,
        listener: listenerName,
        reason: handshakeReason(error),
      }
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

  #refuse(socket: TLSSocket, reason: string): void {
    const { logger, listenerName, tally } = this.#options
    tally.refused += 1
    const fields = { client: socket.remoteAddress, listener: listenerName, reason }
    logger.warn(fields, 'TLS handshake failed')
    socket.destroy()
  }
}

function optionsOf(settings: TlsSettings, material: TlsMaterial): TlsOptions {
  const versions = settings.protocols.filter(isVersion).sort()
  const [minVersion] = versions
  const maxVersion = versions.at(-1)
  return {
    key: material.key,
    cert: material.certificates,
    ...(material.trusted === null ? {} : { ca: [...material.trusted] }),
    requestCert: settings.clientAuth !== 'none',
    // A certificate that is wrong, where it is only requested, is refused by us.
    rejectUnauthorized: settings.clientAuth === 'required',
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(settings.cipherSuites.length === 0
      ? {}
      : { ciphers: opensslSuites(settings.cipherSuites) }),
    honorCipherOrder: true,
  }
}

/** Empty where a client asked for no name. */
function serverNameOf(socket: TLSSocket): string | null {
  const name: unknown = 'servername' in socket ? socket.servername : null
  return typeof name === 'string' && name !== '' ? name : null
}

/** Versions that are not spoken at all (SSLv3) are left out, as Java does where it does not know them. */
function isVersion(text: string): text is SecureVersion {
  return tlsVersions.some((version) => version === text)
}

/** What OpenSSL says of keys and ciphers is a problem of the settings. */
function told<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const key = /cipher/i.test(reason) ? 'ssl.cipher.suites' : 'ssl.keystore.location'
    throw new TlsProblem(key, reason, { cause: error })
  }
}

function reasonOf(socket: TLSSocket): string {
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
