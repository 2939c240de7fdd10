/**
 * DeleteShareGroupState (86), v0: removes the stored state of share partitions
 * (KIP-932). For brokers.
 * Differs from Kafka: not at all.
 */
import type {
  DeleteShareGroupStateRequest,
  DeleteShareGroupStateResponseInput,
} from '../../protocol/codecs/delete-share-group-state.ts'
import type { Handler } from './context.ts'
import { eachState, outcome, same } from './share-state-requests.ts'

export const handleDeleteShareGroupState: Handler<
  DeleteShareGroupStateRequest,
  DeleteShareGroupStateResponseInput
> = (broker, request, context) =>
  eachState(broker, context, request, {
    ask: (key) => broker.shareStates.remove(key),
    refuse: same,
    show: outcome,
  })
