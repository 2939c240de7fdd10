// The broker keys that Ottla obeys about streams groups (KIP-1071).
import { int32Max, minuteMs, secondMs } from '../base/units.ts'
import { hidden, key, type BrokerTable } from './broker-key.ts'
import { atLeast, int, long } from './kinds.ts'

/** Streams groups. */
export const streamsTable = {
  'group.streams.assignment.interval.ms': key(
    int(secondMs, atLeast(0)),
    'medium',
    'How long a streams group keeps a target assignment at least. Milliseconds.',
    'cluster-wide',
  ),
  'group.streams.min.assignment.interval.ms': key(
    int(0, atLeast(0)),
    'medium',
    'The shortest streams.assignment.interval.ms that a group gets. Milliseconds.',
  ),
  'group.streams.max.assignment.interval.ms': key(
    int(15 * secondMs, atLeast(0)),
    'medium',
    'The longest streams.assignment.interval.ms that a group gets. Milliseconds.',
  ),
  'group.streams.heartbeat.interval.ms': key(
    int(5 * secondMs, atLeast(1)),
    'medium',
    'How often a member of a streams group is to send a heartbeat. Milliseconds.',
  ),
  'group.streams.min.heartbeat.interval.ms': key(
    int(5 * secondMs, atLeast(1)),
    'medium',
    'The shortest streams.heartbeat.interval.ms that a group gets. Milliseconds.',
  ),
  'group.streams.max.heartbeat.interval.ms': key(
    int(15 * secondMs, atLeast(1)),
    'medium',
    'The longest streams.heartbeat.interval.ms that a group gets. Milliseconds.',
  ),
  'group.streams.session.timeout.ms': key(
    int(45 * secondMs, atLeast(1)),
    'medium',
    'How long a member of a streams group may stay silent. Milliseconds.',
  ),
  'group.streams.min.session.timeout.ms': key(
    int(45 * secondMs, atLeast(1)),
    'medium',
    'The shortest streams.session.timeout.ms that a group gets. Milliseconds.',
  ),
  'group.streams.max.session.timeout.ms': key(
    int(minuteMs, atLeast(1)),
    'medium',
    'The longest streams.session.timeout.ms that a group gets. Milliseconds.',
  ),
  'group.streams.initial.rebalance.delay.ms': key(
    int(3 * secondMs, atLeast(0)),
    'medium',
    'How long the first members of a streams group wait for others before tasks are assigned. Milliseconds.',
  ),
  'group.streams.num.standby.replicas': key(
    int(0, atLeast(0)),
    'medium',
    'How many standby tasks a task with state gets.',
  ),
  'group.streams.max.standby.replicas': key(
    int(2, atLeast(0)),
    'medium',
    'The largest streams.num.standby.replicas that a group gets.',
  ),
  'group.streams.max.size': key(
    int(int32Max, atLeast(1)),
    'medium',
    'The most members of a streams group.',
  ),
  'group.streams.task.offset.interval.ms': hidden(
    int(minuteMs, atLeast(1)),
    'medium',
    'How often members tell how far their local state has come. Milliseconds.',
  ),
  'group.streams.min.task.offset.interval.ms': hidden(
    int(15 * secondMs, atLeast(1)),
    'medium',
    'The shortest streams.task.offset.interval.ms that a group gets. Milliseconds.',
  ),
  'group.streams.acceptable.recovery.lag': hidden(
    long(10_000, atLeast(0)),
    'medium',
    'How many records behind local state may be to count as caught up.',
  ),
} as const satisfies BrokerTable
