/**
 * CreateDelegationToken (38), v0-3: makes a token in place of credentials (KIP-48). None for clients
 * that have not proved who they are, or did so by a token.
 * v1 throttleTimeMs · v2 flexible · v3 owner and requester (KIP-373).
 * Differs from Kafka: v0 is still served.
 */
import type {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponseInput,
} from '../../protocol/codecs/create-delegation-token.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { createToken } from '../catalog/token-control.ts'
import { randomKafkaUuid } from '../io/random.ts'
import { tokenHmac } from '../security/token-keys.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { mayUseTokens, principalParts, tokenTimes } from './delegation-tokens.ts'

const never = -1

export const handleCreateDelegationToken: Handler<
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponseInput
> = (broker, request, context) => {
  const requester = context.connection.principal
  const owner =
    (request.ownerPrincipalName ?? '') === ''
      ? requester
      : `${request.ownerPrincipalType ?? ''}:${request.ownerPrincipalName ?? ''}`
  const error = refusalOf(broker, request, context, owner)
  if (error !== null) return answer(error, owner, requester)
  const secret = broker.config.delegationTokenSecretKey
  if (secret === null) return answer('DELEGATION_TOKEN_AUTH_DISABLED', owner, requester)
  return create(broker, { request, context, owner, requester, secret })
}

function create(
  broker: BrokerServices,
  made: {
    readonly request: CreateDelegationTokenRequest
    readonly context: RequestContext
    readonly owner: string
    readonly requester: string
    readonly secret: string
  },
): MaybePromise<CreateDelegationTokenResponseInput> {
  const { request, context, owner, requester, secret } = made
  const creation = {
    tokenId: randomKafkaUuid(broker.random),
    owner,
    requester,
    renewers: request.renewers.map((one) => `${one.principalType}:${one.principalName}`),
    maxLifetimeMs: request.maxLifetimeMs,
  }
  const plan = createToken(creation, tokenTimes(broker), context.nowMs)
  if (plan.error !== null) return answer(plan.error, owner, requester)
  const { token, records } = plan
  return chain(broker.catalog.commit(records), () => ({
    ...answer('NONE', owner, requester),
    issueTimestampMs: token.issueMs,
    expiryTimestampMs: token.expiryMs,
    maxTimestampMs: token.maxMs,
    tokenId: token.tokenId,
    hmac: tokenHmac(secret, token.tokenId),
  }))
}

function refusalOf(
  broker: BrokerServices,
  request: CreateDelegationTokenRequest,
  context: RequestContext,
  owner: string,
): ErrorName | null {
  if (!mayUseTokens(context)) return 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'
  const isOwn = owner === context.connection.principal
  if (!isOwn && !broker.authorize(context, 'create-tokens', 'user', owner)) {
    return 'DELEGATION_TOKEN_AUTHORIZATION_FAILED'
  }
  return request.renewers.every(({ principalType }) => principalType === 'User')
    ? null
    : 'INVALID_PRINCIPAL_TYPE'
}

function answer(
  error: ErrorName,
  owner: string,
  requester: string,
): CreateDelegationTokenResponseInput {
  const asked = principalParts(requester)
  return {
    errorCode: errorCode(error),
    ...principalParts(owner),
    tokenRequesterPrincipalType: asked.principalType,
    tokenRequesterPrincipalName: asked.principalName,
    issueTimestampMs: never,
    expiryTimestampMs: never,
    maxTimestampMs: never,
    tokenId: '',
    hmac: Buffer.alloc(0),
    throttleTimeMs: 0,
  }
}
