// Metrics of groups and transactions: how many there are in which state, how far each is behind, and
// what it is about to miss.
import { resolveTopicConfig } from '../config/topic-config.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, MonitoredBroker, Sample } from './metric.ts'
import { groupPositions } from './unread-ages.ts'
import type { GroupPosition } from './unread-ages.ts'

const everyGroup = { states: [], types: [] } as const

/** Kafka's gauges by the state that they count. */
const stateGauges: readonly (readonly [name: string, state: string])[] = [
  ['numgroupspreparingrebalance', 'PreparingRebalance'],
  ['numgroupscompletingrebalance', 'CompletingRebalance'],
  ['numgroupsstable', 'Stable'],
  ['numgroupsdead', 'Dead'],
  ['numgroupsempty', 'Empty'],
]

const manager = 'kafka_coordinator_group_groupmetadatamanager'

const coordinatorMetrics: readonly Metric[] = [
  gauge(`${manager}_numgroups`, 'Groups of all kinds.', ({ services }) => [
    [services.groups.list(everyGroup).groups.length],
  ]),
  ...stateGauges.map(([name, state]) =>
    gauge(`${manager}_${name}`, `Groups in the state ${state}.`, ({ services }) => [
      [services.groups.list({ states: [state], types: [] }).groups.length],
    ]),
  ),
  gauge(`${manager}_numoffsets`, 'Committed offsets of all groups.', ({ services }) => {
    let count = 0
    for (const _ of services.groups.committedOffsets()) count += 1
    return [[count]]
  }),
  counter(
    'ottla_group_offset_commits_total',
    'Offsets that clients asked to commit, outside of transactions.',
    ({ services }) => [[services.instruments.offsetCommits]],
  ),
  counter(
    'ottla_group_rebalances_total',
    'Rebalances since the start, by what made the group begin: join, leave, disconnected, session-expired, join-timeout, sync-timeout; of consumer groups (KIP-848) consumer-heartbeat and fence.',
    function* ({ services }) {
      for (const [reason, count] of services.instruments.rebalances.entries()) yield [count, reason]
    },
    ['reason'],
  ),
  gauge(
    'ottla_transactions',
    'Transactional ids by the state of their transaction.',
    function* ({ services }) {
      const counts = new Map<string, number>()
      for (const { status } of services.transactions.list(everyTransaction).transactions) {
        counts.set(status, (counts.get(status) ?? 0) + 1)
      }
      for (const [status, count] of counts) yield [count, status]
    },
    ['state'],
  ),
]

const everyTransaction = {
  producerIds: new Set<number>(),
  statuses: null,
  durationMs: -1,
  matches: null,
}

const positionLabels = ['consumergroup', 'topic', 'partition'] as const

/** A sample for each group's partition that `read` has a value for. */
function ofPositions(
  read: (position: GroupPosition, broker: MonitoredBroker) => number | null,
): Metric['samples'] {
  return function* (broker): Iterable<Sample> {
    for (const position of groupPositions(broker.services)) {
      const value = read(position, broker)
      const { groupId, topic, partition } = position
      if (value !== null) yield [value, groupId, topic, String(partition)]
    }
  }
}

const lagMetrics: readonly Metric[] = [
  gauge(
    'kafka_consumergroup_current_offset',
    'The offset that the group has committed.',
    ofPositions(({ committed }) => committed),
    positionLabels,
  ),
  gauge(
    'kafka_consumergroup_lag',
    'Records that the group has not read: from its offset, or the first that is left, to the high watermark.',
    ofPositions(({ lag }) => lag),
    positionLabels,
  ),
  gauge(
    'kafka_consumergroup_members',
    'Members of the group.',
    function* ({ services }) {
      for (const { groupId } of services.groups.list(everyGroup).groups) {
        yield [services.groups.memberCount(groupId), groupId]
      }
    },
    ['consumergroup'],
  ),
  gauge(
    'ottla_consumergroup_oldest_unread_age_seconds',
    'Age of the oldest record that the group has not read; 0 when it has read all.',
    ofPositions((position, { services, ages }) => {
      if (position.lag === 0) return 0
      const oldestMs = ages.oldestUnreadMs(position)
      return oldestMs === null ? null : Math.max(0, services.clock.nowMs() - oldestMs) / 1000
    }),
    positionLabels,
  ),
  gauge(
    'ottla_consumergroup_deleted_unread',
    'Records that went, by retention or DeleteRecords, before the group has read them.',
    ofPositions(({ committed, store }) => Math.max(0, store.logStartOffset - committed)),
    positionLabels,
  ),
  gauge(
    'ottla_consumergroup_unread_expires_seconds',
    'Time until retention.ms deletes the oldest record that the group has not read; only of partitions that are behind.',
    function* (broker) {
      const nowMs = broker.services.clock.nowMs()
      const configOf = topicConfigs(broker)
      for (const position of groupPositions(broker.services)) {
        const oldestMs = broker.ages.oldestUnreadMs(position)
        const { cleanupPolicy, retentionMs } = configOf(position.topic)
        if (oldestMs === null || !cleanupPolicy.delete || retentionMs < 0) continue
        const leftMs = oldestMs + retentionMs - nowMs
        yield [leftMs / 1000, position.groupId, position.topic, String(position.partition)]
      }
    },
    positionLabels,
  ),
]

/** Each topic's configuration, worked out once. */
function topicConfigs({ services }: MonitoredBroker): (topic: string) => TopicConfig {
  const known = new Map<string, TopicConfig>()
  return (topic) => {
    let config = known.get(topic)
    if (config === undefined) {
      const overrides = services.catalog.topic(topic)?.configs ?? new Map<string, string>()
      known.set(topic, (config = resolveTopicConfig(overrides, services.config)))
    }
    return config
  }
}

export const groupMetrics: readonly Metric[] = [...coordinatorMetrics, ...lagMetrics]
