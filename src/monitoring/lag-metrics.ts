// How far each group is behind, and what it is about to miss.
import { resolveTopicConfig } from '../config/topic-config.ts'
import type { TopicConfig } from '../config/topic-config.ts'
import { everyGroup } from './group-metrics.ts'
import { gauge } from './metric.ts'
import type { Metric, Reading, Sample } from './metric.ts'
import { groupPositions } from './unread-ages.ts'
import type { GroupPosition } from './unread-ages.ts'

const topicLabels = ['consumergroup', 'topic'] as const
const positionLabels = ['consumergroup', 'topic', 'partition'] as const

/** A sample for each partition of a group that `read` has a value for. */
function ofPositions(
  read: (position: GroupPosition, reading: Reading) => number | null,
): Metric['samples'] {
  return function* (reading): Iterable<Sample> {
    for (const position of groupPositions(reading.services)) {
      const value = read(position, reading)
      const { groupId, topic, partition } = position
      if (value !== null) yield [value, groupId, topic, String(partition)]
    }
  }
}

/** A sample for each topic of a group. Positions come group by group, topic by topic. */
function sumsByTopic(read: (position: GroupPosition) => number): Metric['samples'] {
  return function* ({ services }): Iterable<Sample> {
    let last: GroupPosition | null = null
    let sum = 0
    for (const position of groupPositions(services)) {
      if (last !== null && (position.groupId !== last.groupId || position.topic !== last.topic)) {
        yield [sum, last.groupId, last.topic]
        sum = 0
      }
      last = position
      sum += read(position)
    }
    if (last !== null) yield [sum, last.groupId, last.topic]
  }
}

export const lagMetrics: readonly Metric[] = [
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
    'kafka_consumergroup_current_offset_sum',
    'The offsets that the group has committed, of all partitions of the topic.',
    sumsByTopic(({ committed }) => committed),
    topicLabels,
  ),
  gauge(
    'kafka_consumergroup_lag_sum',
    'Records that the group has not read, of all partitions of the topic.',
    sumsByTopic(({ lag }) => lag),
    topicLabels,
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
    function* (reading) {
      const { services, ages } = reading
      const nowMs = services.clock.nowMs()
      const configOf = topicConfigs(reading)
      for (const position of groupPositions(services)) {
        const oldestMs = ages.oldestUnreadMs(position)
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
function topicConfigs({ services }: Reading): (topic: string) => TopicConfig {
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
