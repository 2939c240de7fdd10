// The settings of a consumer under Kafka's names, for the tools that consume.
import { booleanIn, ClientConfigRefused, numberIn } from '../../client/client-config.ts'
import type { Properties } from '../../client/client-config.ts'
import {
  defaultConsumerSettings,
  type ConsumerSettings,
  type OffsetReset,
} from '../../client/consumer.ts'
import type { GroupConsumerSettings } from '../../client/group-consumer.ts'

/** The consumer that `properties` describe. @throws ClientConfigRefused */
export function consumerSettings(properties: Properties): ConsumerSettings {
  const defaults = defaultConsumerSettings
  const isolation = properties.get('isolation.level') ?? defaults.isolation
  if (isolation !== 'read_committed' && isolation !== 'read_uncommitted') {
    throw new ClientConfigRefused(
      `Invalid value ${isolation} for configuration isolation.level: String must be one of: read_committed, read_uncommitted`,
    )
  }
  const pollRecordsMax = numberIn(properties, 'max.poll.records', defaults.pollRecordsMax)
  if (pollRecordsMax < 1) {
    throw new ClientConfigRefused(
      `Invalid value ${pollRecordsMax} for configuration max.poll.records: Value must be at least 1`,
    )
  }
  return {
    isolation,
    pollRecordsMax,
    reset: resetIn(properties.get('auto.offset.reset')),
    maxWaitMs: numberIn(properties, 'fetch.max.wait.ms', defaults.maxWaitMs),
    minBytes: numberIn(properties, 'fetch.min.bytes', defaults.minBytes),
    maxBytes: numberIn(properties, 'fetch.max.bytes', defaults.maxBytes),
    partitionMaxBytes: numberIn(
      properties,
      'max.partition.fetch.bytes',
      defaults.partitionMaxBytes,
    ),
  }
}

/**
 * The group member that `properties` describe; it commits by itself unless they say otherwise.
 * @throws ClientConfigRefused
 */
export function groupConsumerSettings(
  properties: Properties,
  membership: Pick<GroupConsumerSettings, 'groupId' | 'topics' | 'listener'>,
): GroupConsumerSettings {
  return {
    ...consumerSettings(properties),
    ...membership,
    sessionTimeoutMs: numberIn(properties, 'session.timeout.ms', 45_000),
    rebalanceTimeoutMs: numberIn(properties, 'max.poll.interval.ms', 300_000),
    heartbeatIntervalMs: numberIn(properties, 'heartbeat.interval.ms', 3000),
    instanceId: properties.get('group.instance.id') ?? null,
    autoCommit: booleanIn(properties, 'enable.auto.commit', true),
    autoCommitIntervalMs: numberIn(properties, 'auto.commit.interval.ms', 5000),
  }
}

function resetIn(text = 'latest'): OffsetReset {
  if (text === 'earliest' || text === 'latest' || text === 'none') return text
  throw new ClientConfigRefused(
    `Invalid value ${text} for configuration auto.offset.reset: Invalid value \`${text}\`. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.`,
  )
}
