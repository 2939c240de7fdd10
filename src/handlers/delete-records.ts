/**
 * DeleteRecords (21), v0-2: moves a partition's log start offset up; offset -1 is the high
 * watermark.
 * v2 flexible. Differs from Kafka: not at all.
 */
import type {
  DeleteRecordsPartition,
  DeleteRecordsPartitionResultInput,
  DeleteRecordsRequest,
  DeleteRecordsResponseInput,
} from '../../protocol/codecs/delete-records.ts'
import { errorCode, KafkaError } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { isInternalTopic } from '../catalog/topic-names.ts'
import { resolveTopicConfig } from '../config/topic-config.ts'
import { allOf } from '../base/all-of.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { orRefusal } from './or-refusal.ts'

const highWatermark = -1
const noLowWatermark = -1

export const handleDeleteRecords: Handler<DeleteRecordsRequest, DeleteRecordsResponseInput> = (
  broker,
  request,
  context,
) => {
  const topics = request.topics.map(({ name, partitions }) => {
    const refusal = topicRefusal(broker, context, name)
    const results = partitions.map((wanted) =>
      orRefusal(
        () => deleteRecords(broker, name, wanted, refusal),
        (error) => failed(wanted, error),
      ),
    )
    return chain(allOf(results), (settled) => ({ name, partitions: settled }))
  })
  return chain(allOf(topics), (settled) => ({ throttleTimeMs: 0, topics: settled }))
}

/** Why no partition of the topic may be touched; partitions that do not exist are said first. */
function topicRefusal(
  broker: BrokerServices,
  context: RequestContext,
  name: string,
): KafkaError | null {
  if (!broker.authorize(context, 'delete', 'topic', name)) {
    return new KafkaError('TOPIC_AUTHORIZATION_FAILED', name)
  }
  const topic = broker.catalog.topic(name)
  if (topic === undefined) return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', name)
  if (isInternalTopic(name)) {
    return new KafkaError('INVALID_TOPIC_EXCEPTION', `${name} is internal: its records stay`)
  }
  if (resolveTopicConfig(topic.configs, broker.config).cleanupPolicy.delete) return null
  return new KafkaError('POLICY_VIOLATION', `cleanup.policy of ${name} does not delete`)
}

function deleteRecords(
  broker: BrokerServices,
  name: string,
  { partitionIndex, offset }: DeleteRecordsPartition,
  refusal: KafkaError | null,
): MaybePromise<DeleteRecordsPartitionResultInput> {
  const store = broker.storage.partition(name, partitionIndex)
  const isHidden = refusal?.errorName === 'TOPIC_AUTHORIZATION_FAILED'
  if (store === undefined && !isHidden) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', name)
  if (refusal !== null) throw refusal
  if (store === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', name)
  if (offset < highWatermark) throw new KafkaError('OFFSET_OUT_OF_RANGE', `offset ${offset}`)
  return chain(store.deleteRecordsBefore(offset), (lowWatermark) => ({
    partitionIndex,
    lowWatermark,
    errorCode: 0,
  }))
}

function failed(
  { partitionIndex }: DeleteRecordsPartition,
  { errorName }: KafkaError,
): DeleteRecordsPartitionResultInput {
  return { partitionIndex, lowWatermark: noLowWatermark, errorCode: errorCode(errorName) }
}
