// What clients push of themselves (KIP-714), as it stands.
import type { ClientMetric } from '../telemetry/pushed-metrics.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, Sample } from './metric.ts'

const labels = ['metric', 'clientid', 'clientinstanceid', 'attributes'] as const

function sampleOf({ client, metric, attributes, value }: ClientMetric): Sample {
  const rest = [...attributes].map(([key, text]) => `${key}=${text}`).sort()
  return [value, metric, client.clientId, client.clientInstanceId, rest.join(',')]
}

function pushed(isGauge: boolean): Metric['samples'] {
  return function* ({ services }) {
    for (const metric of services.telemetry.metrics()) {
      if (metric.isGauge === isGauge) yield sampleOf(metric)
    }
  }
}

export const clientMetrics: readonly Metric[] = [
  gauge(
    'kafka_server_client_metrics_instance_count',
    'Clients that ask what to push and push it.',
    ({ services }) => [[services.telemetry.clientCount]],
  ),
  gauge('ottla_client_metric', 'Values that clients pushed last.', pushed(true), labels),
  counter(
    'ottla_client_metric_total',
    'Sums of what clients pushed, since this broker heard of them first.',
    pushed(false),
    labels,
  ),
]
