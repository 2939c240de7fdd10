// JSON Web Tokens (RFC 7519) in compact form: taken apart, their signature checked with a public key,
// their claims checked against what the broker expects. Pure.
import { constants, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { OauthSettings } from '../config/listener-security.ts'

export interface Jwt {
  readonly algorithm: string
  readonly keyId: string | null
  readonly claims: Readonly<Record<string, unknown>>
  /** What the signature is over. */
  readonly signed: Buffer
  readonly signature: Buffer
}

/** The parts of a token; null for what is none. */
export function parseJwt(text: string): Jwt | null {
  const parts = text.split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3) return null
  const fields = jsonObject(header)
  const claims = jsonObject(payload)
  if (fields === null || claims === null || typeof fields['alg'] !== 'string') return null
  return {
    algorithm: fields['alg'],
    keyId: typeof fields['kid'] === 'string' ? fields['kid'] : null,
    claims,
    signed: Buffer.from(`${header}.${payload}`, 'latin1'),
    signature: Buffer.from(signature, 'base64url'),
  }
}

function jsonObject(base64: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, 'base64url').toString('utf8'))
    return isObject(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Algorithm {
  readonly keyType: string
  /** Null where the key decides (EdDSA). */
  readonly hash: string | null
  readonly curve?: string
  readonly isPss?: boolean
}

/** The signatures that are taken; secrets shared with the issuer (HS…) and none are not. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  RS256: { keyType: 'rsa', hash: 'sha256' },
  RS384: { keyType: 'rsa', hash: 'sha384' },
  RS512: { keyType: 'rsa', hash: 'sha512' },
  PS256: { keyType: 'rsa', hash: 'sha256', isPss: true },
  PS384: { keyType: 'rsa', hash: 'sha384', isPss: true },
  PS512: { keyType: 'rsa', hash: 'sha512', isPss: true },
  ES256: { keyType: 'ec', hash: 'sha256', curve: 'prime256v1' },
  ES384: { keyType: 'ec', hash: 'sha384', curve: 'secp384r1' },
  ES512: { keyType: 'ec', hash: 'sha512', curve: 'secp521r1' },
  EdDSA: { keyType: 'ed25519', hash: null },
}

/** Whether `key` signed the token, by an algorithm that this key is for. */
export function isSignedBy(jwt: Jwt, key: KeyObject): boolean {
  const algorithm = Object.hasOwn(algorithms, jwt.algorithm) ? algorithms[jwt.algorithm] : undefined
  if (algorithm === undefined || key.asymmetricKeyType !== algorithm.keyType) return false
  if (algorithm.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== algorithm.curve) {
    return false
  }
  const how = {
    key,
    ...(algorithm.keyType === 'ec' ? { dsaEncoding: 'ieee-p1363' as const } : {}),
    ...(algorithm.isPss === true
      ? {
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }
      : {}),
  }
  return verify(algorithm.hash, jwt.signed, how, jwt.signature)
}

export type ClaimsOutcome =
  | { readonly ok: true; readonly user: string; readonly expiresAtMs: number }
  | { readonly ok: false; readonly reason: string }

type Expected = Pick<
  OauthSettings,
  'audiences' | 'issuer' | 'clockSkewSeconds' | 'scopeClaim' | 'subClaim'
>

/** Whom the claims name, or why they do not do: times, issuer, audience, scope, subject. */
export function checkClaims(
  claims: Jwt['claims'],
  expected: Expected & { readonly needsIssuedAt: boolean },
  nowMs: number,
): ClaimsOutcome {
  const reason = claimsProblem(claims, expected, nowMs)
  if (reason !== null) return { ok: false, reason }
  const user = claims[expected.subClaim]
  const expiry = claims['exp']
  if (typeof user !== 'string' || user.trim() === '' || typeof expiry !== 'number') {
    return { ok: false, reason: `it has no claim ${expected.subClaim} that names a user` }
  }
  return { ok: true, user: user.trim(), expiresAtMs: Math.floor(expiry * 1000) }
}

function claimsProblem(
  claims: Jwt['claims'],
  expected: Expected & { readonly needsIssuedAt: boolean },
  nowMs: number,
): string | null {
  const skewMs = expected.clockSkewSeconds * 1000
  const { exp, iat, nbf, iss, aud } = claims
  if (typeof exp !== 'number' || exp < 0) return 'it has no time of expiry (exp)'
  if (exp * 1000 + skewMs <= nowMs) return 'it has expired (exp)'
  if (iat === undefined ? expected.needsIssuedAt : typeof iat !== 'number') {
    return 'it has no time of issue (iat)'
  }
  if (typeof iat === 'number' && iat * 1000 - skewMs > nowMs) return 'it is issued later (iat)'
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf * 1000 - skewMs > nowMs)) {
    return 'it is not valid yet (nbf)'
  }
  if (expected.issuer !== null && iss !== expected.issuer) return 'it has another issuer (iss)'
  if (expected.audiences.length > 0) {
    const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
    if (!expected.audiences.some((audience) => named.includes(audience))) {
      return 'it is for another audience (aud)'
    }
  }
  return scopesOf(claims, expected.scopeClaim) === null
    ? `its claim ${expected.scopeClaim} holds no scopes`
    : null
}

/** The scopes of a token: words in a text, or a list of them. Null when it is neither. */
export function scopesOf(claims: Jwt['claims'], claim: string): readonly string[] | null {
  const value = claims[claim]
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return value.split(/\s+/).filter((scope) => scope !== '')
  if (!Array.isArray(value)) return null
  const scopes = value.filter((scope): scope is string => typeof scope === 'string')
  return scopes.length === value.length ? scopes : null
}
