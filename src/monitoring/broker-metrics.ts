// Kafka's metrics of a broker's parts: replicas, fetch sessions, controller, sockets.
import type { BrokerConfig } from '../config/broker-config.ts'
import type { ListenerTally } from '../metrics/listener-tally.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, Reading, Sample } from './metric.ts'

const replicaMetrics: readonly Metric[] = [
  gauge(
    'kafka_server_replicamanager_partitioncount',
    'Partitions of this broker.',
    ({ services }) => [[services.catalog.partitionCount]],
  ),
  gauge(
    'kafka_server_replicamanager_leadercount',
    'Partitions that this broker leads: all that are online.',
    ({ partitions, offlinePartitionCount }) => [[partitions.length - offlinePartitionCount]],
  ),
  gauge(
    'kafka_server_replicamanager_offlinereplicacount',
    'Partitions that the disk has put out of service.',
    ({ offlinePartitionCount }) => [[offlinePartitionCount]],
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
    'kafka_server_replicamanager_atminisrpartitioncount',
    'Partitions that could lose no replica more: all that are online.',
    ({ partitions, offlinePartitionCount }) => [[partitions.length - offlinePartitionCount]],
  ),
  constant('kafka_server_replicafetchermanager_maxlag', 'Always 0: there are no followers.', 0),
  gauge(
    'kafka_server_delayedoperationpurgatory_purgatorysize',
    'Requests that wait: fetches for data.',
    ({ services }) => [[services.instruments.parkedFetches, 'Fetch']],
    ['delayedOperation'],
  ),
]

const fetchSessionCache = 'kafka_server_fetchsessioncache'

const fetchSessionMetrics: readonly Metric[] = [
  gauge(
    `${fetchSessionCache}_numincrementalfetchsessions`,
    'Fetch sessions of consumers (KIP-227).',
    ({ services }) => [[services.fetchSessions.size]],
  ),
  gauge(
    `${fetchSessionCache}_numincrementalfetchpartitionscached`,
    'Partitions of all fetch sessions.',
    ({ services }) => [[services.fetchSessions.partitionCount]],
  ),
  counter(
    `${fetchSessionCache}_incrementalfetchsessionevictions_total`,
    'Fetch sessions that had to make room for others.',
    ({ services }) => [[services.fetchSessions.evictionCount]],
  ),
]

/** A metric of Kafka's that cannot be anything else here. */
export function constant(name: string, help: string, value: number): Metric {
  const samples = (): readonly Sample[] => [[value]]
  return name.endsWith('_total') ? counter(name, help, samples) : gauge(name, help, samples)
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
    ({ offlinePartitionCount }) => [[offlinePartitionCount]],
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
  constant(
    'kafka_controller_kafkacontroller_metadataerrorcount',
    'Always 0: a broker that cannot take up its metadata stops.',
    0,
  ),
  gauge(
    'kafka_server_kafkaserver_brokerstate',
    'As Kafka numbers them: 1 starting, 3 running, 6 shutting down.',
    (broker) => [[{ starting: 1, serving: 3, stopping: 6 }[broker.phase()]]],
  ),
  constant('kafka_brokers', 'Brokers of the cluster, as kafka_exporter says it.', 1),
  gauge(
    'kafka_broker_info',
    'Always 1; the labels say who the broker is, as kafka_exporter says it.',
    ({ services: { catalog, config } }) => {
      return [[1, String(catalog.nodeId), addressOf(config)]]
    },
    ['id', 'address'],
  ),
]

/** Where the broker says it is, or else listens. */
function addressOf({ advertisedListeners, listeners }: BrokerConfig): string {
  const [advertised] = advertisedListeners ?? []
  if (advertised !== undefined) return `${advertised.host}:${advertised.port}`
  const [listener] = listeners
  return listener === undefined ? '' : `${listener.hosts[0] ?? ''}:${listener.port}`
}

/** Kafka labels by network thread; there is one. */
const theProcessor = '0'

const socketServer = 'kafka_server_socket_server_metrics'
const listenerLabels = ['listener', 'networkProcessor'] as const

function tallyMetric(name: string, help: string, field: keyof ListenerTally): Metric {
  const samples = ({ listeners }: Reading): readonly Sample[] =>
    listeners().map(({ name: listener, tally }) => [tally[field], listener, theProcessor])
  return counter(`${socketServer}_${name}`, help, samples, listenerLabels)
}

const socketMetrics: readonly Metric[] = [
  gauge(
    `${socketServer}_connection_count`,
    'Open connections of clients.',
    ({ listeners }) =>
      listeners().map(({ name, connectionCount }) => [connectionCount, name, theProcessor]),
    listenerLabels,
  ),
  tallyMetric('connection_creation_total', 'Connections of clients since the start.', 'accepted'),
  tallyMetric(
    'successful_authentication_total',
    'Log-ins that succeeded, and on listeners that ask for none TLS handshakes.',
    'authenticated',
  ),
  tallyMetric('failed_authentication_total', 'Log-ins and TLS handshakes that failed.', 'refused'),
  gauge(
    'ottla_listener_certificate_expires_seconds',
    'Time until the certificate that the listener shows expires; less than 0 once it has.',
    function* ({ listeners, services }) {
      const nowMs = services.clock.nowMs()
      for (const { name, certificate } of listeners()) {
        if (certificate === null) continue
        yield [(certificate.expiresAtMs - nowMs) / 1000, name, certificate.subject]
      }
    },
    ['listener', 'subject'],
  ),
  gauge(
    'kafka_network_socketserver_networkprocessoravgidle_percent',
    'Share of the time in which the event loop had nothing to do, 0 to 1.',
    ({ process }) => [[process.idleShare]],
  ),
  gauge(
    'kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent',
    'The same: sockets and requests share one event loop.',
    ({ process }) => [[process.idleShare]],
  ),
]

export const brokerMetrics: readonly Metric[] = [
  ...replicaMetrics,
  ...fetchSessionMetrics,
  ...controllerMetrics,
  ...socketMetrics,
]
