// From TLS settings to keys and certificates as Node takes them: out of PEM, PKCS#12 or JKS, whatever the
// file really is. Reads files only through the reader that it is given.
import { X509Certificate, createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { parseTime } from '../io/clock.ts'
import type { StoreSettings, TlsSettings } from '../config/listener-security.ts'
import { jksMagic, readJks } from './jks.ts'
import { StoreError, readPkcs12 } from './pkcs12.ts'
import type { StoreContent } from './pkcs12.ts'

/** What a TLS server shows and trusts. */
export interface TlsMaterial {
  /** PKCS#8 as PEM. */
  readonly key: string
  /** The chain as PEM, the broker's own certificate first. */
  readonly certificates: string
  /** PEM each; null: what Node trusts. */
  readonly trusted: readonly string[] | null
  /** Of the broker's own certificate. */
  readonly subject: string
  /** Of the broker's own certificate, as Node writes them: DNS:localhost. */
  readonly altNames: readonly string[]
  /** Wall-clock ms. */
  readonly expiresAtMs: number
  /** Changes when the files do. */
  readonly fingerprint: string
}

/** TLS settings that cannot be used: which key is to blame, and why. */
export class TlsProblem extends Error {
  override readonly name = 'TlsProblem'
  readonly key: string

  constructor(key: string, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.key = key
  }
}

/** Reads a whole file. Errors are Node's. */
export type ReadFile = (path: string) => Buffer

/** @throws TlsProblem */
export function readTlsMaterial(settings: TlsSettings, readFile: ReadFile): TlsMaterial {
  const { key, chain } = readKeyStore(settings.keyStore, readFile)
  const trusted = readTrustStore(settings.trustStore, readFile)
  const [own] = chain
  if (own === undefined) throw new TlsProblem('ssl.keystore.location', 'it holds no certificate')
  const parts = [...chain, ...(trusted ?? [])].map((certificate) => certificate.fingerprint256)
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificates: chain.map(String).join(''),
    trusted: trusted === null ? null : trusted.map(String),
    subject: own.subject.replaceAll('\n', ', '),
    altNames: own.subjectAltName?.split(', ') ?? [],
    expiresAtMs: parseTime(own.validTo),
    fingerprint: parts.join(' '),
  }
}

/** The private key and its chain. @throws TlsProblem */
export function readKeyStore(
  store: TlsSettings['keyStore'],
  readFile: ReadFile,
): { readonly key: KeyObject; readonly chain: readonly X509Certificate[] } {
  const { location } = store
  const name = location === null ? 'ssl.keystore.key' : 'ssl.keystore.location'
  const content = told(name, () =>
    location === null
      ? pemContent(`${store.key ?? ''}\n${store.certificates ?? ''}`)
      : openStore(readFile(location), store, store.keyPassword),
  )
  const [first] = content.keys
  if (first === undefined) throw new TlsProblem(name, 'it holds no private key')
  const passphrase = store.keyPassword ?? store.password ?? ''
  const key = told(store.keyPassword === null ? name : 'ssl.key.password', () =>
    openKey(first, passphrase),
  )
  const certificates = told(name, () => content.certificates.map(toCertificate))
  return { key, chain: chainOf(key, certificates, name) }
}

/** The trusted certificates; null where none are configured. @throws TlsProblem */
export function readTrustStore(
  store: StoreSettings,
  readFile: ReadFile,
): readonly X509Certificate[] | null {
  const { location, certificates } = store
  if (location === null && certificates === null) return null
  const name = location === null ? 'ssl.truststore.certificates' : 'ssl.truststore.location'
  const trusted = told(name, () => {
    const content =
      location === null
        ? pemContent(certificates ?? '')
        : openStore(readFile(location), store, null)
    return content.certificates.map(toCertificate)
  })
  if (trusted.length === 0) throw new TlsProblem(name, 'it holds no certificate')
  return trusted
}

/** Runs `read`; what is wrong is the fault of the key `name`. */
function told<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof TlsProblem) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new TlsProblem(name, reason, { cause: error })
  }
}

const pemMark = '-----BEGIN '
const derSequenceByte = 0x30

const storeTypes = ['JKS', 'PKCS12', 'PEM']

/** By what the file is: its type needs to be one that exists. */
function openStore(bytes: Buffer, store: StoreSettings, keyPassword: string | null): StoreContent {
  if (!storeTypes.includes(store.type.toUpperCase())) {
    throw new StoreError(`stores of type ${store.type} are not read: ${storeTypes.join(', ')} are`)
  }
  if (bytes.includes(pemMark)) return pemContent(bytes.toString('utf8'))
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === jksMagic) {
    const key = keyPassword ?? store.password ?? ''
    return readJks(bytes, { store: store.password, key })
  }
  if (bytes[0] === derSequenceByte) return readPkcs12(bytes, store.password ?? '')
  throw new StoreError('it is neither PEM nor PKCS#12 nor JKS')
}

type StoredKey = StoreContent['keys'][number]

function openKey(stored: StoredKey, passphrase: string): KeyObject {
  const { bytes } = stored
  if (bytes.includes(pemMark)) {
    return createPrivateKey({
      key: bytes,
      format: 'pem',
      ...(stored.isEncrypted && { passphrase }),
    })
  }
  const how = { key: bytes, format: 'der', type: 'pkcs8' } as const
  return createPrivateKey(stored.isEncrypted ? { ...how, passphrase } : how)
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/g

/** Keys and certificates in PEM text; blanks may stand for line ends, as in properties files. */
function pemContent(text: string): StoreContent {
  const keys: StoredKey[] = []
  const certificates: Buffer[] = []
  for (const [, label = '', body = ''] of text.matchAll(pemBlock)) {
    if (/^(X509 |TRUSTED )?CERTIFICATE$/.test(label)) {
      certificates.push(Buffer.from(body.replace(/\s+/g, ''), 'base64'))
    } else if (label.endsWith('PRIVATE KEY')) {
      const isEncrypted = label.startsWith('ENCRYPTED') || body.includes('ENCRYPTED')
      const lines = body.includes(':') ? body : `\n${body.trim().replace(/\s+/g, '\n')}\n`
      const pem = `-----BEGIN ${label}-----${lines}-----END ${label}-----\n`
      keys.push({ bytes: Buffer.from(pem, 'utf8'), isEncrypted })
    }
  }
  return { keys, certificates }
}

function toCertificate(bytes: Buffer): X509Certificate {
  return new X509Certificate(bytes)
}

/** The key's own certificate and those that lead from it to its root. */
function chainOf(
  key: KeyObject,
  certificates: readonly X509Certificate[],
  name: string,
): readonly X509Certificate[] {
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key))
  if (own === undefined) throw new TlsProblem(name, 'it holds no certificate of its private key')
  const chain = [own]
  for (let last = own; !last.checkIssued(last);) {
    const issuer = certificates.find(
      (candidate) => !chain.includes(candidate) && last.checkIssued(candidate),
    )
    if (issuer === undefined) break
    chain.push(issuer)
    last = issuer
  }
  return chain
}
