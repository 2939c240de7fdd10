// Whether a bearer token is good: signed by one of the issuer's keys, or unsigned where that is what was
// configured, with Kafka's options of its unsecured validator.
import type { MechanismSettings } from '../config/listener-security.ts'
import { checkClaims, isSignedBy, parseJwt, scopesOf } from './jwt.ts'
import type { Jwt } from './jwt.ts'
import type { KeySet } from './key-set.ts'
import type { TokenOutcome } from './sasl-oauthbearer.ts'

function invalid(reason: string): TokenOutcome {
  return {
    ok: false,
    status: 'invalid_token',
    scope: null,
    reason: `the token is refused: ${reason}`,
  }
}

/** Checks a token that its issuer signed. */
export async function checkSignedToken(
  text: string,
  settings: MechanismSettings,
  by: { readonly keys: KeySet; readonly nowMs: () => number },
): Promise<TokenOutcome> {
  const jwt = parseJwt(text)
  if (jwt === null) return invalid('it is no JSON Web Token')
  const candidates = await by.keys.keysFor(jwt.keyId)
  if (candidates.length === 0) return invalid('no key of the issuer has its key id')
  if (!candidates.some((key) => isSignedBy(jwt, key))) return invalid('its signature is wrong')
  const expected = { ...settings.oauth, needsIssuedAt: true }
  const outcome = checkClaims(jwt.claims, expected, by.nowMs())
  return outcome.ok ? outcome : invalid(outcome.reason)
}

/** Checks a token without a signature (RFC 7515, alg none): anyone can write one. */
export function checkUnsignedToken(
  text: string,
  settings: MechanismSettings,
  nowMs: number,
): TokenOutcome {
  const jwt = parseJwt(text)
  if (jwt === null) return invalid('it is no JSON Web Token')
  if (jwt.algorithm !== 'none' || jwt.signature.length > 0) {
    return invalid('it is signed, and there are no keys to check that with')
  }
  const option = (name: string) => optionOf(settings, `unsecuredValidator${name}`)
  const subClaim = option('PrincipalClaimName') ?? 'sub'
  const scopeClaim = option('ScopeClaimName') ?? 'scope'
  const clockSkewSeconds = Number(option('AllowableClockSkewMs') ?? 0) / 1000
  const expected = {
    audiences: [],
    issuer: null,
    clockSkewSeconds,
    scopeClaim,
    subClaim,
    needsIssuedAt: false,
  }
  const outcome = checkClaims(jwt.claims, expected, nowMs)
  if (!outcome.ok) return invalid(outcome.reason)
  return missingScope(jwt, scopeClaim, option('RequiredScope')) ?? outcome
}

function missingScope(jwt: Jwt, claim: string, required: string | null): TokenOutcome | null {
  if (required === null) return null
  const held = scopesOf(jwt.claims, claim) ?? []
  if (required.split(/\s+/).every((scope) => held.includes(scope))) return null
  const reason = 'the token does not hold the required scope'
  return { ok: false, status: 'insufficient_scope', scope: required, reason }
}

function optionOf(settings: MechanismSettings, name: string): string | null {
  for (const { options } of settings.jaas) {
    const value = options.get(name)?.trim() ?? ''
    if (value !== '') return value
  }
  return null
}
