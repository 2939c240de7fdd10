/**
 * GetTelemetrySubscriptions (71), v0: which metrics a client is to push, and how often (KIP-714).
 * Differs from Kafka: ApiVersions names this API and PushTelemetry while there are client metrics
 * subscriptions, not where a plugin is configured.
 */
import type {
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponseInput,
} from '../../protocol/codecs/get-telemetry-subscriptions.ts'
import { codecId } from '../../protocol/compression.ts'
import { errorCode } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { canonicalHost } from '../security/host.ts'
import { acceptedCodecs } from '../telemetry/client-telemetry.ts'
import type { TelemetryClient } from '../telemetry/client-telemetry.ts'
import type { Handler, RequestContext } from './context.ts'

export const handleGetTelemetrySubscriptions: Handler<
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponseInput
> = ({ telemetry, config }, request, context) => {
  const outcome = telemetry.subscribe(request.clientInstanceId, telemetryClient(context))
  if (typeof outcome === 'string') {
    return { ...nothing, errorCode: errorCode(outcome) }
  }
  const { clientInstanceId, subscription } = outcome
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    clientInstanceId,
    subscriptionId: subscription.id,
    acceptedCompressionTypes: acceptedCodecs.map(codecId),
    pushIntervalMs: subscription.intervalMs,
    telemetryMaxBytes: config.telemetryMaxBytes,
    deltaTemporality: true,
    requestedMetrics: [...subscription.metrics],
  }
}

const nothing = {
  throttleTimeMs: 0,
  clientInstanceId: zeroUuid,
  subscriptionId: 0,
  acceptedCompressionTypes: [],
  pushIntervalMs: 0,
  telemetryMaxBytes: 0,
  deltaTemporality: false,
  requestedMetrics: [],
}

/** What subscriptions may know of the client. */
export function telemetryClient({ clientId, connection }: RequestContext): TelemetryClient {
  return {
    connectionId: connection.connectionId,
    clientId,
    softwareName: connection.clientSoftwareName,
    softwareVersion: connection.clientSoftwareVersion,
    // As Java writes addresses: patterns are about that text.
    address: canonicalHost(connection.clientAddress),
    port: connection.clientPort,
    onClose: (run) => connection.onClose(run),
  }
}
