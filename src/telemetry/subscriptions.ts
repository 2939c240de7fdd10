// Which metrics a client is to push, and how often (KIP-714): what the client metrics resources of
// the catalog add up to for it. Pure.
import { crc32c } from '../../protocol/crc.ts'
import { assert } from '../base/assert.ts'
import { compilePattern } from '../base/pattern.ts'
import type { NamePattern } from '../base/pattern.ts'
import { clientMetricsOf, pushIntervalDefaultMs } from '../config/client-metrics-config.ts'
import type { ClientAttribute } from '../config/client-metrics-config.ts'
import type { ClientSubscription } from './client-instances.ts'

/** Stands for all metrics. */
const allMetrics = '*'
const uuidBytes = 16
const int32Bytes = 4

/** What is known of a client; patterns of subscriptions are about the whole of a value. */
export type ClientAttributes = Readonly<Record<ClientAttribute, string | null>>

/** A client metrics resource, ready to be matched. */
export interface Subscription {
  readonly patterns: readonly (readonly [attribute: ClientAttribute, pattern: NamePattern])[]
  readonly metrics: readonly string[]
  readonly intervalMs: number
}

/** `values`: as the catalog has them, valid. */
export function subscriptionFrom(values: ReadonlyMap<string, string>): Subscription {
  const { intervalMs, metrics, match } = clientMetricsOf(values)
  const patterns = [...match].map(([attribute, text]) => [attribute, compilePattern(text)] as const)
  return { patterns, metrics, intervalMs }
}

/** All metrics of the subscriptions that fit the client, at the shortest of their intervals. */
export function subscriptionOf(
  clientInstanceId: string,
  attributes: ClientAttributes,
  subscriptions: Iterable<Subscription>,
): ClientSubscription {
  const subscribed = new Set<string>()
  let intervalMs = pushIntervalDefaultMs
  for (const subscription of subscriptions) {
    if (!fits(attributes, subscription)) continue
    for (const metric of subscription.metrics) subscribed.add(metric)
    intervalMs = Math.min(intervalMs, subscription.intervalMs)
  }
  const metrics = subscribed.has(allMetrics) ? [allMetrics] : [...subscribed]
  return { id: subscriptionId(clientInstanceId, metrics, intervalMs), metrics, intervalMs }
}

function fits(attributes: ClientAttributes, { patterns }: Subscription): boolean {
  return patterns.every(([attribute, pattern]) => {
    const value = attributes[attribute]
    return value !== null && pattern(value)
  })
}

/** As Kafka computes it: CRC-32C of metrics and interval, with the client's id worked in. */
function subscriptionId(
  clientInstanceId: string,
  metrics: readonly string[],
  intervalMs: number,
): number {
  const id = Buffer.from(clientInstanceId, 'base64url')
  assert(id.length === uuidBytes, 'a client instance id is a uuid')
  let folded = crc32c(Buffer.from(`[${metrics.join(', ')}]${intervalMs}`))
  for (let at = 0; at < uuidBytes; at += int32Bytes) folded ^= id.readInt32BE(at)
  return folded | 0
}
