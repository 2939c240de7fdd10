/**
 * PushTelemetry (72), v0: takes metrics of a client (KIP-714), for the broker's own metrics page.
 * Differs from Kafka: the broker itself is the receiver, and INVALID_RECORD answers metrics that it
 * cannot read; Kafka hands them to a plugin.
 */
import type {
  PushTelemetryRequest,
  PushTelemetryResponseInput,
} from '../../protocol/codecs/push-telemetry.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { Handler } from './context.ts'
import { telemetryClient } from './get-telemetry-subscriptions.ts'
import { orRefusal } from './or-refusal.ts'

export const handlePushTelemetry: Handler<PushTelemetryRequest, PushTelemetryResponseInput> = (
  { telemetry },
  request,
  context,
) => {
  const outcome = orRefusal<ErrorName>(
    () => telemetry.push(request, telemetryClient(context)),
    () => 'INVALID_RECORD',
  )
  return chain(outcome, (error) => ({ throttleTimeMs: 0, errorCode: errorCode(error) }))
}
