// Connections with TLS and log-in. Loaded only by clients that are configured for them.
import { isIP } from 'node:net'
import { connect, type ConnectionOptions as TlsOptions } from 'node:tls'
import type { Clock } from '../io/clock.ts'
import type { Random } from '../io/random.ts'
import { readKeyStore, readTrustStore, TlsProblem } from '../security/tls-material.ts'
import { ClientConfigRefused, type ClientSecurity, type ClientTls } from './client-security.ts'
import type { OpenSocket, ServerConnection } from './connection.ts'
import { logIn } from './sasl-client.ts'

export interface SecurityContext {
  readonly clock: Clock
  readonly random: Random
  readonly readFile: (path: string) => Buffer
}

/** What a cluster's connections need beyond TCP. */
export interface ConnectionSecurity {
  readonly openSocket?: OpenSocket
  /** Called once on every new connection. */
  readonly authenticate?: (connection: ServerConnection) => Promise<void>
}

/** @throws ClientConfigRefused where keys or certificates cannot be read */
export function connectionSecurity(
  { tls, sasl }: ClientSecurity,
  { clock, random, readFile }: SecurityContext,
): ConnectionSecurity {
  return {
    ...(tls === null ? {} : { openSocket: tlsSocket(tls, readFile) }),
    ...(sasl === null
      ? {}
      : {
          authenticate: (connection) =>
            logIn(connection, sasl, { random, readFile, nowMs: clock.nowMs() }),
        }),
  }
}

function tlsSocket(tls: ClientTls, readFile: (path: string) => Buffer): OpenSocket {
  const options = tlsOptions(tls, readFile)
  return ({ host, port }) => {
    const servername = isIP(host) === 0 ? { servername: host } : {}
    const socket = connect({ ...options, ...servername, host, port })
    socket.setNoDelay(true)
    return { socket, ready: 'secureConnect' }
  }
}

function tlsOptions(tls: ClientTls, readFile: (path: string) => Buffer): TlsOptions {
  try {
    const trusted = readTrustStore(tls.trustStore, readFile)
    const shown = tls.keyStore === null ? null : readKeyStore(tls.keyStore, readFile)
    return {
      ...(trusted === null ? {} : { ca: trusted.map(String) }),
      ...(shown === null
        ? {}
        : {
            key: shown.key.export({ type: 'pkcs8', format: 'pem' }),
            cert: shown.chain.map(String).join(''),
          }),
      ...(tls.checksHostname ? {} : { checkServerIdentity: () => undefined }),
    }
  } catch (error) {
    if (!(error instanceof TlsProblem)) throw error
    throw new ClientConfigRefused(`${error.key}: ${error.message}`, { cause: error })
  }
}
