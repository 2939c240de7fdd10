// Quotas at the edge of the handlers: charges what a request used, tells its client how long it is
// throttled, and mutes the connection for that long (KIP-219: the answer goes out at once).
import { refuse } from '../catalog/refusal.ts'
import type { ChargePartitions } from '../catalog/refusal.ts'
import type { QuotaClient } from '../security/client-quotas.ts'
import { closeConnection, noAnswer } from './context.ts'
import type { BrokerServices, HandlerResult, RequestContext } from './context.ts'

export function quotaClient({ connection, clientId }: RequestContext): QuotaClient {
  return { principal: connection.principal, clientId }
}

/**
 * The result with the longest of the throttle times: the handler's own (bytes, changes) and that of
 * the time that the request took; null: the handler has charged it. Requests without an answer cost
 * no time, as in Kafka.
 */
export function throttled<Response extends object>(
  broker: BrokerServices,
  context: RequestContext,
  result: HandlerResult<Response>,
  usedMs: number | null,
): HandlerResult<Response> {
  if (result === noAnswer || result === closeConnection) return result
  const { quotas } = broker
  const isCharged = quotas.countsTime && usedMs !== null
  const timeMs = isCharged ? quotas.spent(quotaClient(context), usedMs) : 0
  const throttleTimeMs = Math.max(throttleTimeOf(result), timeMs)
  broker.instruments.requests.throttled(context.apiKey, throttleTimeMs, broker.clock.monotonicMs())
  if (throttleTimeMs === 0) return result
  context.connection.mute(throttleTimeMs)
  return { ...result, throttleTimeMs }
}

function throttleTimeOf(result: object): number {
  if (!('throttleTimeMs' in result)) return 0
  return typeof result.throttleTimeMs === 'number' ? result.throttleTimeMs : 0
}

/** The time that a request takes of the event loop; 0 where no quota counts it. */
export class Stopwatch {
  readonly #nowMs: () => number
  #usedMs = 0
  #sinceMs: number

  constructor({ clock, quotas }: Pick<BrokerServices, 'clock' | 'quotas'>) {
    this.#nowMs = quotas.countsTime ? () => clock.monotonicMs() : () => 0
    this.#sinceMs = this.#nowMs()
  }

  /** The request begins to wait. */
  pause(): void {
    this.#usedMs = this.elapsedMs
  }

  /** It has waited. */
  goOn(): void {
    this.#sinceMs = this.#nowMs()
  }

  get elapsedMs(): number {
    return this.#usedMs + this.#nowMs() - this.#sinceMs
  }
}

/** The quota on changes to topics, for one request (KIP-599). */
export interface ChangeQuota {
  readonly charge: ChargePartitions
  /** For the answer; ms. */
  readonly throttleTimeMs: () => number
}

/** `strictFrom`: the first version whose clients know THROTTLING_QUOTA_EXCEEDED. */
export function changeQuota(
  broker: BrokerServices,
  context: RequestContext,
  strictFrom: number,
): ChangeQuota {
  const isStrict = context.apiVersion >= strictFrom
  const quota = broker.quotas.mutations(quotaClient(context), isStrict)
  return {
    charge: (count) => (quota.tryTake(count) ? null : refuse('THROTTLING_QUOTA_EXCEEDED', null)),
    throttleTimeMs: () => quota.throttleMs(),
  }
}
