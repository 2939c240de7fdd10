// The broker keys that Ottla obeys about share groups (KIP-932): the groups, their records, and the
// coordinator that keeps their state.
import { MiB, minuteMs, secondMs } from '../base/units.ts'
import { hidden, key, type BrokerTable } from './broker-key.ts'
import { atLeast, between, int, short } from './kinds.ts'

/** Share groups and their state. */
export const shareTable = {
  'group.share.assignment.interval.ms': key(
    int(secondMs, atLeast(0)),
    'medium',
    'How long a share group keeps a target assignment at least. Milliseconds.',
    'cluster-wide',
  ),
  'group.share.min.assignment.interval.ms': key(
    int(0, atLeast(0)),
    'medium',
    'The shortest share.assignment.interval.ms that a group gets. Milliseconds.',
  ),
  'group.share.max.assignment.interval.ms': key(
    int(15 * secondMs, atLeast(0)),
    'medium',
    'The longest share.assignment.interval.ms that a group gets. Milliseconds.',
  ),
  'group.share.heartbeat.interval.ms': key(
    int(5 * secondMs, atLeast(1)),
    'medium',
    'How often a member of a share group is to send a heartbeat. Milliseconds.',
  ),
  'group.share.min.heartbeat.interval.ms': key(
    int(5 * secondMs, atLeast(1)),
    'medium',
    'The shortest share.heartbeat.interval.ms that a group gets. Milliseconds.',
  ),
  'group.share.max.heartbeat.interval.ms': key(
    int(15 * secondMs, atLeast(1)),
    'medium',
    'The longest share.heartbeat.interval.ms that a group gets. Milliseconds.',
  ),
  'group.share.session.timeout.ms': key(
    int(45 * secondMs, atLeast(1)),
    'medium',
    'How long a member of a share group may stay silent. Milliseconds.',
  ),
  'group.share.min.session.timeout.ms': key(
    int(45 * secondMs, atLeast(1)),
    'medium',
    'The shortest share.session.timeout.ms that a group gets. Milliseconds.',
  ),
  'group.share.max.session.timeout.ms': key(
    int(minuteMs, atLeast(1)),
    'medium',
    'The longest share.session.timeout.ms that a group gets. Milliseconds.',
  ),
  'group.share.max.size': key(
    int(200, between(1, 1000)),
    'medium',
    'The most members of a share group.',
  ),
  'group.share.delivery.count.limit': key(
    int(5, between(2, 10)),
    'medium',
    'How often a record is handed out to a share group before it is given up.',
  ),
  'group.share.min.delivery.count.limit': key(
    int(2, between(2, 5)),
    'medium',
    'The smallest share.delivery.count.limit that a group gets.',
  ),
  'group.share.max.delivery.count.limit': key(
    int(10, between(5, 25)),
    'medium',
    'The largest share.delivery.count.limit that a group gets.',
  ),
  'group.share.record.lock.duration.ms': key(
    int(30 * secondMs, between(secondMs, 60 * minuteMs)),
    'medium',
    'How long a member of a share group may hold a record. Milliseconds.',
  ),
  'group.share.min.record.lock.duration.ms': key(
    int(15 * secondMs, between(secondMs, 30 * secondMs)),
    'medium',
    'The shortest share.record.lock.duration.ms that a group gets. Milliseconds.',
  ),
  'group.share.max.record.lock.duration.ms': key(
    int(minuteMs, between(30 * secondMs, 60 * minuteMs)),
    'medium',
    'The longest share.record.lock.duration.ms that a group gets. Milliseconds.',
  ),
  'group.share.partition.max.record.locks': key(
    int(2000, between(100, 10_000)),
    'medium',
    'How many records of a partition may be in flight for a share group.',
  ),
  'group.share.min.partition.max.record.locks': key(
    int(100, between(100, 2000)),
    'medium',
    'The smallest share.partition.max.record.locks that a group gets.',
  ),
  'group.share.max.partition.max.record.locks': key(
    int(4000, between(2000, 10_000)),
    'medium',
    'The largest share.partition.max.record.locks that a group gets.',
  ),
  'group.share.max.share.sessions': key(
    int(2000, atLeast(1)),
    'medium',
    'The most share sessions, that is members that fetch.',
  ),
  'share.coordinator.state.topic.num.partitions': key(
    int(50, atLeast(1)),
    'high',
    'How many partitions __share_group_state is created with.',
  ),
  'share.coordinator.state.topic.replication.factor': key(
    short(3, atLeast(1)),
    'high',
    'The replication factor of __share_group_state. One node keeps one replica whatever it is.',
  ),
  'share.coordinator.state.topic.min.isr': key(
    short(2, atLeast(1)),
    'high',
    'min.insync.replicas of __share_group_state. A single broker is always in sync.',
  ),
  'share.coordinator.state.topic.segment.bytes': key(
    int(100 * MiB, atLeast(1)),
    'high',
    'segment.bytes of __share_group_state.',
  ),
  'share.coordinator.load.buffer.size': key(
    int(5 * MiB, atLeast(1)),
    'high',
    'How many bytes are read at a time when the state of share groups is loaded.',
  ),
  'share.coordinator.snapshot.update.records.per.snapshot': key(
    int(500, between(0, 500)),
    'medium',
    'How many changes of a share partition are stored before its whole state is stored again.',
  ),
  'share.coordinator.cold.partition.snapshot.interval.ms': hidden(
    int(5 * minuteMs, atLeast(1)),
    'low',
    'How often the state of share partitions that do not change is stored again. Milliseconds.',
  ),
  'share.coordinator.state.topic.prune.interval.ms': hidden(
    int(5 * minuteMs, atLeast(1)),
    'low',
    'How often records of __share_group_state that nobody needs are deleted. Milliseconds.',
  ),
} as const satisfies BrokerTable
