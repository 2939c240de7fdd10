/**
 * DescribeDelegationToken (41), v0-3: the tokens that the client owns, may renew, or may describe by
 * the rights that it has (KIP-48).
 * v1 throttleTimeMs · v2 flexible · v3 requesters (KIP-373).
 * Differs from Kafka: v0 is still served.
 */
import type {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponseInput,
} from '../../protocol/codecs/describe-delegation-token.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { DelegationToken } from '../catalog/credentials.ts'
import { ownsOrRenews } from '../catalog/token-control.ts'
import { tokenHmac } from '../security/token-keys.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { mayUseTokens, principalParts } from './delegation-tokens.ts'

type Described = DescribeDelegationTokenResponseInput['tokens'][number]

export const handleDescribeDelegationToken: Handler<
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponseInput
> = (broker, request, context) => {
  const secret = broker.config.delegationTokenSecretKey
  if (!mayUseTokens(context)) {
    const error = errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
    return { errorCode: error, tokens: [], throttleTimeMs: 0 }
  }
  if (secret === null) {
    const error = errorCode('DELEGATION_TOKEN_AUTH_DISABLED')
    return { errorCode: error, tokens: [], throttleTimeMs: 0 }
  }
  // Null asks for the tokens of all owners, an empty list for none.
  const owners =
    request.owners?.map(
      ({ principalType, principalName }) => `${principalType}:${principalName}`,
    ) ?? null
  const tokens = [...broker.catalog.image.credentials.tokens()].filter(
    (token) =>
      (owners === null || owners.some((owner) => ownsOrRenews(token, owner))) &&
      maySee(broker, context, token),
  )
  return {
    errorCode: 0,
    tokens: tokens.map((token) => describe(token, secret)),
    throttleTimeMs: 0,
  }
}

function maySee(broker: BrokerServices, context: RequestContext, token: DelegationToken): boolean {
  return (
    ownsOrRenews(token, context.connection.principal) ||
    broker.authorize(context, 'describe', 'delegation-token', token.tokenId) ||
    broker.authorize(context, 'describe-tokens', 'user', token.owner)
  )
}

function describe(token: DelegationToken, secret: string): Described {
  const requester = principalParts(token.requester)
  return {
    ...principalParts(token.owner),
    tokenRequesterPrincipalType: requester.principalType,
    tokenRequesterPrincipalName: requester.principalName,
    issueTimestamp: token.issueMs,
    expiryTimestamp: token.expiryMs,
    maxTimestamp: token.maxMs,
    tokenId: token.tokenId,
    hmac: tokenHmac(secret, token.tokenId),
    renewers: token.renewers.map(principalParts),
  }
}
