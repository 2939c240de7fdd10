// Metrics of what clients ask for: traffic of topics, and requests by API with how long they took.
import { apis } from '../../protocol/codecs/index.ts'
import type { ApiTimings } from '../metrics/request-timings.ts'
import type { Timings } from '../metrics/timings.ts'
import type { Traffic } from '../metrics/topic-traffic.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, Reading, Sample } from './metric.ts'

/** Those that Kafka's histograms have, written as the exporter's rules write them. */
const quantileLabels = ['0.50', '0.75', '0.95', '0.98', '0.99', '0.999'] as const
const quantiles = quantileLabels.map(Number)

const apiNames = new Map(Object.values(apis).map(({ key, name }) => [key, name]))
const fetchKey = apis.Fetch.key

function topicMetric(name: string, field: keyof Traffic, help: string): Metric {
  const fullName = `kafka_server_brokertopicmetrics_${name}_total`
  const explained = `${help} Without the label topic: of all topics since the start.`
  const samples = function* ({ services }: Reading): Iterable<Sample> {
    const { topics } = services.instruments
    yield [topics.all[field], '']
    for (const [topic, traffic] of topics.topics()) yield [traffic[field], topic]
  }
  return counter(fullName, explained, samples, ['topic'])
}

const topicMetrics: readonly Metric[] = [
  topicMetric('messagesin', 'messagesIn', 'Records that clients have appended.'),
  topicMetric('bytesin', 'bytesIn', 'Bytes of record batches that clients have appended.'),
  topicMetric('bytesout', 'bytesOut', 'Bytes of record batches that were sent to consumers.'),
  topicMetric(
    'totalproducerequests',
    'produceRequests',
    'Appends to a partition that were asked for.',
  ),
  topicMetric('totalfetchrequests', 'fetchRequests', 'Reads of a partition that were asked for.'),
  topicMetric('failedproducerequests', 'failedProduceRequests', 'Appends that were refused.'),
  topicMetric('failedfetchrequests', 'failedFetchRequests', 'Reads that were refused.'),
]

/** An API under the names that Kafka reports it by: Fetch counts as FetchConsumer too. */
function* requestNames({ services }: Reading): Iterable<readonly [string, ApiTimings]> {
  for (const api of services.instruments.requests.apis()) {
    yield [apiNames.get(api.apiKey) ?? String(api.apiKey), api]
    if (api.apiKey === fetchKey) yield ['FetchConsumer', api]
  }
}

function requestTimeMetrics(
  name: string,
  part: 'local' | 'remote' | 'total',
  help: string,
): Metric[] {
  const fullName = `kafka_network_requestmetrics_${name}`
  return [
    gauge(
      fullName,
      `${help} Milliseconds, of the last two minutes.`,
      function* (broker) {
        const nowMs = broker.services.clock.monotonicMs()
        for (const [request, api] of requestNames(broker)) {
          yield* quantileSamples(api[part], nowMs, request)
        }
      },
      ['request', 'quantile'],
    ),
    counter(
      `${fullName}_count`,
      `How often ${name} was measured.`,
      function* (broker) {
        for (const [request, api] of requestNames(broker)) yield [api[part].count, request]
      },
      ['request'],
    ),
  ]
}

/** One sample a quantile; its label comes last. */
export function* quantileSamples(
  timings: Timings,
  nowMs: number,
  ...labels: string[]
): Iterable<Sample> {
  const values = timings.quantiles(quantiles, nowMs)
  for (const [index, quantile] of quantileLabels.entries()) {
    yield [values[index] ?? 0, ...labels, quantile]
  }
}

const requestMetrics: readonly Metric[] = [
  counter(
    'kafka_network_requestmetrics_requests_total',
    'Requests by API and version. Fetch is there as FetchConsumer too, as in Kafka.',
    function* (broker) {
      for (const [request, { countByVersion }] of requestNames(broker)) {
        for (const [version, count] of countByVersion.entries()) {
          if (count !== undefined) yield [count, request, String(version)]
        }
      }
    },
    ['request', 'version'],
  ),
  ...requestTimeMetrics('totaltimems', 'total', 'From the decoding of a request to its answer.'),
  ...requestTimeMetrics(
    'localtimems',
    'local',
    'Work on a request before it is answered or waits.',
  ),
  ...requestTimeMetrics(
    'remotetimems',
    'remote',
    'How long a request waited: for data, for a rebalance, for the disk.',
  ),
]

export const trafficMetrics: readonly Metric[] = [...topicMetrics, ...requestMetrics]
