// From TLS settings and material to a server of Node's, which takes connections through the handshake.
import { DEFAULT_CIPHERS, createServer } from 'node:tls'
import type { SecureVersion, Server, TlsOptions } from 'node:tls'
import type { TlsSettings } from '../config/listener-security.ts'
import { TlsProblem } from '../security/tls-material.ts'
import type { TlsMaterial } from '../security/tls-material.ts'
import { opensslSuites } from './cipher-suites.ts'

const tlsVersions: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
/** In OpenSSL's list of ciphers: keys and signatures of any strength. */
const lowestSecurityLevel = ':@SECLEVEL=0'

export interface TlsServer {
  readonly server: Server
  /** The broker's key or certificates are below OpenSSL's usual least, and are shown all the same. */
  readonly isWeak: boolean
}

/** @throws TlsProblem: OpenSSL cannot use the settings or the material */
export function createTlsServer(settings: TlsSettings, material: TlsMaterial): TlsServer {
  const options = optionsOf(settings, material)
  try {
    try {
      return { server: createServer(options), isWeak: false }
    } catch (error) {
      if (!isWeakness(error)) throw error
    }
    // Signed with SHA-1, say. Java shows such certificates, so people come with them from Apache Kafka.
    const ciphers = `${options.ciphers}${lowestSecurityLevel}`
    return { server: createServer({ ...options, ciphers }), isWeak: true }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const key = /cipher/i.test(reason) ? 'ssl.cipher.suites' : 'ssl.keystore.location'
    throw new TlsProblem(key, reason, { cause: error })
  }
}

function isWeakness(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  return /TOO_(SMALL|WEAK)/.test(String(error.code))
}

function optionsOf(
  settings: TlsSettings,
  material: TlsMaterial,
): TlsOptions & { readonly ciphers: string } {
  const versions = settings.protocols.filter(isVersion).sort()
  const [minVersion] = versions
  const maxVersion = versions.at(-1)
  const { cipherSuites, clientAuth } = settings
  return {
    key: material.key,
    cert: material.certificates,
    ...(material.trusted === null ? {} : { ca: [...material.trusted] }),
    requestCert: clientAuth !== 'none',
    // That there is one is OpenSSL's to demand; whether it will do is judged behind the handshake.
    rejectUnauthorized: clientAuth === 'required',
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ciphers: cipherSuites.length === 0 ? DEFAULT_CIPHERS : opensslSuites(cipherSuites),
    honorCipherOrder: true,
  }
}

/** Versions that are not spoken at all (SSLv3) are left out, as Java does where it does not know them. */
function isVersion(text: string): text is SecureVersion {
  return tlsVersions.some((version) => version === text)
}
