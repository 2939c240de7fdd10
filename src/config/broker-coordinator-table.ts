// The broker keys that Ottla obeys about groups, offsets, producers, transactions and quotas.
import { dayMs, hourMs, int32Max, MiB, minuteMs, secondMs } from '../base/units.ts'
import { hidden, key, type BrokerTable } from './broker-key.ts'
import { atLeast, bool, int, list, long, oneOfAnyCase, short } from './kinds.ts'

/** Groups, offsets, producers, transactions, quotas. */
export const coordinatorTable = {
  'group.min.session.timeout.ms': key(
    int(6 * secondMs),
    'medium',
    'The shortest session time-out that a classic group member may ask for. Milliseconds.',
  ),
  'group.max.session.timeout.ms': key(
    int(30 * minuteMs),
    'medium',
    'The longest session time-out that a classic group member may ask for. Milliseconds.',
  ),
  'group.initial.rebalance.delay.ms': key(
    int(0),
    'medium',
    'How long the first rebalance of an empty group waits for more members. Milliseconds. Kafka waits 3000.',
  ),
  'group.max.size': key(
    int(int32Max, atLeast(1)),
    'medium',
    'The most members of a classic group.',
  ),
  'group.coordinator.rebalance.protocols': key(
    list('classic,consumer,streams', { words: ['consumer', 'classic', 'share', 'streams'] }),
    'medium',
    'Which kinds of group are served.',
  ),
  'group.consumer.assignment.interval.ms': key(
    int(secondMs, atLeast(0)),
    'medium',
    'How long a consumer group keeps a target assignment at least. Milliseconds.',
    'cluster-wide',
  ),
  'group.consumer.min.assignment.interval.ms': key(
    int(0, atLeast(0)),
    'medium',
    'The shortest consumer.assignment.interval.ms that a group gets. Milliseconds.',
  ),
  'group.consumer.max.assignment.interval.ms': key(
    int(15 * secondMs, atLeast(0)),
    'medium',
    'The longest consumer.assignment.interval.ms that a group gets. Milliseconds.',
  ),
  'group.consumer.assignors': key(
    list('uniform,range'),
    'medium',
    'The assignors that members of consumer groups may ask for; the first is for those who do not.',
  ),
  'group.consumer.heartbeat.interval.ms': key(
    int(5 * secondMs, atLeast(1)),
    'medium',
    'How often a member of a consumer group is to send a heartbeat. Milliseconds.',
  ),
  'group.consumer.min.heartbeat.interval.ms': key(
    int(5 * secondMs, atLeast(1)),
    'medium',
    'The shortest consumer.heartbeat.interval.ms that a group gets. Milliseconds.',
  ),
  'group.consumer.max.heartbeat.interval.ms': key(
    int(15 * secondMs, atLeast(1)),
    'medium',
    'The longest consumer.heartbeat.interval.ms that a group gets. Milliseconds.',
  ),
  'group.consumer.session.timeout.ms': key(
    int(45 * secondMs, atLeast(1)),
    'medium',
    'How long a member of a consumer group may stay silent. Milliseconds.',
  ),
  'group.consumer.min.session.timeout.ms': key(
    int(45 * secondMs, atLeast(1)),
    'medium',
    'The shortest consumer.session.timeout.ms that a group gets. Milliseconds.',
  ),
  'group.consumer.max.session.timeout.ms': key(
    int(minuteMs, atLeast(1)),
    'medium',
    'The longest consumer.session.timeout.ms that a group gets. Milliseconds.',
  ),
  'group.consumer.max.size': key(
    int(int32Max, atLeast(1)),
    'medium',
    'The most members of a consumer group.',
  ),
  'group.consumer.migration.policy': key(
    oneOfAnyCase('bidirectional', ['DISABLED', 'DOWNGRADE', 'UPGRADE', 'BIDIRECTIONAL']),
    'medium',
    'Whether classic groups become consumer groups with their first member of the new protocol, and the other way round with the last.',
  ),
  'group.consumer.regex.refresh.interval.ms': hidden(
    int(10 * minuteMs, atLeast(10 * secondMs)),
    'medium',
    'How often the regular expressions of consumer groups are looked up again. Milliseconds.',
  ),
  'offset.metadata.max.bytes': key(
    int(4096),
    'high',
    'The longest text that may be committed with an offset. Bytes.',
  ),
  'offsets.retention.minutes': key(
    int(10080, atLeast(1)),
    'high',
    'How long the offsets of a group without members are kept. Minutes.',
  ),
  'offsets.retention.check.interval.ms': key(
    long(10 * minuteMs, atLeast(1)),
    'high',
    'How often expired offsets are looked for. Milliseconds.',
  ),
  'offsets.topic.num.partitions': key(
    int(50, atLeast(1)),
    'high',
    'How many partitions __consumer_offsets is created with.',
  ),
  'offsets.topic.replication.factor': key(
    short(3, atLeast(1)),
    'high',
    'The replication factor of __consumer_offsets. One node keeps one replica whatever it is.',
  ),
  'offsets.topic.segment.bytes': key(
    int(100 * MiB, atLeast(1)),
    'high',
    'segment.bytes of __consumer_offsets.',
  ),
  'offsets.topic.compression.codec': key(
    int(0),
    'high',
    'The codec of batches in __consumer_offsets: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. Kept; they are not compressed.',
  ),
  'offsets.load.buffer.size': key(
    int(5 * MiB, atLeast(1)),
    'high',
    'How many bytes are read at a time when groups are loaded.',
  ),
  'offsets.commit.timeout.ms': key(
    int(5 * secondMs, atLeast(1)),
    'high',
    'How long a commit may wait for the log. Milliseconds. Kept; the log of one node does not make it wait.',
  ),
  'producer.id.expiration.ms': key(
    int(dayMs, atLeast(1)),
    'low',
    'How long an idle producer’s sequence numbers are remembered. Milliseconds.',
    'cluster-wide',
  ),
  'producer.id.expiration.check.interval.ms': hidden(
    int(10 * minuteMs, atLeast(1)),
    'low',
    'How often idle producers are looked for. Milliseconds.',
  ),
  'transactional.id.expiration.ms': key(
    int(7 * dayMs, atLeast(1)),
    'high',
    'How long an idle transactional id is remembered. Milliseconds.',
  ),
  'transaction.max.timeout.ms': key(
    int(15 * minuteMs, atLeast(1)),
    'high',
    'The longest transaction time-out that a producer may ask for. Milliseconds.',
  ),
  'transaction.state.log.num.partitions': key(
    int(50, atLeast(1)),
    'high',
    'How many partitions __transaction_state is created with.',
  ),
  'transaction.state.log.replication.factor': key(
    short(3, atLeast(1)),
    'high',
    'The replication factor of __transaction_state. One node keeps one replica whatever it is.',
  ),
  'transaction.state.log.segment.bytes': key(
    int(100 * MiB, atLeast(1)),
    'high',
    'segment.bytes of __transaction_state.',
  ),
  'transaction.state.log.min.isr': key(
    int(2, atLeast(1)),
    'high',
    'min.insync.replicas of __transaction_state. A single broker is always in sync.',
  ),
  'transaction.state.log.load.buffer.size': key(
    int(5 * MiB, atLeast(1)),
    'high',
    'How many bytes are read at a time when transactions are loaded.',
  ),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': key(
    int(10 * secondMs, atLeast(1)),
    'low',
    'How often transactions past their time-out are looked for. Milliseconds.',
  ),
  'transaction.remove.expired.transaction.cleanup.interval.ms': key(
    int(hourMs, atLeast(1)),
    'low',
    'How often expired transactional ids are looked for. Milliseconds.',
  ),
  'transaction.partition.verification.enable': key(
    bool(true),
    'low',
    'Whether a transactional append checks that its partition was added to the transaction.',
    'cluster-wide',
  ),
  'transaction.two.phase.commit.enable': key(
    bool(false),
    'low',
    'Whether producers may keep transactions open for an outside coordinator (KIP-939). Kept; they may not so far.',
  ),
  'quota.window.num': key(
    int(11, atLeast(1)),
    'low',
    'How many samples a client quota looks back over.',
  ),
  'quota.window.size.seconds': key(
    int(1, atLeast(1)),
    'low',
    'How long one sample of a client quota is. Seconds.',
  ),
  'controller.quota.window.num': key(
    int(11, atLeast(1)),
    'low',
    'How many samples the quota on topic changes looks back over: so many seconds’ worth may be used at once.',
  ),
  'controller.quota.window.size.seconds': key(
    int(1, atLeast(1)),
    'low',
    'How long one sample of the quota on topic changes is. Seconds.',
  ),
} as const satisfies BrokerTable
