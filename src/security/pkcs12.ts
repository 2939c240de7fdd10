// Reads PKCS#12 stores (RFC 7292): private keys and certificates, also stores of certificates alone, which
// Node does not open. Encryption as keytool and OpenSSL write it today (PBES2), and triple DES of old.
import { createDecipheriv, createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { DerError, derChild, derChildren, derInteger, derOid, derTag, readDer } from './der.ts'
import type { DerElement } from './der.ts'

/** What is in a key or trust store. */
export interface StoreContent {
  /** PKCS#8 in DER, still encrypted where `isEncrypted`. */
  readonly keys: readonly { readonly bytes: Buffer; readonly isEncrypted: boolean }[]
  /** X.509 in DER. */
  readonly certificates: readonly Buffer[]
}

/** The store cannot be read: the message says why, and holds no secret. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  pbes2: '1.2.840.113549.1.5.13',
  tripleDes: '1.2.840.113549.1.12.1.3',
  rc2: '1.2.840.113549.1.12.1.6',
} as const

const hashNames: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

const cipherNames: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> =
  {
    '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
    '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
    '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
    '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
  }

/** A hostile store may ask for no more work than this. */
const iterationsMax = 5_000_000

/** @throws StoreError: no PKCS#12, another password, or an encryption of old */
export function readPkcs12(bytes: Buffer, password: string): StoreContent {
  try {
    const [, authSafe, mac] = derChildren(readDer(bytes))
    if (authSafe === undefined) throw new DerError('it holds nothing')
    const content = derChild(derChild(authSafe, 1), 0, derTag.octetString).content
    if (mac !== undefined) checkMac(mac, content, password)
    const keys: { bytes: Buffer; isEncrypted: boolean }[] = []
    const certificates: Buffer[] = []
    for (const info of derChildren(readDer(content))) {
      for (const bag of derChildren(readDer(safeContents(info, password)))) {
        takeBag(bag, { keys, certificates })
      }
    }
    return { keys, certificates }
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    throw new StoreError(`it is no PKCS#12 store: ${error.message}`, { cause: error })
  }
}

function takeBag(
  bag: DerElement,
  into: { keys: { bytes: Buffer; isEncrypted: boolean }[]; certificates: Buffer[] },
): void {
  const kind = derOid(derChild(bag, 0, derTag.oid))
  const value = derChild(derChild(bag, 1), 0)
  if (kind === oids.keyBag) into.keys.push({ bytes: value.raw, isEncrypted: false })
  if (kind === oids.shroudedKeyBag) into.keys.push({ bytes: value.raw, isEncrypted: true })
  if (kind === oids.certBag && derOid(derChild(value, 0, derTag.oid)) === oids.x509) {
    const certificate = derChild(derChild(value, 1), 0, derTag.octetString)
    into.certificates.push(Buffer.from(certificate.content))
  }
}

function safeContents(info: DerElement, password: string): Buffer {
  const kind = derOid(derChild(info, 0, derTag.oid))
  const body = derChild(derChild(info, 1), 0)
  if (kind === oids.data) return body.content
  if (kind !== oids.encryptedData) throw new StoreError('it holds content of an unknown kind')
  const [, algorithm, ...encrypted] = derChildren(derChild(body, 1, derTag.sequence))
  if (algorithm === undefined) throw new DerError('encrypted content names no encryption')
  // [0] IMPLICIT: in one piece, or in several.
  const [cipherText] = encrypted
  if (cipherText === undefined) throw new DerError('encrypted content is missing')
  const isPrimitive = cipherText.tag === 0x80
  const content = isPrimitive
    ? cipherText.content
    : Buffer.concat(derChildren(cipherText).map((piece) => piece.content))
  return decrypt(algorithm, content, password)
}

function decrypt(algorithm: DerElement, content: Buffer, password: string): Buffer {
  const kind = derOid(derChild(algorithm, 0, derTag.oid))
  const parameters = derChild(algorithm, 1)
  if (kind === oids.pbes2) return decryptPbes2(parameters, content, password)
  if (kind !== oids.tripleDes) {
    const name = kind === oids.rc2 ? '40-bit RC2' : `an unknown algorithm (${kind})`
    throw new StoreError(
      `it is encrypted with ${name}: write it anew with keytool of Java 17 or later, or as PEM`,
    )
  }
  const salt = derChild(parameters, 0, derTag.octetString).content
  const iterations = iterationsOf(derChild(parameters, 1, derTag.integer))
  const how = { hash: 'sha1', salt, iterations, password }
  const key = pkcs12Key({ ...how, purpose: 1, length: 24 })
  const iv = pkcs12Key({ ...how, purpose: 2, length: 8 })
  return decipher('des-ede3-cbc', { key, iv }, content)
}

function decryptPbes2(parameters: DerElement, content: Buffer, password: string): Buffer {
  const derivation = derChild(derChild(parameters, 0), 1)
  const [saltElement, iterations, ...more] = derChildren(derivation)
  if (saltElement === undefined || iterations === undefined)
    throw new DerError('PBKDF2 lacks parts')
  const prf = more.find(({ tag }) => tag === derTag.sequence)
  const hash = prf === undefined ? 'sha1' : hashNames[derOid(derChild(prf, 0, derTag.oid))]
  const scheme = derChild(parameters, 1)
  const cipher = cipherNames[derOid(derChild(scheme, 0, derTag.oid))]
  if (hash === undefined || cipher === undefined) {
    throw new StoreError('it is encrypted with an algorithm that is not known')
  }
  const iv = derChild(scheme, 1, derTag.octetString).content
  const salt = saltElement.content
  const key = pbkdf2Sync(password, salt, iterationsOf(iterations), cipher.keyBytes, hash)
  return decipher(cipher.name, { key, iv }, content)
}

function decipher(
  name: string,
  { key, iv }: { readonly key: Buffer; readonly iv: Buffer },
  content: Buffer,
): Buffer {
  const cipher = createDecipheriv(name, key, iv)
  try {
    return Buffer.concat([cipher.update(content), cipher.final()])
  } catch (error) {
    throw new StoreError('the password does not open it', { cause: error })
  }
}

function checkMac(mac: DerElement, content: Buffer, password: string): void {
  const digestInfo = derChild(mac, 0, derTag.sequence)
  const hash = hashNames[derOid(derChild(derChild(digestInfo, 0), 0, derTag.oid))]
  // A MAC of a newer kind is left alone: what is encrypted shows whether the password is right.
  if (hash === undefined) return
  const expected = derChild(digestInfo, 1, derTag.octetString).content
  const salt = derChild(mac, 1, derTag.octetString).content
  const [, , iterations] = derChildren(mac)
  const key = pkcs12Key({
    hash,
    salt,
    iterations: iterations === undefined ? 1 : iterationsOf(iterations),
    password,
    purpose: 3,
    length: expected.length,
  })
  const actual = createHmac(hash, key).update(content).digest()
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new StoreError('the password does not open it, or it is damaged')
  }
}

