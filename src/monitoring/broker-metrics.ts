// Kafka's broker metrics: traffic of topics, requests, replicas, controller, sockets.
import { apis } from '../../protocol/codecs/index.ts'
import type { ApiTimings } from '../metrics/request-timings.ts'
import type { Timings } from '../metrics/timings.ts'
import type { Traffic } from '../metrics/topic-traffic.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, MonitoredBroker, Sample } from './metric.ts'

/** Those that Kafka's histograms have and dashboards ask for. */
export const quantiles = [0.5, 0.75, 0.95, 0.99, 0.999] as const

const apiNames = new Map(Object.values(apis).map(({ key, name }) => [key, name]))
const fetchKey = apis.Fetch.key

function topicMetric(name: string, field: keyof Traffic, help: string): Metric {
  const fullName = `kafka_server_brokertopicmetrics_${name}_total`
  const explained = `${help} Without the label topic: of all topics since the start.`
  const samples = function* ({ services }: MonitoredBroker): Iterable<Sample> {
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
function* requestNames({ services }: MonitoredBroker): Iterable<readonly [string, ApiTimings]> {
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
  for (const [index, share] of quantiles.entries()) {
    yield [values[index] ?? 0, ...labels, String(share)]
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

const replicaMetrics: readonly Metric[] = [
  gauge(
    'kafka_server_replicamanager_partitioncount',
    'Partitions of this broker.',
    ({ services }) => [[services.catalog.partitionCount]],
  ),
  gauge(
    'kafka_server_replicamanager_leadercount',
    'Partitions that this broker leads: all that are online.',
    (broker) => [[broker.services.catalog.partitionCount - offlineCount(broker)]],
  ),
  gauge(
    'kafka_server_replicamanager_offlinereplicacount',
    'Partitions that the disk has put out of service.',
    (broker) => [[offlineCount(broker)]],
  ),
  constant(
    'kafka_server_replicamanager_underreplicatedpartitions',
    'Always 0: one replica is all of them.',
    0,
  ),
  constant(
    'kafka_server_replicamanager_underminisrpartitioncount',
    'Always 0: one replica is all of them.',
    0,
  ),
  constant('kafka_server_replicamanager_isrshrinks_total', 'Always 0: there are no followers.', 0),
  constant('kafka_server_replicamanager_isrexpands_total', 'Always 0: there are no followers.', 0),
  gauge(
    'kafka_server_delayedoperationpurgatory_purgatorysize',
    'Requests that wait: fetches for data.',
    ({ services }) => [[services.instruments.parkedFetches, 'Fetch']],
    ['delayedOperation'],
  ),
]

function constant(name: string, help: string, value: number): Metric {
  const samples = (): readonly Sample[] => [[value]]
  return name.endsWith('_total') ? counter(name, help, samples) : gauge(name, help, samples)
}

function offlineCount({ services }: MonitoredBroker): number {
  let count = 0
  for (const { name, partitions } of services.catalog.topics()) {
    for (const { partition } of partitions) {
      if (services.storage.partition(name, partition)?.online !== true) count += 1
    }
  }
  return count
}

const controllerMetrics: readonly Metric[] = [
  constant(
    'kafka_controller_kafkacontroller_activecontrollercount',
    'Always 1: this broker is the controller.',
    1,
  ),
  constant(
    'kafka_controller_kafkacontroller_activebrokercount',
    'Brokers that are up: this one.',
    1,
  ),
  constant('kafka_controller_kafkacontroller_fencedbrokercount', 'Always 0.', 0),
  gauge(
    'kafka_controller_kafkacontroller_globaltopiccount',
    'Topics, the internal ones included.',
    ({ services }) => [[services.catalog.topicCount]],
  ),
  gauge(
    'kafka_controller_kafkacontroller_globalpartitioncount',
    'Partitions of all topics.',
    ({ services }) => [[services.catalog.partitionCount]],
  ),
  gauge(
    'kafka_controller_kafkacontroller_offlinepartitionscount',
    'Partitions that nobody can read or write.',
    (broker) => [[offlineCount(broker)]],
  ),
  constant(
    'kafka_controller_kafkacontroller_preferredreplicaimbalancecount',
    'Always 0: one broker leads all.',
    0,
  ),
  constant(
    'kafka_controller_controllerstats_uncleanleaderelections_total',
    'Always 0: no replica is behind.',
    0,
  ),
  gauge(
    'kafka_server_kafkaserver_brokerstate',
    'As Kafka numbers them: 1 starting, 3 running, 6 shutting down.',
    (broker) => [[{ starting: 1, serving: 3, stopping: 6 }[broker.phase()]]],
  ),
  constant('kafka_brokers', 'Brokers of the cluster, as kafka_exporter says it.', 1),
]

/** Kafka labels by network thread; there is one. */
const theProcessor = '0'

const socketMetrics: readonly Metric[] = [
  gauge(
    'kafka_server_socket_server_metrics_connection_count',
    'Open connections of clients.',
    (broker) =>
      broker.listeners().map(({ name, connectionCount }) => [connectionCount, name, theProcessor]),
    ['listener', 'networkProcessor'],
  ),
  counter(
    'kafka_server_socket_server_metrics_connection_creation_total',
    'Connections of clients since the start.',
    (broker) =>
      broker.listeners().map(({ name, acceptedCount }) => [acceptedCount, name, theProcessor]),
    ['listener', 'networkProcessor'],
  ),
  gauge(
    'kafka_network_socketserver_networkprocessoravgidle_percent',
    'Share of the time in which the event loop had nothing to do, 0 to 1.',
    (broker) => [[broker.process().idleShare]],
  ),
  gauge(
    'kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent',
    'The same: sockets and requests share one event loop.',
    (broker) => [[broker.process().idleShare]],
  ),
]

export const brokerMetrics: readonly Metric[] = [
  ...topicMetrics,
  ...requestMetrics,
  ...replicaMetrics,
  ...controllerMetrics,
  ...socketMetrics,
]
