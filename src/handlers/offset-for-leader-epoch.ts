/**
 * OffsetForLeaderEpoch (23), v0-4: where a leader epoch ends, so that a client finds out what was
 * cut off under it (KIP-101, KIP-320).
 * v1 answers the epoch · v2 currentLeaderEpoch, throttleTimeMs · v3 replicaId · v4 flexible.
 * Differs from Kafka: v0 and v1 are still served.
 */
import type {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponseEpochEndOffsetInput,
  OffsetForLeaderEpochResponseInput,
  OffsetForLeaderPartition,
} from '../../protocol/codecs/offset-for-leader-epoch.ts'
import { errorCode, KafkaError } from '../../protocol/errors.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler } from './context.ts'
import { checkLeaderEpoch } from './leader-epoch.ts'

type PartitionAnswer = OffsetForLeaderEpochResponseEpochEndOffsetInput

export const handleOffsetForLeaderEpoch: Handler<
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponseInput
> = (broker, request, context) => {
  const isBroker = broker.authorize(context, 'cluster-action', 'cluster', clusterResource, 'probe')
  const topics = request.topics.map(({ topic, partitions }) => {
    const isAllowed = isBroker || broker.authorize(context, 'describe', 'topic', topic)
    return {
      topic,
      partitions: partitions.map((wanted) => endOffset(broker, topic, wanted, isAllowed)),
    }
  })
  return { throttleTimeMs: 0, topics }
}

function endOffset(
  broker: BrokerServices,
  topic: string,
  wanted: OffsetForLeaderPartition,
  isAllowed: boolean,
): PartitionAnswer {
  const { partition } = wanted
  try {
    if (!isAllowed) throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', topic)
    const store = broker.storage.partition(topic, partition)
    if (store === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', topic)
    if (!store.online) throw new KafkaError('KAFKA_STORAGE_ERROR', topic)
    checkLeaderEpoch(store, wanted.currentLeaderEpoch)
    return { errorCode: 0, partition, ...store.endOffsetForEpoch(wanted.leaderEpoch) }
  } catch (error) {
    if (error instanceof KafkaError) return { errorCode: errorCode(error.errorName), partition }
    throw error
  }
}
