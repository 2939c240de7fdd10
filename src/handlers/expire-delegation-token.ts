/**
 * ExpireDelegationToken (40), v0-2: ends a token (KIP-48). Kafka refuses clients that have not
 * authenticated, and no client of this broker has yet.
 * v1 throttleTimeMs · v2 flexible. Differs from Kafka: v0 is still served.
 */
import type {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponseInput,
} from '../../protocol/codecs/expire-delegation-token.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

export const handleExpireDelegationToken: Handler<
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponseInput
> = () => ({
  errorCode: errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'),
  expiryTimestampMs: -1,
  throttleTimeMs: 0,
})
