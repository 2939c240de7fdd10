/**
 * WriteTxnMarkers (27), v1-2: ends producers' transactions in partitions. Sent between brokers, and
 * by an administrator to end a hanging transaction (KIP-664). v1 flexible · v2 transactionVersion
 * (KIP-1228). Differs from Kafka: not at all.
 */
import type {
  WritableTxnMarker,
  WritableTxnMarkerResultInput,
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponseInput,
} from '../../protocol/codecs/write-txn-markers.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { MarkerSink, TransactionMarker } from '../coordinators/transaction-markers.ts'
import { allOf } from '../base/all-of.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler } from './context.ts'

export const handleWriteTxnMarkers: Handler<
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponseInput
> = (broker, request, context) => {
  const allowed =
    broker.authorize(context, 'alter', 'cluster', clusterResource, 'probe') ||
    broker.authorize(context, 'cluster-action', 'cluster', clusterResource)
  const write = allowed
    ? (topic: string, partition: number, marker: TransactionMarker) =>
        writeOne(broker, topic, partition, marker)
    : () => 'CLUSTER_AUTHORIZATION_FAILED' as const
  const written = request.markers.map((marker) => writeMarker(marker, write))
  return chain(allOf(written), (markers) => ({ markers: merged(markers) }))
}

function writeMarker(
  given: WritableTxnMarker,
  write: MarkerSink['write'],
): MaybePromise<WritableTxnMarkerResultInput> {
  const { producerId, producerEpoch, coordinatorEpoch, transactionVersion } = given
  const end = { isCommit: given.transactionResult, coordinatorEpoch, transactionVersion }
  const marker = { producerId, producerEpoch, ...end }
  const topics = given.topics.map(({ name, partitionIndexes }) => {
    const written = partitionIndexes.map((partitionIndex) =>
      chain(write(name, partitionIndex, marker), (error) => ({
        partitionIndex,
        errorCode: errorCode(error),
      })),
    )
    return chain(allOf(written), (partitions) => ({ name, partitions }))
  })
  return chain(allOf(topics), (answered) => ({ producerId, topics: answered }))
}

function writeOne(
  broker: BrokerServices,
  topic: string,
  partition: number,
  marker: TransactionMarker,
): MaybePromise<ErrorName> {
  if (broker.storage.partition(topic, partition) === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  return broker.transactions.writeMarker(topic, partition, marker)
}

/** A producer that is named twice has one answer. */
function merged(
  markers: readonly WritableTxnMarkerResultInput[],
): readonly WritableTxnMarkerResultInput[] {
  const byProducer = new Map<number, WritableTxnMarkerResultInput>()
  for (const marker of markers) {
    const known = byProducer.get(marker.producerId)
    const topics = known === undefined ? marker.topics : [...known.topics, ...marker.topics]
    byProducer.set(marker.producerId, { ...marker, topics })
  }
  return [...byProducer.values()]
}
