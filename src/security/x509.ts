// Makes X.509 certificates (RFC 5280) over ECDSA keys, as small as clients accept them: for dev-certs and
// for tests. Node verifies certificates, but makes none.
import { createHash, createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isoTime } from '../io/clock.ts'
import { der, derNumber, derOidOf, derSequence, derTag } from './der.ts'

/** A certificate and the key that it is of. */
export interface Identity {
  readonly key: KeyObject
  readonly certificate: Buffer
  /** The name in the certificate, as DER, for those that it issues. */
  readonly name: Buffer
}

export interface CertificateWish {
  readonly key: KeyObject
  readonly commonName: string
  readonly organizationalUnit?: string
  readonly serial: Buffer
  readonly fromMs: number
  readonly untilMs: number
  /** Null: it signs itself. */
  readonly issuer: Identity | null
  readonly role: 'authority' | 'server' | 'client'
  /** DNS names and IP addresses that a server answers to. */
  readonly hosts?: readonly string[]
}

const oids = {
  commonName: '2.5.4.3',
  organizationalUnit: '2.5.4.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

/** Signs a certificate for the key. Keys are of the curve P-256. */
export function makeCertificate(wish: CertificateWish): Identity {
  const name = nameOf(wish)
  const algorithm = derSequence(derOidOf(oids.ecdsaWithSha256))
  const signer = wish.issuer?.key ?? wish.key
  const body = derSequence(
    der(0xa0, derNumber(2)),
    der(derTag.integer, Buffer.concat([Buffer.from([1]), wish.serial])),
    algorithm,
    wish.issuer?.name ?? name,
    derSequence(time(wish.fromMs), time(wish.untilMs)),
    name,
    publicKeyOf(wish.key),
    der(0xa3, derSequence(...extensionsOf(wish, signer))),
  )
  const signature = bitString(sign('sha256', body, signer))
  return { key: wish.key, certificate: derSequence(body, algorithm, signature), name }
}

/** DER as PEM. */
export function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function nameOf({ commonName, organizationalUnit }: CertificateWish): Buffer {
  const part = (oid: string, value: string) =>
    der(derTag.set, derSequence(derOidOf(oid), der(derTag.utf8String, Buffer.from(value, 'utf8'))))
  const unit =
    organizationalUnit === undefined ? [] : [part(oids.organizationalUnit, organizationalUnit)]
  return derSequence(...unit, part(oids.commonName, commonName))
}

/** Times before 2050 have two digits of the year. */
function time(ms: number): Buffer {
  const digits = isoTime(ms)
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')
  return digits < '2050'
    ? der(derTag.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : der(derTag.generalizedTime, Buffer.from(digits, 'latin1'))
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' })
}

function keyIdOf(key: KeyObject): Buffer {
  return createHash('sha1').update(publicKeyOf(key)).digest()
}

function bitString(bytes: Buffer): Buffer {
  return der(derTag.bitString, Buffer.from([0]), bytes)
}

const digitalSignature = Buffer.from([7, 0x80])
const certificateAndListSign = Buffer.from([1, 0x06])

function extensionsOf({ key, role, hosts = [] }: CertificateWish, signer: KeyObject): Buffer[] {
  const isAuthority = role === 'authority'
  const constraints = isAuthority ? [der(derTag.boolean, Buffer.from([0xff]))] : []
  const usage = isAuthority ? certificateAndListSign : digitalSignature
  const purposes = role === 'server' ? [oids.serverAuth, oids.clientAuth] : [oids.clientAuth]
  return [
    extension(oids.basicConstraints, true, derSequence(...constraints)),
    extension(oids.keyUsage, true, der(derTag.bitString, usage)),
    ...(isAuthority
      ? []
      : [extension(oids.extendedKeyUsage, false, derSequence(...purposes.map(derOidOf)))]),
    ...(hosts.length === 0
      ? []
      : [extension(oids.subjectAltName, false, derSequence(...hosts.map(alternativeName)))]),
    extension(oids.subjectKeyId, false, der(derTag.octetString, keyIdOf(key))),
    extension(oids.authorityKeyId, false, derSequence(der(0x80, keyIdOf(signer)))),
  ]
}

function extension(oid: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [der(derTag.boolean, Buffer.from([0xff]))] : []
  return derSequence(derOidOf(oid), ...critical, der(derTag.octetString, value))
}

const dnsNameTag = 0x82
const ipAddressTag = 0x87

function alternativeName(host: string): Buffer {
  const address = addressBytes(host)
  return address === null
    ? der(dnsNameTag, Buffer.from(host, 'latin1'))
    : der(ipAddressTag, address)
}

/** The bytes of an IP address; null for a name. */
export function addressBytes(host: string): Buffer | null {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return Buffer.from(host.split('.').map(Number))
  if (!/^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/.test(host)) return null
  const [head = '', tail] = host.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = groups(tail ?? '')
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const all = [...before, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...after]
  return all.length === 8
    ? Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
    : null
}
