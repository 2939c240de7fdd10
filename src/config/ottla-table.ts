// The keys of our own. Kafka has no word for what they set.
import { minuteMs, secondMs } from '../base/units.ts'
import { key, type BrokerTable } from './broker-key.ts'
import { atLeast, httpUrl, int, list, nonEmptyText, oneOf, password, string } from './kinds.ts'

/** Our own keys. */
export const ottlaTable = {
  'ottla.cluster.id': key(
    string(null, nonEmptyText),
    'low',
    'The cluster id that a new data directory gets (the container images’ CLUSTER_ID). Unset: a random one.',
  ),
  'ottla.durability': key(
    oneOf('interval', ['interval', 'fsync', 'os']),
    'high',
    'When acknowledged data is synced to disk. interval: in the background within ottla.durability.interval.ms. fsync: before the acknowledgement of acks=all. os: when the system does (as Kafka).',
  ),
  'ottla.durability.interval.ms': key(
    int(secondMs, atLeast(1)),
    'medium',
    'With ottla.durability=interval, the longest time that acknowledged data may be unsynced. Milliseconds.',
  ),
  'ottla.group.disconnect.timeout.ms': key(
    int(5 * secondMs, atLeast(-1)),
    'medium',
    'A dynamic member of a group whose connection closed, and who is not heard from on any connection for this long, leaves the group; after a start of the broker, for twice as long. Milliseconds; -1: only the session time-out counts (as Kafka).',
  ),
  'ottla.transaction.completion.delay.ms': key(
    int(0, atLeast(0)),
    'low',
    'How long a transaction stays prepared after its markers are written. Milliseconds; 0: it is complete when EndTxn answers. With more, a client of transaction version 1 that begins the next one sooner is told CONCURRENT_TRANSACTIONS, as it often is by Kafka.',
  ),
  'ottla.open.files.max': key(
    int(0, atLeast(0)),
    'low',
    'Most file descriptors that logs hold at once; others are opened when they are used. 0: half of what the process may have (ulimit -n), the rest is for connections.',
  ),
  'ottla.authentication.timeout.ms': key(
    int(30 * secondMs, atLeast(1)),
    'medium',
    'How long a client may take to log in or to end its TLS handshake. Milliseconds.',
  ),
  'ottla.authentication.connections.max': key(
    int(1000, atLeast(1)),
    'medium',
    'The most connections that have not logged in yet. One more ends the oldest of them.',
  ),
  'ottla.scram.credentials': key(
    password(),
    'medium',
    'SCRAM users that a start adds where they do not exist: SCRAM-SHA-256=[name=alice,password=…] between semicolons, as kafka-storage format --add-scram takes them.',
  ),
  'ottla.jaas.config': key(
    password(),
    'medium',
    'A whole login file of Java’s: KafkaServer { … }; holds the login module lines of the listeners and mechanisms that have no sasl.jaas.config, out.KafkaServer { … }; those of the listener OUT alone. Unset: the file that -Djava.security.auth.login.config in the environment variable KAFKA_OPTS names.',
  ),
  'ottla.tls.reload.interval.ms': key(
    int(10 * secondMs, atLeast(100)),
    'low',
    'How often key and trust stores are looked at for new certificates. Milliseconds.',
  ),
  'ottla.http.on.kafka.port': key(
    oneOf('auto', ['auto', 'on', 'off']),
    'medium',
    'Whether the ports of Kafka clients answer HTTP too: status page, health, metrics. auto: where clients need neither log in nor have access rules; elsewhere only /health. on: everywhere, to anybody. off: nowhere.',
  ),
  'ottla.http.listeners': key(
    list(''),
    'medium',
    'Addresses that answer HTTP alone, to anybody who reaches them: http://127.0.0.1:8080, several between commas.',
  ),
  'ottla.http.allowed.hosts': key(
    list(''),
    'low',
    'Names by which browsers may call the HTTP pages, besides addresses, localhost, names without a dot and the names of listeners. *: any. Others are refused, so that no web page reads them by a name of its own (DNS rebinding).',
  ),
  'ottla.otlp.endpoint': key(
    string(null, httpUrl),
    'medium',
    'Where metrics are sent to by OTLP over HTTP (JSON): the base URL of a collector, http://localhost:4318. Unset: nowhere.',
  ),
  'ottla.otlp.interval.ms': key(
    int(minuteMs, atLeast(100)),
    'low',
    'How often metrics are sent to ottla.otlp.endpoint. Milliseconds.',
  ),
  'ottla.otlp.headers': key(
    password(),
    'low',
    'Headers of what is sent to ottla.otlp.endpoint, an API key for example: name=value, several between commas.',
  ),
  'ottla.log.level': key(
    oneOf('info', ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    'low',
    'What the broker writes to its log, on stderr.',
  ),
  'ottla.log.format': key(
    oneOf('auto', ['auto', 'text', 'json']),
    'low',
    'Log lines for people (text) or for programs (json, the ready line too); auto writes them for people on a terminal, for programs elsewhere.',
  ),
} as const satisfies BrokerTable
