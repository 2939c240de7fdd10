/**
 * RenewDelegationToken (39), v0-2: prolongs a token, for its owner or a renewer (KIP-48).
 * v1 throttleTimeMs · v2 flexible. Differs from Kafka: v0 is still served.
 */
import type {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponseInput,
} from '../../protocol/codecs/renew-delegation-token.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { renewToken } from '../catalog/token-control.ts'
import type { Handler } from './context.ts'
import { changeToken, tokenTimes } from './delegation-tokens.ts'

export const handleRenewDelegationToken: Handler<
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponseInput
> = (broker, request, context) => {
  const { nowMs } = context
  const { principal } = context.connection
  const times = tokenTimes(broker)
  const change = changeToken(broker, context, request.hmac, (token) =>
    renewToken(token, { principal, periodMs: request.renewPeriodMs }, { times, nowMs }),
  )
  return chain(change, (changed) => ({
    errorCode: errorCode(changed.error ?? 'NONE'),
    expiryTimestampMs: changed.error === null ? changed.token.expiryMs : -1,
    throttleTimeMs: 0,
  }))
}
