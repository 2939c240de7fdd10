// A delegation token's secret (KIP-48): what its holder logs in with, made from the token's id and a
// secret of the broker's, and never stored.
import { createHmac } from 'node:crypto'

/** HMAC-SHA-512 of the token's id. */
export function tokenHmac(secret: string, tokenId: string): Buffer {
  return createHmac('sha512', Buffer.from(secret, 'utf8')).update(tokenId, 'utf8').digest()
}

/** The SCRAM password of a token, as Kafka's clients send it. */
export function tokenPassword(hmac: Buffer): string {
  return hmac.toString('base64')
}
