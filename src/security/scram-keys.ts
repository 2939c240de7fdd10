// The arithmetic of SCRAM (RFC 5802, RFC 7677): from a password to what is kept of it.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { ScramCredential, ScramMechanism } from '../catalog/credentials.ts'

interface Hash {
  readonly name: 'sha256' | 'sha512'
  readonly bytes: number
}

const hashes: Readonly<Record<ScramMechanism, Hash>> = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
}

/** Fewer are refused, as in Kafka. */
export const iterationsMin = 4096
/** More are refused: the client computes them, but whoever sets them could make it wait. */
export const iterationsMax = 16_384

export function scramHmac(mechanism: ScramMechanism, key: Buffer, text: string | Buffer): Buffer {
  return createHmac(hashes[mechanism].name, key).update(text).digest()
}

/** StoredKey of a ClientKey. */
export function scramHash(mechanism: ScramMechanism, bytes: Buffer): Buffer {
  return createHash(hashes[mechanism].name).update(bytes).digest()
}

/** What is kept of a salted password. */
export function credentialOfSalted(
  mechanism: ScramMechanism,
  salted: Buffer,
  how: { readonly salt: Buffer; readonly iterations: number },
): ScramCredential {
  const clientKey = scramHmac(mechanism, salted, 'Client Key')
  return {
    salt: how.salt,
    iterations: how.iterations,
    storedKey: scramHash(mechanism, clientKey),
    serverKey: scramHmac(mechanism, salted, 'Server Key'),
  }
}

/** Hi(password, salt, iterations): slow on purpose, some milliseconds. */
export function saltedPassword(
  mechanism: ScramMechanism,
  password: string,
  how: { readonly salt: Buffer; readonly iterations: number },
): Buffer {
  const { name, bytes } = hashes[mechanism]
  // Kafka does not prepare passwords (SASLprep) either.
  return pbkdf2Sync(Buffer.from(password, 'utf8'), how.salt, how.iterations, bytes, name)
}

/** What is kept of a password. */
export function credentialOf(
  mechanism: ScramMechanism,
  password: string,
  how: { readonly salt: Buffer; readonly iterations: number },
): ScramCredential {
  return credentialOfSalted(mechanism, saltedPassword(mechanism, password, how), how)
}
