// The settings of a share consumer under Kafka's names, for the tools that read with one.
import { ClientConfigRefused, numberIn, type Properties } from '../../client/client-config.ts'
import type { Cluster } from '../../client/cluster.ts'
import { defaultShareConsumerSettings, ShareConsumer } from '../../client/share-consumer.ts'
import { randomKafkaUuid } from '../../io/random.ts'
import { javaText, type ToolHost } from './tool.ts'

/** Keys of consumers that mean nothing in a share group: Kafka refuses them. */
const refusedKeys = [
  'auto.offset.reset',
  'enable.auto.commit',
  'group.instance.id',
  'isolation.level',
  'partition.assignment.strategy',
  'interceptor.classes',
  'session.timeout.ms',
  'heartbeat.interval.ms',
  'group.protocol',
  'group.remote.assignor',
] as const

/** A consumer in the group that `properties` name. @throws ClientConfigRefused */
export function shareConsumer(
  host: ToolHost,
  of: {
    readonly cluster: Cluster
    readonly properties: Properties
    readonly topics: readonly string[]
  },
): ShareConsumer {
  const { cluster, properties, topics } = of
  for (const key of refusedKeys) {
    if (properties.has(key)) {
      throw new ClientConfigRefused(`${key} cannot be set when using a share group.`)
    }
  }
  const defaults = defaultShareConsumerSettings
  return new ShareConsumer(cluster, {
    groupId: properties.get('group.id') ?? '',
    memberId: randomKafkaUuid(host.random),
    topics,
    rackId: properties.get('client.rack') ?? defaults.rackId,
    maxWaitMs: numberIn(properties, 'fetch.max.wait.ms', defaults.maxWaitMs),
    minBytes: numberIn(properties, 'fetch.min.bytes', defaults.minBytes),
    maxBytes: numberIn(properties, 'fetch.max.bytes', defaults.maxBytes),
    maxRecords: numberIn(properties, 'max.poll.records', defaults.maxRecords),
    onRefused: (error) => host.err(`WARN Records are not acknowledged: ${javaText(error)}\n`),
  })
}
