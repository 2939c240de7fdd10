/**
 * DescribeProducers (61), v0: the producers that a partition remembers, and their open
 * transactions (KIP-664). Differs from Kafka: not at all.
 */
import type {
  DescribeProducersRequest,
  DescribeProducersResponseInput,
} from '../../protocol/codecs/describe-producers.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { topicNameProblem } from '../catalog/topic-names.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

export const handleDescribeProducers: Handler<
  DescribeProducersRequest,
  DescribeProducersResponseInput
> = (broker, request, context) => ({
  throttleTimeMs: 0,
  topics: request.topics.map(({ name, partitionIndexes }) => {
    const refusal = topicRefusal(broker, context, name)
    const partitions = partitionIndexes.map((partitionIndex) =>
      describe(broker, { topic: name, partitionIndex }, refusal),
    )
    return { name, partitions }
  }),
})

function topicRefusal(
  broker: BrokerServices,
  context: RequestContext,
  name: string,
): Refusal | null {
  const problem = topicNameProblem(name)
  if (problem !== null) return refuse('INVALID_TOPIC_EXCEPTION', problem)
  if (!broker.authorize(context, 'read', 'topic', name)) return refuse('TOPIC_AUTHORIZATION_FAILED')
  if (broker.catalog.topic(name) === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION')
  return null
}

function describe(
  broker: BrokerServices,
  { topic, partitionIndex }: { topic: string; partitionIndex: number },
  topicWide: Refusal | null,
) {
  const store = broker.storage.partition(topic, partitionIndex)
  const refusal = topicWide ?? (store?.online === false ? refuse('KAFKA_STORAGE_ERROR') : null)
  if (refusal !== null || store === undefined) {
    // Kafka has no words for a partition that is not there.
    const { error, message } = refusal ?? refuse('UNKNOWN_TOPIC_OR_PARTITION', null)
    const errorMessage = refusal === null ? null : (message ?? errorText(error))
    return { partitionIndex, errorCode: errorCode(error), errorMessage, activeProducers: [] }
  }
  const activeProducers = store.activeProducers().map((producer) => ({
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.lastSequence,
    lastTimestamp: producer.lastTimestampMs,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTxnStartOffset: producer.currentTransactionFirstOffset,
  }))
  return { partitionIndex, errorCode: 0, errorMessage: null, activeProducers }
}
