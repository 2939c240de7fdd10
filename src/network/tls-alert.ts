// Tells a TLS 1.3 client why its certificate is refused. OpenSSL under Node accepts every certificate in the
// handshake and leaves the verdict to us, behind it; Node offers no way to send an alert then. So the alert's
// record is made here, with the connection's own key, which Node hands out for key logs (RFC 8446, 5.2 and 7.1).
import { createCipheriv, createHmac } from 'node:crypto'

/** Why a certificate is refused (RFC 8446, 6.2), and the alert's number. */
export const tlsAlerts = {
  unsupportedCertificate: 43,
  certificateRevoked: 44,
  certificateExpired: 45,
  certificateUnknown: 46,
  unknownAuthority: 48,
  accessDenied: 49,
} as const
export type TlsAlert = (typeof tlsAlerts)[keyof typeof tlsAlerts]

const alertsByVerdict: Readonly<Record<string, TlsAlert>> = {
  CERT_HAS_EXPIRED: tlsAlerts.certificateExpired,
  CERT_REVOKED: tlsAlerts.certificateRevoked,
  INVALID_PURPOSE: tlsAlerts.unsupportedCertificate,
  DEPTH_ZERO_SELF_SIGNED_CERT: tlsAlerts.unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: tlsAlerts.unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: tlsAlerts.unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: tlsAlerts.unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: tlsAlerts.unknownAuthority,
}

/** The alert that belongs to OpenSSL's verdict on a certificate. */
export function alertOfVerdict(verdict: string): TlsAlert {
  return alertsByVerdict[verdict] ?? tlsAlerts.certificateUnknown
}

interface Suite {
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'
  readonly hash: 'sha256' | 'sha384'
  readonly keyBytes: number
}

/** The suites of TLS 1.3 that OpenSSL speaks unless it is told otherwise, by their IANA names. */
const suites: Readonly<Record<string, Suite>> = {
  TLS_AES_128_GCM_SHA256: { cipher: 'aes-128-gcm', hash: 'sha256', keyBytes: 16 },
  TLS_AES_256_GCM_SHA384: { cipher: 'aes-256-gcm', hash: 'sha384', keyBytes: 32 },
  TLS_CHACHA20_POLY1305_SHA256: { cipher: 'chacha20-poly1305', hash: 'sha256', keyBytes: 32 },
}

const ivBytes = 12
const tagBytes = 16
const fatal = 2
const alertType = 21
const applicationDataType = 23

/**
 * The record of a fatal alert, as the first that the server sends under its application key.
 * `suite`: the IANA name. Null for a suite that is not known here.
 */
export function fatalAlertRecord(
  alert: TlsAlert,
  { suite, secret }: { readonly suite: string; readonly secret: Buffer },
): Buffer | null {
  const known = suites[suite]
  if (known === undefined) return null
  const plain = Buffer.of(fatal, alert, alertType)
  const head = Buffer.of(applicationDataType, 3, 3, 0, plain.length + tagBytes)
  const key = expandLabel(known.hash, secret, 'key', known.keyBytes)
  // The nonce is the IV with the record's number, 0, mixed in.
  const iv = expandLabel(known.hash, secret, 'iv', ivBytes)
  const { cipher } = known
  const sealing =
    cipher === 'chacha20-poly1305'
      ? createCipheriv(cipher, key, iv, { authTagLength: tagBytes })
      : createCipheriv(cipher, key, iv)
  sealing.setAAD(head, { plaintextLength: plain.length })
  const sealed = Buffer.concat([sealing.update(plain), sealing.final()])
  return Buffer.concat([head, sealed, sealing.getAuthTag()])
}

/** HKDF-Expand-Label with an empty context, of no more bytes than the hash has. */
function expandLabel(hash: Suite['hash'], secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1')
  const info = Buffer.concat([Buffer.of(0, length, name.length), name, Buffer.of(0, 1)])
  return createHmac(hash, secret).update(info).digest().subarray(0, length)
}

/** The server's secret in a line of a key log; null when the line holds another. */
export function serverTrafficSecret(keyLogLine: Buffer): Buffer | null {
  const [label, , secret] = keyLogLine.toString('latin1').trim().split(' ')
  if (label !== 'SERVER_TRAFFIC_SECRET_0' || secret === undefined) return null
  return Buffer.from(secret, 'hex')
}