function iterationsOf(element: DerElement): number {
  const iterations = derInteger(element)
  if (iterations < 1 || iterations > iterationsMax) {
    throw new StoreError('it asks for an unreasonable number of iterations')
  }
  return iterations
}

/** The key derivation of PKCS#12 (RFC 7292, appendix B). */
export function pkcs12Key(options: {
  readonly hash: string
  readonly salt: Buffer
  readonly iterations: number
  readonly password: string
  /** 1: a key, 2: an initial vector, 3: a MAC's key. */
  readonly purpose: 1 | 2 | 3
  readonly length: number
}): Buffer {
  const { hash, salt, iterations, password, purpose, length } = options
  const blockBytes = hash === 'sha384' || hash === 'sha512' ? 128 : 64
  const passwordBytes = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const input = Buffer.concat([filled(salt, blockBytes), filled(passwordBytes, blockBytes)])
  const diversifier = Buffer.alloc(blockBytes, purpose)
  const pieces: Buffer[] = []
  for (let have = 0; have < length;) {
    let digest = createHash(hash).update(diversifier).update(input).digest()
    for (let round = 1; round < iterations; round++) {
      digest = createHash(hash).update(digest).digest()
    }
    pieces.push(digest)
    have += digest.length
    addToBlocks(input, filled(digest, blockBytes).subarray(0, blockBytes), blockBytes)
  }
  return Buffer.concat(pieces).subarray(0, length)
}

/** Repeated up to a multiple of the block. */
function filled(bytes: Buffer, blockBytes: number): Buffer {
  if (bytes.length === 0) return bytes
  return Buffer.alloc(Math.ceil(bytes.length / blockBytes) * blockBytes, bytes)
}

/** Every block becomes itself + `addend` + 1. */
function addToBlocks(blocks: Buffer, addend: Buffer, blockBytes: number): void {
  for (let start = 0; start < blocks.length; start += blockBytes) {
    let carry = 1
    for (let at = blockBytes - 1; at >= 0; at--) {
      const sum = blocks.readUInt8(start + at) + addend.readUInt8(at) + carry
      blocks.writeUInt8(sum & 0xff, start + at)
      carry = sum >> 8
    }
  }
}
