/**
 * AddPartitionsToTxn (24), v0-5: partitions that a producer is about to write to in a transaction.
 * v2 may answer PRODUCER_FENCED · v3 flexible · v4 several transactions, or only asks whether the
 * partitions are there (KIP-890): sent by brokers, so it needs ClusterAction · v5
 * TRANSACTION_ABORTABLE. Differs from Kafka: not at all.
 */
import type {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponseInput,
  AddPartitionsToTxnTransaction,
} from '../../protocol/codecs/add-partitions-to-txn.ts'
import { KafkaError, errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { isInternalTopic } from '../catalog/topic-names.ts'
import { allOf } from '../base/all-of.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { fencedAsKnown, partitionsByTopic, resultsByTopic } from './transaction-partitions.ts'
import type { PartitionsByTopic } from './transaction-partitions.ts'

const severalTransactionsVersion = 4
const fencedVersion = 2

type TopicResults = ReturnType<typeof resultsByTopic>

export const handleAddPartitionsToTxn: Handler<
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponseInput
> = (broker, request, context) => {
  if (context.apiVersion < severalTransactionsVersion) {
    const transaction = {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
      verifyOnly: false,
      topics: request.v3AndBelowTopics,
    }
    return chain(addOne(broker, context, transaction), (results) => ({
      throttleTimeMs: 0,
      resultsByTopicV3AndBelow: results,
    }))
  }
  if (!broker.authorize(context, 'cluster-action', 'cluster', clusterResource)) {
    return { throttleTimeMs: 0, errorCode: errorCode('CLUSTER_AUTHORIZATION_FAILED') }
  }
  const all = request.transactions.map((transaction) => {
    const { transactionalId } = transaction
    return chain(addOne(broker, context, transaction), (topicResults) => ({
      transactionalId,
      topicResults,
    }))
  })
  return chain(allOf(all), (resultsByTransaction) => ({
    throttleTimeMs: 0,
    resultsByTransaction,
  }))
}

function addOne(
  broker: BrokerServices,
  context: RequestContext,
  transaction: AddPartitionsToTxnTransaction,
): MaybePromise<TopicResults> {
  const partitions = partitionsByTopic(transaction.topics)
  const { transactionalId, producerId, producerEpoch, verifyOnly } = transaction
  const isClient = context.apiVersion < severalTransactionsVersion
  if (isClient && !broker.authorize(context, 'write', 'transactional-id', transactionalId)) {
    return resultsByTopic(partitions, () => 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  }
  const refused = refusedPartitions(broker, context, partitions, isClient)
  if (refused !== null) return refused
  const request = { transactionalId, producerId, producerEpoch }
  if (verifyOnly) {
    return resultsByTopic(partitions, (topic, partition) =>
      broker.transactions.verifyPartition(request, topic, partition),
    )
  }
  const added = addAll(broker, { ...request, partitions, clientVersion: isClient ? 0 : 2 })
  return chain(added, (error) => {
    const told = fencedAsKnown(error, context.apiVersion >= fencedVersion)
    return resultsByTopic(partitions, () => told)
  })
}

function addAll(
  broker: BrokerServices,
  request: Parameters<BrokerServices['transactions']['addPartitions']>[0],
): MaybePromise<ErrorName> {
  try {
    return broker.transactions.addPartitions(request)
  } catch (error) {
    if (error instanceof KafkaError) return error.errorName
    throw error
  }
}

/** One partition that cannot be added keeps all of the transaction from being added. */
function refusedPartitions(
  broker: BrokerServices,
  context: RequestContext,
  partitions: PartitionsByTopic,
  isClient: boolean,
): TopicResults | null {
  const errorOf = (topic: string, partition: number): ErrorName => {
    // Internal topics cannot be authorized: a client that names one is told so.
    const mayWrite =
      !isClient || (!isInternalTopic(topic) && broker.authorize(context, 'write', 'topic', topic))
    if (!mayWrite) return 'TOPIC_AUTHORIZATION_FAILED'
    const exists = broker.catalog.topic(topic)?.partitions[partition] !== undefined
    return exists ? 'OPERATION_NOT_ATTEMPTED' : 'UNKNOWN_TOPIC_OR_PARTITION'
  }
  const results = resultsByTopic(partitions, errorOf)
  const notAttempted = errorCode('OPERATION_NOT_ATTEMPTED')
  const allThere = results.every(({ resultsByPartition }) =>
    resultsByPartition.every(({ partitionErrorCode }) => partitionErrorCode === notAttempted),
  )
  return allThere ? null : results
}
