// The broker keys that Ottla obeys about identity, listeners, connections and requests.
import { int32Max, KiB, MiB, minuteMs } from '../base/units.ts'
import { key, type BrokerTable } from './broker-key.ts'
import { atLeast, countPerHost, int, list, long, string } from './kinds.ts'

/** Listener, identity and network keys. */
export const networkTable = {
  'node.id': key(
    int(1, atLeast(0)),
    'high',
    'The id of this broker in Metadata. Kafka requires it; here it has a default.',
  ),
  'broker.id': key(
    int(1),
    'high',
    'The older name of node.id. Where both are set they must agree.',
  ),
  'broker.rack': key(string(null), 'medium', 'The rack that Metadata names for this broker.'),
  listeners: key(
    list('PLAINTEXT://localhost:9092', { nonEmpty: true }),
    'high',
    'Where the broker listens: NAME://host:port between commas. localhost is both loopback addresses, an empty host every interface, port 0 any free port.',
    'per-broker',
  ),
  'advertised.listeners': key(
    list(null),
    'high',
    'The addresses that clients are told. Unset: each client is told the address that it reached the broker by.',
  ),
  'listener.security.protocol.map': key(
    string('SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT'),
    'low',
    'Which protocol a listener name speaks: NAME:PROTOCOL between commas, of PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL.',
    'per-broker',
  ),
  'controller.listener.names': key(
    list('CONTROLLER'),
    'high',
    'Listeners of these names are KRaft plumbing, which one node does not need: they are not opened.',
  ),
  'socket.request.max.bytes': key(
    int(100 * MiB, atLeast(1)),
    'high',
    'The largest request, in bytes. A longer one closes its connection.',
  ),
  'socket.send.buffer.bytes': key(
    int(100 * KiB),
    'high',
    'SO_SNDBUF of a connection in bytes; -1 is the system’s. Node leaves it to the system.',
  ),
  'socket.receive.buffer.bytes': key(
    int(100 * KiB),
    'high',
    'SO_RCVBUF of a connection in bytes; -1 is the system’s. Node leaves it to the system.',
  ),
  'socket.listen.backlog.size': key(
    int(50, atLeast(1)),
    'medium',
    'How many connections may wait to be accepted.',
  ),
  'max.connections': key(
    int(int32Max, atLeast(0)),
    'medium',
    'The most connections at one time; behind listener.name.<name>. of one listener.',
    'cluster-wide',
  ),
  'max.connections.per.ip': key(
    int(int32Max, atLeast(0)),
    'medium',
    'The most connections from one address.',
    'cluster-wide',
  ),
  'max.connections.per.ip.overrides': key(
    countPerHost(),
    'medium',
    'Other limits for single addresses: host:count between commas.',
    'cluster-wide',
  ),
  'max.connection.creation.rate': key(
    int(int32Max, atLeast(0)),
    'medium',
    'The most new connections per second, behind listener.name.<name>. of one listener; those above it wait.',
    'cluster-wide',
  ),
  'connections.max.idle.ms': key(
    long(10 * minuteMs),
    'medium',
    'A connection without traffic for this long is closed. Milliseconds; below 0: never.',
  ),
  'telemetry.max.bytes': key(
    int(1 * MiB, atLeast(1)),
    'low',
    'The largest push of metrics by a client (KIP-714), compressed as it is. Bytes.',
  ),
  'queued.max.requests': key(
    int(500, atLeast(1)),
    'high',
    'Kept; the bounds are queued.max.request.bytes and a fixed number of requests in flight per connection.',
  ),
  'queued.max.request.bytes': key(
    long(256 * MiB),
    'medium',
    'How many bytes of requests may be held, over all connections, before reading pauses. -1: no bound (Kafka’s default).',
  ),
  'max.request.partition.size.limit': key(
    int(2000, atLeast(1)),
    'medium',
    'The most partitions that one DescribeTopicPartitions answer lists.',
  ),
  'fetch.max.bytes': key(
    int(55 * MiB, atLeast(KiB)),
    'medium',
    'The most bytes of records in one fetch answer; the first batch always passes.',
  ),
  'max.incremental.fetch.session.cache.slots': key(
    int(1000, atLeast(0)),
    'medium',
    'How many fetch sessions (KIP-227) are kept.',
  ),
} as const satisfies BrokerTable
