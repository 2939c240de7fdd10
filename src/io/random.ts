// Randomness comes in through this port, so that a seed replays a run exactly.
import { randomBytes } from 'node:crypto'

export interface Random {
  /** `byteCount` random bytes. */
  bytes(byteCount: number): Buffer
}

export class SystemRandom implements Random {
  bytes(byteCount: number): Buffer {
    return randomBytes(byteCount)
  }
}

/** A random (version 4) UUID in the canonical 36-character form: for member ids. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ]
  return parts.join('-')
}

/**
 * A random id as Kafka writes topic, cluster and directory ids: 22 characters of base64url, never
 * beginning with '-'.
 */
export function randomKafkaUuid(random: Random): string {
  for (;;) {
    const id = random.bytes(16).toString('base64url')
    if (!id.startsWith('-') && id !== 'AAAAAAAAAAAAAAAAAAAAAA' && id !== 'AAAAAAAAAAAAAAAAAAAAAQ')
      return id
  }
}
