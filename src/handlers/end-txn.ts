/**
 * EndTxn (26), v0-5: commits or aborts a producer's transaction. Answered when the decision is
 * stored; the partitions' markers follow. v2 may answer PRODUCER_FENCED · v3 flexible · v4
 * TRANSACTION_ABORTABLE · v5 the producer's next epoch (KIP-890). Differs from Kafka: not at all.
 */
import type { EndTxnRequest, EndTxnResponseInput } from '../../protocol/codecs/end-txn.ts'
import { errorCode } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { Handler } from './context.ts'
import { fencedAsKnown } from './transaction-partitions.ts'

const fencedVersion = 2
const epochBumpVersion = 5

export const handleEndTxn: Handler<EndTxnRequest, EndTxnResponseInput> = (
  broker,
  request,
  context,
) => {
  const { transactionalId, producerId, producerEpoch, committed } = request
  if (!broker.authorize(context, 'write', 'transactional-id', transactionalId)) {
    return { throttleTimeMs: 0, errorCode: errorCode('TRANSACTIONAL_ID_AUTHORIZATION_FAILED') }
  }
  const clientVersion = context.apiVersion >= epochBumpVersion ? 2 : 0
  const end = { transactionalId, producerId, producerEpoch, commit: committed, clientVersion }
  return chain(broker.transactions.endTransaction(end), (answer) => {
    const error = fencedAsKnown(answer.error, context.apiVersion >= fencedVersion)
    return {
      throttleTimeMs: 0,
      errorCode: errorCode(error),
      producerId: answer.producerId,
      producerEpoch: answer.producerEpoch,
    }
  })
}
