/**
 * WriteShareGroupState (85), v0-1: stores what has become of records of share partitions
 * (KIP-932). For brokers. v1 how many records are over.
 * Differs from Kafka: not at all.
 */
import type {
  WriteShareGroupStateRequest,
  WriteShareGroupStateResponseInput,
} from '../../protocol/codecs/write-share-group-state.ts'
import type { Handler } from './context.ts'
import { eachState, outcome, same } from './share-state-requests.ts'

export const handleWriteShareGroupState: Handler<
  WriteShareGroupStateRequest,
  WriteShareGroupStateResponseInput
> = (broker, request, context) =>
  eachState(broker, context, request, {
    ask: (key, { stateBatches: batches, ...change }) =>
      broker.shareStates.write(key, { ...change, batches }),
    refuse: same,
    show: outcome,
  })
