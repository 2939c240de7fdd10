// The configuration keys of a group (resource type 32), and the broker key behind each: what
// DescribeConfigs answers for a group. The coordinators that obey them come with their group kinds.
import type { ConfigEntry, ConfigKind } from './entry.ts'
import { atLeast, bool, int, list, long, oneOf, string } from './kinds.ts'

/**
 * A group's key, and whether a group without an override takes the value of the broker's `group.`
 * key.
 */
export interface GroupConfigEntry<T> extends ConfigEntry<T> {
  readonly source: 'group' | 'own'
}

/** All group keys of Apache Kafka 4.4. */
export const groupConfigTable: Readonly<Record<string, GroupConfigEntry<unknown>>> = {
  'consumer.assignment.interval.ms': groupKey(int(1000, atLeast(0)), 'group'),
  'consumer.assignor.offload.enable': hidden(bool(true), 'group'),
  'consumer.heartbeat.interval.ms': groupKey(int(5000, atLeast(1)), 'group'),
  'consumer.session.timeout.ms': groupKey(int(45000, atLeast(1)), 'group'),
  'errors.deadletterqueue.copy.record.enable': groupKey(bool(false), 'own'),
  'errors.deadletterqueue.topic.name': groupKey(string(''), 'own'),
  'share.assignment.interval.ms': groupKey(int(1000, atLeast(0)), 'group'),
  'share.assignor.offload.enable': hidden(bool(true), 'group'),
  'share.auto.offset.reset': groupKey(offsetReset(), 'own'),
  'share.delivery.count.limit': groupKey(int(5, atLeast(2)), 'group'),
  'share.heartbeat.interval.ms': groupKey(int(5000, atLeast(1)), 'group'),
  'share.isolation.level': groupKey(
    oneOf('read_uncommitted', ['read_committed', 'read_uncommitted']),
    'own',
  ),
  'share.partition.max.record.locks': groupKey(int(2000, atLeast(100)), 'group'),
  'share.record.lock.duration.ms': groupKey(int(30000, atLeast(1000)), 'group'),
  'share.renew.acknowledge.enable': groupKey(bool(true), 'own'),
  'share.session.timeout.ms': groupKey(int(45000, atLeast(1)), 'group'),
  'streams.acceptable.recovery.lag': hidden(long(10000, atLeast(0)), 'group'),
  'streams.assignment.interval.ms': groupKey(int(1000, atLeast(0)), 'group'),
  'streams.assignor.name': groupKey(string(null), 'own'),
  'streams.assignor.offload.enable': hidden(bool(true), 'group'),
  'streams.heartbeat.interval.ms': groupKey(int(5000, atLeast(1)), 'group'),
  'streams.initial.rebalance.delay.ms': groupKey(int(3000, atLeast(0)), 'group'),
  'streams.num.standby.replicas': groupKey(int(0, atLeast(0)), 'group'),
  'streams.num.warmup.replicas': hidden(int(2, atLeast(0)), 'group'),
  'streams.rack.aware.assignment.tags': groupKey(list(''), 'group'),
  'streams.session.timeout.ms': groupKey(int(45000, atLeast(1)), 'group'),
  'streams.task.offset.interval.ms': hidden(int(60000, atLeast(1)), 'group'),
}

/** The broker key that a group's key falls back to: the same words with `group.` before them. */
export function groupBrokerKey(name: string): string | null {
  return groupConfigTable[name]?.source === 'group' ? `group.${name}` : null
}

/** `latest`, `earliest`, or `by_duration:` with an ISO 8601 duration. */
function offsetReset(): ConfigKind<string> {
  const words = ['latest', 'earliest', 'by_duration:PnDTnHnMn.nS']
  const duration = /^by_duration:P(?=[0-9T])(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/
  return string('latest', {
    text: `[${words.join(', ')}]`,
    problem: (value) =>
      words.slice(0, 2).includes(value) || duration.test(value)
        ? null
        : `String must be one of: ${words.join(', ')}`,
  })
}

function groupKey<T>(kind: ConfigKind<T>, source: 'group' | 'own'): GroupConfigEntry<T> {
  const doc = 'A setting of one group, in place of the broker’s.'
  return { ...kind, source, doc, importance: 'medium', update: 'live', internal: false }
}

function hidden<T>(kind: ConfigKind<T>, source: 'group' | 'own'): GroupConfigEntry<T> {
  return { ...groupKey(kind, source), internal: true }
}
