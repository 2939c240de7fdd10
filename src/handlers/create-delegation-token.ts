/**
 * CreateDelegationToken (38), v0-3: makes a token in place of credentials (KIP-48). Kafka gives
 * none to clients that have not authenticated, and no client of this broker has yet.
 * v1 throttleTimeMs · v2 flexible · v3 owner and requester (KIP-373).
 * Differs from Kafka: v0 is still served.
 */
import type {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponseInput,
} from '../../protocol/codecs/create-delegation-token.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

const never = -1

export const handleCreateDelegationToken: Handler<
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponseInput
> = (_broker, { ownerPrincipalType, ownerPrincipalName }, { connection }) => {
  const [type = '', ...name] = connection.principal.split(':')
  const requester = { type, name: name.join(':') }
  const owner =
    (ownerPrincipalName ?? '') === ''
      ? requester
      : { type: ownerPrincipalType ?? '', name: ownerPrincipalName ?? '' }
  return {
    errorCode: errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'),
    principalType: owner.type,
    principalName: owner.name,
    tokenRequesterPrincipalType: requester.type,
    tokenRequesterPrincipalName: requester.name,
    issueTimestampMs: never,
    expiryTimestampMs: never,
    maxTimestampMs: never,
    tokenId: '',
    hmac: Buffer.alloc(0),
    throttleTimeMs: 0,
  }
}
