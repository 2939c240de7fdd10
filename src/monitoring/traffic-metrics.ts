// Metrics of what clients ask for: traffic of topics, and requests by API with how long they took.
import { apis } from '../../protocol/codecs/index.ts'
import { errorName } from '../../protocol/errors.ts'
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
  topicMetric(
    'producemessageconversions',
    'convertedIn',
    'Records that came in an old format, or not compressed as their topic wants it.',
  ),
  topicMetric(
    'fetchmessageconversions',
    'convertedOut',
    'Records that were made into message sets for old clients (Fetch 0 to 3).',
  ),
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
  part: 'local' | 'remote' | 'throttle' | 'total',
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

/** What takes time in Kafka and no time here. Dashboards add it to the rest. */
function noTimeMetric(name: string, reason: string): Metric {
  return gauge(
    `kafka_network_requestmetrics_${name}`,
    `Always 0: ${reason}`,
    function* (broker) {
      for (const [request] of requestNames(broker)) {
        for (const quantile of quantileLabels) yield [0, request, quantile]
      }
    },
    ['request', 'quantile'],
  )
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

function queueMetric(name: string): Metric {
  const help = 'Always 0: there is no queue between sockets and requests.'
  return gauge(`kafka_network_requestchannel_${name}`, help, () => [[0]])
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
  ...requestTimeMetrics(
    'throttletimems',
    'throttle',
    'How long a client was told to wait by its quotas; measured while there are quotas.',
  ),
  noTimeMetric('requestqueuetimems', 'a request is begun when it has arrived.'),
  noTimeMetric('responsequeuetimems', 'an answer is sent by who has made it.'),
  noTimeMetric(
    'responsesendtimems',
    'the socket takes an answer at once; how long its client takes to read it is not measured.',
  ),
  counter(
    'kafka_network_requestmetrics_errors_total',
    'Error codes in answers: of each partition, group or whatever an answer tells errors of. NONE is there too.',
    function* (broker) {
      for (const [request, { errors }] of requestNames(broker)) {
        for (const [code, count] of errors.entries()) yield [count, request, errorName(code)]
      }
    },
    ['request', 'error'],
  ),
  queueMetric('requestqueuesize'),
  queueMetric('responsequeuesize'),
]

export const trafficMetrics: readonly Metric[] = [...topicMetrics, ...requestMetrics]
