// The records that the metadata adds up to: applied to an empty image they give the same image. In
// the order of Kafka's own snapshots; what the image does not hold is in kept-records.ts.
import { assert, defined } from '../base/assert.ts'
import type { MetadataImage, PartitionImage, TopicImage } from './image.ts'
import { metadataVersionFeature } from './features.ts'
import { configRecord, featureLevelRecord, producerIdsRecord, topicRecord } from './records.ts'
import { configResourceTypes } from './records.ts'
import type { ConfigResource, MetadataRecord } from './records.ts'

/** Of no broker: who took the last block of producer ids does not matter. */
const nobody = { brokerId: -1, brokerEpoch: -1 }

export function* imageRecords(image: MetadataImage): IterableIterator<MetadataRecord> {
  yield* featureRecords(image)
  for (const { record } of image.brokers()) yield { type: 'RegisterBroker', data: record }
  for (const topic of image.topics()) yield* topicRecords(topic)
  for (const resource of Object.keys(configResourceTypes).filter(isConfigResource)) {
    for (const name of image.configuredNames(resource)) {
      for (const [key, value] of image.configs(resource, name)) {
        yield configRecord(resource, name, { name: key, value })
      }
    }
  }
  if (image.nextProducerId > 0) yield producerIdsRecord(nobody, image.nextProducerId)
}

function isConfigResource(name: string): name is ConfigResource {
  return name in configResourceTypes
}

/** metadata.version first: it says how to read the rest. */
function* featureRecords({ features }: MetadataImage): IterableIterator<MetadataRecord> {
  const level = features.get(metadataVersionFeature)
  if (level !== undefined) yield featureLevelRecord(metadataVersionFeature, level)
  for (const [name, level] of features) {
    if (name !== metadataVersionFeature) yield featureLevelRecord(name, level)
  }
}

function* topicRecords(topic: TopicImage): IterableIterator<MetadataRecord> {
  yield topicRecord(topic.name, topic.id)
  for (const partition of topic.partitions) {
    yield partitionRecord(topic, defined(partition, 'partitions have no gaps'))
  }
}

function partitionRecord(topic: TopicImage, partition: PartitionImage): MetadataRecord {
  const { eligibleLeaderReplicas, lastKnownElr } = partition
  assert(partition.replicas.length > 0, 'a partition has replicas')
  return {
    type: 'Partition',
    data: {
      partitionId: partition.partition,
      topicId: topic.id,
      replicas: [...partition.replicas],
      isr: [...partition.isr],
      removingReplicas: [...partition.removingReplicas],
      addingReplicas: [...partition.addingReplicas],
      leader: partition.leader,
      leaderRecoveryState: partition.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      directories: [...partition.directories],
      eligibleLeaderReplicas: eligibleLeaderReplicas === null ? null : [...eligibleLeaderReplicas],
      lastKnownElr: lastKnownElr === null ? null : [...lastKnownElr],
    },
  }
}
