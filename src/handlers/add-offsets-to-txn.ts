/**
 * AddOffsetsToTxn (25), v0-4: a producer is about to commit a group's offsets in its transaction.
 * v2 may answer PRODUCER_FENCED · v3 flexible · v4 TRANSACTION_ABORTABLE.
 * Differs from Kafka: `__consumer_offsets` is made when it is missing.
 */
import type {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponseInput,
} from '../../protocol/codecs/add-offsets-to-txn.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { groupMetadataTopic } from '../catalog/topic-names.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'
import { fencedAsKnown } from './transaction-partitions.ts'

const fencedVersion = 2

export const handleAddOffsetsToTxn: Handler<
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponseInput
> = (broker, request, context) => {
  const { transactionalId, producerId, producerEpoch, groupId } = request
  const answer = (error: ErrorName): AddOffsetsToTxnResponseInput => {
    const told = fencedAsKnown(error, context.apiVersion >= fencedVersion)
    return { throttleTimeMs: 0, errorCode: errorCode(told) }
  }
  if (!broker.authorize(context, 'write', 'transactional-id', transactionalId)) {
    return answer('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  }
  if (!broker.authorize(context, 'read', 'group', groupId)) {
    return answer('GROUP_AUTHORIZATION_FAILED')
  }
  const add = () => {
    const partition = broker.groups.partitionOf(groupId)
    if (partition === null) return answer('COORDINATOR_NOT_AVAILABLE')
    const partitions = new Map([[groupMetadataTopic, new Set([partition])]])
    const added = { transactionalId, producerId, producerEpoch, partitions, clientVersion: 0 }
    return chain(broker.transactions.addPartitions(added), answer)
  }
  return orRefusal(
    () => chain(broker.groups.ensureTopic(), add),
    () => answer('COORDINATOR_NOT_AVAILABLE'),
  )
}
