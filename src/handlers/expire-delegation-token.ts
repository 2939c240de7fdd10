/**
 * ExpireDelegationToken (40), v0-2: ends a token, now or after a while (KIP-48).
 * v1 throttleTimeMs · v2 flexible. Differs from Kafka: v0 is still served.
 */
import type {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponseInput,
} from '../../protocol/codecs/expire-delegation-token.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { expireToken } from '../catalog/token-control.ts'
import type { Handler } from './context.ts'
import { changeToken } from './delegation-tokens.ts'

export const handleExpireDelegationToken: Handler<
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponseInput
> = (broker, request, context) => {
  const { nowMs } = context
  const { principal } = context.connection
  const change = changeToken(broker, context, request.hmac, (token) =>
    expireToken(token, { principal, periodMs: request.expiryTimePeriodMs }, nowMs),
  )
  return chain(change, (changed) => ({
    errorCode: errorCode(changed.error ?? 'NONE'),
    expiryTimestampMs: changed.error === null ? changed.token.expiryMs : -1,
    throttleTimeMs: 0,
  }))
}
