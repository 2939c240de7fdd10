// Reads Java key stores (JKS, JCEKS without its own encryption): private keys under Sun's key protector,
// and trusted certificates. The format is Java's DataOutput, big-endian.
import { createHash, timingSafeEqual } from 'node:crypto'
import { DerError, derChild, derTag, readDer } from './der.ts'
import { StoreError } from './pkcs12.ts'
import type { StoreContent } from './pkcs12.ts'

export const jksMagic = 0xfeedfeed
const versions = [1, 2]
const keyEntry = 1
const certificateEntry = 2
const digestBytes = 20
/** Part of the digest over the whole store, as Sun wrote it. */
const whitener = 'Mighty Aphrodite'

/**
 * @param passwords `store`: null skips the check of the whole; `key`: opens the keys
 * @throws StoreError: no JKS, damaged, or another password
 */
export function readJks(
  bytes: Buffer,
  passwords: { readonly store: string | null; readonly key: string },
): StoreContent {
  if (bytes.length < digestBytes) throw new StoreError('it ends too soon')
  if (passwords.store !== null) checkDigest(bytes, passwords.store)
  const cursor = new Cursor(bytes.subarray(0, bytes.length - digestBytes))
  if (cursor.uint32() !== jksMagic || !versions.includes(cursor.uint32())) {
    throw new StoreError('it is no JKS store')
  }
  const keys: { bytes: Buffer; isEncrypted: boolean }[] = []
  const certificates: Buffer[] = []
  for (let left = cursor.uint32(); left > 0; left--) {
    const kind = cursor.uint32()
    cursor.text()
    cursor.take(8)
    if (kind === keyEntry) {
      const protectedKey = cursor.take(cursor.uint32())
      keys.push({ bytes: openKey(protectedKey, passwords.key), isEncrypted: false })
      for (let count = cursor.uint32(); count > 0; count--) certificates.push(cursor.certificate())
    } else if (kind === certificateEntry) {
      certificates.push(cursor.certificate())
    } else {
      throw new StoreError('it holds an entry of an unknown kind')
    }
  }
  return { keys, certificates }
}

function checkDigest(bytes: Buffer, password: string): void {
  const end = bytes.length - digestBytes
  const digest = createHash('sha1')
    .update(utf16(password))
    .update(whitener, 'utf8')
    .update(bytes.subarray(0, end))
    .digest()
  if (!timingSafeEqual(digest, bytes.subarray(end))) {
    throw new StoreError('the password does not open it, or it is damaged')
  }
}

/** Undoes Sun's key protector: a stream of SHA-1 over password and the digest before. */
function openKey(protectedKey: Buffer, password: string): Buffer {
  const box = unwrap(protectedKey)
  if (box.length < 2 * digestBytes) throw new StoreError('a key is damaged')
  const passwordBytes = utf16(password)
  const encrypted = box.subarray(digestBytes, box.length - digestBytes)
  const key = Buffer.alloc(encrypted.length)
  let digest = box.subarray(0, digestBytes)
  for (let at = 0; at < key.length; at++) {
    if (at % digestBytes === 0) {
      digest = createHash('sha1').update(passwordBytes).update(digest).digest()
    }
    key.writeUInt8(encrypted.readUInt8(at) ^ digest.readUInt8(at % digestBytes), at)
  }
  const check = createHash('sha1').update(passwordBytes).update(key).digest()
  if (!timingSafeEqual(check, box.subarray(box.length - digestBytes))) {
    throw new StoreError('the password does not open its key')
  }
  return key
}

/** The encrypted bytes inside EncryptedPrivateKeyInfo. */
function unwrap(protectedKey: Buffer): Buffer {
  try {
    return derChild(readDer(protectedKey), 1, derTag.octetString).content
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    throw new StoreError('a key is damaged', { cause: error })
  }
}

function utf16(password: string): Buffer {
  return Buffer.from(password, 'utf16le').swap16()
}

class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(count: number): Buffer {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new StoreError('it ends too soon')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  uint32(): number {
    return this.take(4).readUInt32BE(0)
  }

  text(): string {
    return this.take(this.take(2).readUInt16BE(0)).toString('utf8')
  }

  certificate(): Buffer {
    this.text()
    return Buffer.from(this.take(this.uint32()))
  }
}
