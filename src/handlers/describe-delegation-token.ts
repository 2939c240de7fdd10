/**
 * DescribeDelegationToken (41), v0-3: lists tokens (KIP-48). Kafka refuses clients that have not
 * authenticated, and no client of this broker has yet.
 * v1 throttleTimeMs · v2 flexible · v3 requesters (KIP-373).
 * Differs from Kafka: v0 is still served.
 */
import type {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponseInput,
} from '../../protocol/codecs/describe-delegation-token.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

export const handleDescribeDelegationToken: Handler<
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponseInput
> = () => ({
  errorCode: errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'),
  tokens: [],
  throttleTimeMs: 0,
})
