// The broker keys of Apache Kafka 4.4 that Ottla knows and does not obey: what one node does not
// need, and what later work brings. They are read and checked, and DescribeConfigs answers them as
// Kafka does. Obeyed keys: broker-table.ts.
import type { ConfigEntry, ConfigKind, Importance, UpdateMode } from './entry.ts'
import { atLeast, between, bool, double, int, javaClass, list, long, longMax } from './kinds.ts'
import { nonEmptyText, oneOf, oneOfAnyCase, password, short, string } from './kinds.ts'

const notObeyed = 'Known for compatibility with Apache Kafka; Ottla does not use it.'

/**
 * Keys that no server.properties has and only AlterConfigs sets: the throttles of a reassignment.
 * Bytes per second.
 */
export const dynamicOnlyConfigTable: Readonly<Record<string, ConfigEntry<unknown>>> = {
  'follower.replication.throttled.rate': known(long(null, atLeast(0)), 'medium', 'cluster-wide'),
  'leader.replication.throttled.rate': known(long(null, atLeast(0)), 'medium', 'cluster-wide'),
  'replica.alter.log.dirs.io.max.bytes.per.second': known(
    long(null, atLeast(0)),
    'medium',
    'cluster-wide',
  ),
}

export const knownBrokerConfigTable: Readonly<Record<string, ConfigEntry<unknown>>> = {
  'add.partitions.to.txn.retry.backoff.max.ms': known(int(100, atLeast(0)), 'high'),
  'add.partitions.to.txn.retry.backoff.ms': known(int(20, atLeast(1)), 'high'),
  'alter.config.policy.class.name': known(javaClass(null), 'low'),
  'alter.log.dirs.replication.quota.window.num': known(int(11, atLeast(1)), 'low'),
  'alter.log.dirs.replication.quota.window.size.seconds': known(int(1, atLeast(1)), 'low'),
  'auto.leader.rebalance.enable': known(bool(true), 'high'),
  'background.threads': known(int(10, atLeast(1)), 'high', 'cluster-wide'),
  'broker.heartbeat.interval.ms': known(int(2000), 'medium'),
  'broker.session.timeout.ms': known(int(9000), 'medium'),
  'client.quota.callback.class': known(javaClass(null), 'low'),
  'config.providers': known(list(''), 'low', 'cluster-wide'),
  'controlled.shutdown.enable': known(bool(true), 'medium'),
  'controller.performance.always.log.threshold.ms': hidden(long(2000, atLeast(0)), 'medium'),
  'controller.performance.sample.period.ms': hidden(long(60000, atLeast(100)), 'medium'),
  'controller.quorum.append.linger.ms': known(int(25, atLeast(0)), 'medium'),
  'controller.quorum.auto.join.enable': known(bool(false), 'low'),
  'controller.quorum.bootstrap.servers': known(list('', { nonEmpty: true }), 'high'),
  'controller.quorum.election.backoff.max.ms': known(int(1000, atLeast(0)), 'high'),
  'controller.quorum.election.timeout.ms': known(int(1000, atLeast(0)), 'high'),
  'controller.quorum.fetch.max.bytes': known(int(1048576, atLeast(1)), 'low'),
  'controller.quorum.fetch.snapshot.max.bytes': known(int(1048576, atLeast(1)), 'low'),
  'controller.quorum.fetch.timeout.ms': known(int(2000, atLeast(0)), 'high'),
  'controller.quorum.request.timeout.ms': known(int(2000, atLeast(0)), 'medium'),
  'controller.quorum.retry.backoff.ms': known(int(20, atLeast(0)), 'low'),
  'controller.quorum.voters': known(list('', { nonEmpty: true }), 'high'),
  'controller.socket.timeout.ms': known(int(30000), 'medium'),
  'cordoned.log.dirs': known(list(''), 'medium', 'per-broker'),
  'create.topic.policy.class.name': known(javaClass(null), 'low'),
  'delete.records.purgatory.purge.interval.requests': known(int(1), 'medium'),
  'early.start.listeners': known(list(null), 'high'),
  'errors.deadletterqueue.auto.create.topics.enable': known(bool(false), 'medium', 'cluster-wide'),
  'errors.deadletterqueue.topic.name.prefix': known(string('dlq.'), 'medium', 'cluster-wide'),
  'fetch.purgatory.purge.interval.requests': known(int(1000), 'medium'),
  'follower.fetch.last.tiered.offset.enable': known(bool(false), 'medium', 'cluster-wide'),
  'group.consumer.assignor.offload.enable': hidden(bool(true), 'medium', 'cluster-wide'),
  'group.coordinator.append.linger.ms': known(int(-1, atLeast(-1)), 'medium'),
  'group.coordinator.background.threads': known(int(2, atLeast(1)), 'high'),
  'group.coordinator.cached.buffer.max.bytes': known(
    int(1048588, atLeast(524288)),
    'medium',
    'cluster-wide',
  ),
  'group.coordinator.threads': known(int(4, atLeast(1)), 'high'),
  'group.share.assignor.offload.enable': hidden(bool(true), 'medium', 'cluster-wide'),
  'group.share.assignors': known(list('simple'), 'medium'),
  'group.share.dlq.manager.class.name': hidden(
    string('org.apache.kafka.server.share.dlq.DefaultShareGroupDLQManager'),
    'medium',
  ),
  'group.share.initialize.retry.interval.ms': hidden(int(30000, atLeast(1)), 'low'),
  'group.share.persister.class.name': hidden(
    string('org.apache.kafka.server.share.persister.DefaultStatePersister'),
    'medium',
  ),
  'group.streams.assignor.offload.enable': hidden(bool(true), 'medium', 'cluster-wide'),
  'group.streams.assignors': known(list('sticky'), 'medium'),
  'group.streams.max.warmup.replicas': hidden(int(20, atLeast(0)), 'medium'),
  'group.streams.num.warmup.replicas': hidden(int(2, atLeast(0)), 'medium'),
  'group.streams.rack.aware.assignment.tags': known(list(''), 'low'),
  'group.streams.topology.description.plugin.class': known(javaClass(null), 'medium'),
  'initial.broker.registration.timeout.ms': known(int(60000), 'medium'),
  'inter.broker.listener.name': known(string(null), 'medium'),
  'internal.metadata.delete.delay.millis': hidden(long(60000), 'low'),
  'internal.metadata.max.batch.size.in.bytes': hidden(int(8388608), 'low'),
  'kafka.metrics.polling.interval.secs': known(int(10, atLeast(1)), 'low'),
  'kafka.metrics.reporters': known(list(''), 'low'),
  'leader.imbalance.check.interval.seconds': known(long(300, atLeast(1)), 'high'),
  'log.cleaner.io.buffer.load.factor': known(double(0.9), 'medium', 'cluster-wide'),
  'log.cleaner.io.buffer.size': known(int(524288, atLeast(0)), 'medium', 'cluster-wide'),
  'log.cleaner.threads': known(int(1, atLeast(0)), 'medium', 'cluster-wide'),
  'log.dir.failure.timeout.ms': known(long(30000, atLeast(1)), 'low'),
  'metadata.max.idle.interval.ms': known(int(500, atLeast(0)), 'low'),
  'metric.reporters': known(
    list('org.apache.kafka.common.metrics.JmxReporter'),
    'low',
    'cluster-wide',
  ),
  'metrics.num.samples': known(int(2, atLeast(1)), 'low'),
  'metrics.recording.level': known(string('INFO'), 'low'),
  'metrics.sample.window.ms': known(long(30000, atLeast(1)), 'low'),
  'num.io.threads': known(int(8, atLeast(1)), 'high', 'cluster-wide'),
  'num.network.threads': known(int(3, atLeast(1)), 'high', 'cluster-wide'),
  'num.recovery.threads.per.data.dir': known(int(2, atLeast(1)), 'high', 'cluster-wide'),
  'num.replica.alter.log.dirs.threads': known(int(null), 'high'),
  'num.replica.fetchers': known(int(1, atLeast(1)), 'high', 'cluster-wide'),
  'principal.builder.class': known(
    javaClass('org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder'),
    'medium',
    'per-broker',
  ),
  'process.roles': known(list('broker,controller', { words: ['broker', 'controller'] }), 'high'),
  'producer.purgatory.purge.interval.requests': known(int(1000), 'medium'),
  'remote.fetch.max.wait.ms': known(int(500, atLeast(1)), 'medium', 'cluster-wide'),
  'remote.list.offsets.request.timeout.ms': known(
    long(30000, atLeast(1)),
    'medium',
    'cluster-wide',
  ),
  'remote.log.index.file.cache.total.size.bytes': known(
    long(1073741824, atLeast(1)),
    'low',
    'cluster-wide',
  ),
  'remote.log.index.file.cache.ttl.ms': hidden(long(900000, atLeast(-1)), 'low'),
  'remote.log.manager.copier.thread.pool.size': known(
    int(10, atLeast(1)),
    'medium',
    'cluster-wide',
  ),
  'remote.log.manager.copy.max.bytes.per.second': known(
    long(longMax, atLeast(1)),
    'medium',
    'cluster-wide',
  ),
  'remote.log.manager.copy.quota.window.num': known(int(11, atLeast(1)), 'medium'),
  'remote.log.manager.copy.quota.window.size.seconds': known(int(1, atLeast(1)), 'medium'),
  'remote.log.manager.expiration.thread.pool.size': known(
    int(10, atLeast(1)),
    'medium',
    'cluster-wide',
  ),
  'remote.log.manager.fetch.max.bytes.per.second': known(
    long(longMax, atLeast(1)),
    'medium',
    'cluster-wide',
  ),
  'remote.log.manager.fetch.quota.window.num': known(int(11, atLeast(1)), 'medium'),
  'remote.log.manager.fetch.quota.window.size.seconds': known(int(1, atLeast(1)), 'medium'),
  'remote.log.manager.follower.thread.pool.size': known(
    int(2, atLeast(1)),
    'medium',
    'cluster-wide',
  ),
  'remote.log.manager.task.interval.ms': known(long(30000, atLeast(1)), 'low'),
  'remote.log.manager.task.retry.backoff.max.ms': hidden(long(30000, atLeast(1)), 'low'),
  'remote.log.manager.task.retry.backoff.ms': hidden(long(500, atLeast(1)), 'low'),
  'remote.log.manager.task.retry.jitter': hidden(double(0.2, between(0, 0.5)), 'low'),
  'remote.log.manager.thread.pool.size': known(int(2, atLeast(1)), 'medium'),
  'remote.log.metadata.custom.metadata.max.bytes': known(int(128, atLeast(0)), 'low'),
  'remote.log.metadata.manager.class.name': known(
    string(
      'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
      nonEmptyText,
    ),
    'medium',
  ),
  'remote.log.metadata.manager.class.path': known(string(null), 'medium'),
  'remote.log.metadata.manager.impl.prefix': known(string('rlmm.config.', nonEmptyText), 'medium'),
  'remote.log.metadata.manager.listener.name': known(string(null, nonEmptyText), 'medium'),
  'remote.log.reader.max.pending.tasks': known(int(100, atLeast(1)), 'medium'),
  'remote.log.reader.threads': known(int(10, atLeast(1)), 'medium', 'cluster-wide'),
  'remote.log.storage.manager.class.name': known(string(null, nonEmptyText), 'medium'),
  'remote.log.storage.manager.class.path': known(string(null), 'medium'),
  'remote.log.storage.manager.impl.prefix': known(string('rsm.config.', nonEmptyText), 'medium'),
  'remote.log.storage.system.enable': known(bool(false), 'medium'),
  'replica.fetch.backoff.ms': known(int(1000, atLeast(0)), 'medium'),
  'replica.fetch.max.bytes': known(int(1048576, atLeast(0)), 'medium'),
  'replica.fetch.min.bytes': known(int(1), 'high'),
  'replica.fetch.response.max.bytes': known(int(10485760, atLeast(0)), 'medium'),
  'replica.fetch.wait.max.ms': known(int(500), 'high'),
  'replica.high.watermark.checkpoint.interval.ms': known(long(5000), 'high'),
  'replica.lag.time.max.ms': known(long(30000), 'high'),
  'replica.selector.class': known(string(null), 'medium'),
  'replica.socket.receive.buffer.bytes': known(int(65536), 'high'),
  'replica.socket.timeout.ms': known(int(30000), 'high'),
  'replication.quota.window.num': known(int(11, atLeast(1)), 'low'),
  'replication.quota.window.size.seconds': known(int(1, atLeast(1)), 'low'),
  'request.timeout.ms': known(int(30000), 'high'),
  'sasl.client.callback.handler.class': known(javaClass(null), 'medium'),
  'sasl.kerberos.kinit.cmd': known(string('/usr/bin/kinit'), 'medium', 'per-broker'),
  'sasl.kerberos.min.time.before.relogin': known(long(60000), 'medium', 'per-broker'),
  'sasl.kerberos.principal.to.local.rules': known(list('DEFAULT'), 'medium', 'per-broker'),
  'sasl.kerberos.service.name': known(string(null), 'medium', 'per-broker'),
  'sasl.kerberos.ticket.renew.jitter': known(double(0.05), 'medium', 'per-broker'),
  'sasl.kerberos.ticket.renew.window.factor': known(double(0.8), 'medium', 'per-broker'),
  'sasl.login.callback.handler.class': known(javaClass(null), 'medium'),
  'sasl.login.class': known(javaClass(null), 'medium'),
  'sasl.login.connect.timeout.ms': known(int(null), 'low'),
  'sasl.login.read.timeout.ms': known(int(null), 'low'),
  'sasl.login.refresh.buffer.seconds': known(short(300), 'medium', 'per-broker'),
  'sasl.login.refresh.min.period.seconds': known(short(60), 'medium', 'per-broker'),
  'sasl.login.refresh.window.factor': known(double(0.8), 'medium', 'per-broker'),
  'sasl.login.refresh.window.jitter': known(double(0.05), 'medium', 'per-broker'),
  'sasl.login.retry.backoff.max.ms': known(long(10000), 'low'),
  'sasl.login.retry.backoff.ms': known(long(100), 'low'),
  'sasl.mechanism.controller.protocol': known(string('GSSAPI'), 'high'),
  'sasl.mechanism.inter.broker.protocol': known(string('GSSAPI'), 'medium', 'per-broker'),
  'sasl.oauthbearer.allow.unverified.audience': known(bool(false), 'medium'),
  'sasl.oauthbearer.allow.unverified.issuer': known(bool(false), 'medium'),
  'sasl.oauthbearer.assertion.algorithm': known(
    oneOfAnyCase('RS256', ['ES256', 'RS256']),
    'medium',
  ),
  'sasl.oauthbearer.assertion.claim.aud': known(string(null), 'medium'),
  'sasl.oauthbearer.assertion.claim.exp.seconds': known(int(300, between(0, 86400)), 'low'),
  'sasl.oauthbearer.assertion.claim.iss': known(string(null), 'medium'),
  'sasl.oauthbearer.assertion.claim.jti.include': known(bool(false), 'medium'),
  'sasl.oauthbearer.assertion.claim.nbf.seconds': known(int(60, between(0, 3600)), 'low'),
  'sasl.oauthbearer.assertion.claim.sub': known(string(null), 'medium'),
  'sasl.oauthbearer.assertion.file': known(string(null), 'medium'),
  'sasl.oauthbearer.assertion.private.key.file': known(string(null), 'medium'),
  'sasl.oauthbearer.assertion.private.key.passphrase': known(password(), 'medium'),
  'sasl.oauthbearer.assertion.template.file': known(string(null), 'medium'),
  'sasl.oauthbearer.client.credentials.client.id': known(string(null), 'medium'),
  'sasl.oauthbearer.client.credentials.client.secret': known(password(), 'medium'),
  'sasl.oauthbearer.jwt.retriever.class': known(
    javaClass('org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever'),
    'medium',
  ),
  'sasl.oauthbearer.jwt.validator.class': known(
    javaClass('org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator'),
    'medium',
  ),
  'sasl.oauthbearer.scope': known(string(null), 'medium'),
  'sasl.oauthbearer.token.endpoint.url': known(string(null), 'medium'),
  'security.inter.broker.protocol': known(
    oneOf('PLAINTEXT', ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']),
    'medium',
  ),
  'security.providers': known(string(null), 'low'),
  'server.max.startup.time.ms': hidden(long(longMax, atLeast(0)), 'medium'),
  'share.coordinator.append.linger.ms': known(int(-1, atLeast(-1)), 'medium'),
  'share.coordinator.cached.buffer.max.bytes': known(
    int(1048588, atLeast(524288)),
    'medium',
    'cluster-wide',
  ),
  'share.coordinator.state.topic.compression.codec': known(int(0), 'high'),
  'share.coordinator.threads': known(int(1, atLeast(1)), 'medium'),
  'share.coordinator.write.timeout.ms': known(int(5000, atLeast(1)), 'high'),
  'share.fetch.purgatory.purge.interval.requests': known(int(1000), 'medium'),
  'socket.connection.setup.timeout.max.ms': known(long(30000), 'medium'),
  'socket.connection.setup.timeout.ms': known(long(10000), 'medium'),
  'ssl.endpoint.identification.algorithm': known(string('https'), 'low', 'per-broker'),
  'ssl.engine.factory.class': known(javaClass(null), 'low', 'per-broker'),
  'ssl.keymanager.algorithm': known(string('SunX509'), 'medium', 'per-broker'),
  'ssl.provider': known(string(null), 'medium', 'per-broker'),
  'ssl.secure.random.implementation': known(string(null), 'low', 'per-broker'),
  'ssl.trustmanager.algorithm': known(string('PKIX'), 'medium', 'per-broker'),
  'unclean.leader.election.interval.ms': hidden(long(300000, atLeast(1)), 'medium'),
  'unstable.api.versions.enable': hidden(bool(false), 'high'),
  'unstable.feature.versions.enable': hidden(bool(false), 'high'),
}

/**
 * What it means that a key which is not obeyed is set. `plumbing`: nothing is lost on one node
 * (KRaft, ZooKeeper, replication, threads). `unsupported`: the user asked for something that this
 * broker does not do yet.
 */
export type Concern = 'plumbing' | 'unsupported'

/** Settings that lose their effect here and whose loss the user must hear of. */
const unsupported: readonly RegExp[] = [
  /^(ssl\.engine|config\.providers)\b/,
  /^principal\.builder\.class$/,
  /^(sasl\.kerberos|security\.providers|client\.quota\.callback\.class)\b/,
  /^(remote\.log\.storage\.system\.enable|.*\.policy\.class\.name)$/,
]

/**
 * Keys of ZooKeeper days, of older Kafkas and of other distributions that one node does not need.
 */
const foreignPlumbing: readonly RegExp[] = [
  /^(zookeeper|confluent|password\.encoder|control\.plane|replication\.quota)\./,
  /^(inter\.broker\.protocol\.version|log\.message\.(format\.version|downconversion\.enable))$/,
  /^(broker\.id\.generation\.enable|reserved\.broker\.max\.id|offsets\.storage)$/,
]

/** What to say of a key that is not obeyed; null for a key that nobody knows. */
export function concernOf(name: string): Concern | null {
  if (unsupported.some((pattern) => pattern.test(name))) return 'unsupported'
  if (Object.hasOwn(knownBrokerConfigTable, name)) return 'plumbing'
  return foreignPlumbing.some((pattern) => pattern.test(name)) ? 'plumbing' : null
}

function known<T>(
  kind: ConfigKind<T>,
  importance: Importance,
  update: UpdateMode = 'read-only',
): ConfigEntry<T> {
  return { ...kind, importance, update, internal: false, doc: notObeyed }
}

function hidden<T>(
  kind: ConfigKind<T>,
  importance: Importance,
  update: UpdateMode = 'read-only',
): ConfigEntry<T> {
  return { ...known(kind, importance, update), internal: true }
}
