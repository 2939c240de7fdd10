// What the handlers of delegation tokens have in common: who may ask at all, and which token is meant by
// the HMAC that a client shows.
import { timingSafeEqual } from 'node:crypto'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Credentials, DelegationToken } from '../catalog/credentials.ts'
import type { TokenPlan, TokenTimes } from '../catalog/token-control.ts'
import { tokenHmac } from '../security/token-keys.ts'
import type { BrokerServices, RequestContext } from './context.ts'

export const anonymousPrincipal = 'User:ANONYMOUS'

/** Type and name of a principal that is written type:name. */
export function principalParts(principal: string): {
  principalType: string
  principalName: string
} {
  const colon = principal.indexOf(':')
  return { principalType: principal.slice(0, colon), principalName: principal.slice(colon + 1) }
}

/** Only who has proved who they are, and not by a token, may ask for tokens. */
export function mayUseTokens({ connection }: RequestContext): boolean {
  const { securityProtocol, principal, byToken } = connection
  if (byToken || securityProtocol === 'PLAINTEXT') return false
  return securityProtocol !== 'SSL' || principal !== anonymousPrincipal
}

export function tokenTimes({ config }: BrokerServices): TokenTimes {
  return {
    maxLifetimeMs: config.delegationTokenMaxLifetimeMs,
    expiryMs: config.delegationTokenExpiryTimeMs,
  }
}

export type TokenChange =
  { readonly error: ErrorName } | { readonly error: null; readonly token: DelegationToken }

/** Changes the token that `hmac` is the key of, as `decide` says. */
export function changeToken(
  broker: BrokerServices,
  context: RequestContext,
  hmac: Buffer,
  decide: (token: DelegationToken | undefined) => TokenPlan,
): MaybePromise<TokenChange> {
  if (!mayUseTokens(context)) return { error: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED' }
  const secret = broker.config.delegationTokenSecretKey
  if (secret === null) return { error: 'DELEGATION_TOKEN_AUTH_DISABLED' }
  const planned = broker.catalog.change((image) => {
    const plan = decide(tokenOf(image.credentials, hmac, secret))
    return { records: plan.error === null ? plan.records : [], answer: plan }
  })
  return chain(planned, (plan) => (plan.error === null ? { error: null, token: plan.token } : plan))
}

function tokenOf(
  credentials: Credentials,
  hmac: Buffer,
  secret: string,
): DelegationToken | undefined {
  for (const token of credentials.tokens()) {
    const own = tokenHmac(secret, token.tokenId)
    if (own.length === hmac.length && timingSafeEqual(own, hmac)) return token
  }
  return undefined
}
