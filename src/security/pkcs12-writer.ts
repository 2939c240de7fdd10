// Writes PKCS#12 stores that Java, OpenSSL and Node read: a key with its chain, or trusted certificates.
// Keys are encrypted (PBES2, AES-256); certificates are public and are not.
import { createHmac } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { der, derNumber, derOidOf, derSequence, derTag } from './der.ts'
import { pkcs12Key } from './pkcs12.ts'

const oids = {
  data: '1.2.840.113549.1.7.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  sha256: '2.16.840.1.101.3.4.2.1',
  /** Java takes a certificate for trusted only with this attribute. */
  javaTrusted: '2.16.840.1.113894.746875.1.1',
  anyUsage: '2.5.29.37.0',
} as const

const macIterations = 10_000
const macBytes = 32
const contextTag = 0xa0

export interface StoreWish {
  readonly password: string
  /** Random bytes for the MAC. */
  readonly salt: Buffer
  /** With the chain of the key, its own certificate first. */
  readonly key: {
    readonly name: string
    readonly key: KeyObject
    readonly chain: readonly Buffer[]
  } | null
  readonly trusted: readonly { readonly name: string; readonly certificate: Buffer }[]
}

export function writePkcs12(wish: StoreWish): Buffer {
  const bags = [
    ...wish.trusted.map(({ name, certificate }) => certificateBag(certificate, trust(name))),
    ...(wish.key === null ? [] : keyBags(wish.key, wish.password)),
  ]
  const safe = derSequence(data(derSequence(...bags)))
  return derSequence(derNumber(3), data(safe), mac(safe, wish))
}

function keyBags(
  { name, key, chain }: NonNullable<StoreWish['key']>,
  password: string,
): readonly Buffer[] {
  const how = { type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: password } as const
  const id = attribute(oids.localKeyId, der(derTag.octetString, Buffer.from('1', 'latin1')))
  const attributes = [friendlyName(name), id]
  return [
    bag(oids.shroudedKeyBag, key.export(how), attributes),
    ...chain.map((certificate, index) =>
      certificateBag(certificate, index === 0 ? attributes : []),
    ),
  ]
}

function certificateBag(certificate: Buffer, attributes: readonly Buffer[]): Buffer {
  const value = der(contextTag, der(derTag.octetString, certificate))
  return bag(oids.certBag, derSequence(derOidOf(oids.x509), value), attributes)
}

function bag(oid: string, value: Buffer, attributes: readonly Buffer[]): Buffer {
  const set = attributes.length === 0 ? [] : [der(derTag.set, ...attributes)]
  return derSequence(derOidOf(oid), der(contextTag, value), ...set)
}

function trust(name: string): readonly Buffer[] {
  return [friendlyName(name), attribute(oids.javaTrusted, derOidOf(oids.anyUsage))]
}

function friendlyName(name: string): Buffer {
  return attribute(oids.friendlyName, der(derTag.bmpString, Buffer.from(name, 'utf16le').swap16()))
}

function attribute(oid: string, value: Buffer): Buffer {
  return derSequence(derOidOf(oid), der(derTag.set, value))
}

function data(content: Buffer): Buffer {
  return derSequence(derOidOf(oids.data), der(contextTag, der(derTag.octetString, content)))
}

function mac(safe: Buffer, { password, salt }: StoreWish): Buffer {
  const key = pkcs12Key({
    hash: 'sha256',
    salt,
    iterations: macIterations,
    password,
    purpose: 3,
    length: macBytes,
  })
  const digest = createHmac('sha256', key).update(safe).digest()
  const algorithm = derSequence(derOidOf(oids.sha256), der(0x05))
  return derSequence(
    derSequence(algorithm, der(derTag.octetString, digest)),
    der(derTag.octetString, salt),
    derNumber(macIterations),
  )
}
