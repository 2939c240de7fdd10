// What clients use of the quotas that hold for them, under the names of Kafka's own sensors. A client
// that no quota limits is not counted, as in Kafka.
import type { RateKey } from '../security/client-quotas.ts'
import { gauge } from './metric.ts'
import type { Metric } from './metric.ts'

const labels = ['user', 'client_id'] as const

function ofQuota(key: RateKey, name: string, field: string, help: string): readonly Metric[] {
  return [
    gauge(
      `kafka_server_${name}_${field}`,
      `${help} By those who share a quota; a label that does not tell them apart is empty.`,
      function* ({ services }) {
        for (const { user, clientId, rate } of services.quotas.use(key))
          yield [rate, user, clientId]
      },
      labels,
    ),
    gauge(
      `kafka_server_${name}_throttle_time`,
      'How long requests were throttled of late, on average. Milliseconds.',
      function* ({ services }) {
        for (const { user, clientId, throttleMs } of services.quotas.use(key)) {
          yield [throttleMs, user, clientId]
        }
      },
      labels,
    ),
  ]
}

export const quotaMetrics: readonly Metric[] = [
  ...ofQuota(
    'producer_byte_rate',
    'produce',
    'byte_rate',
    'Bytes per second of Produce requests under producer_byte_rate.',
  ),
  ...ofQuota(
    'consumer_byte_rate',
    'fetch',
    'byte_rate',
    'Bytes per second of Fetch answers under consumer_byte_rate.',
  ),
  ...ofQuota(
    'request_percentage',
    'request',
    'request_time',
    'Percent of the event loop’s time that requests took, under request_percentage.',
  ),
]
