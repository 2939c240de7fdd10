/**
 * InitializeShareGroupState (83), v0: makes the stored state of share partitions
 * (KIP-932), in place of what there was. For brokers.
 * Differs from Kafka: not at all.
 */
import type {
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponseInput,
} from '../../protocol/codecs/initialize-share-group-state.ts'
import type { Handler } from './context.ts'
import { eachState, outcome, same } from './share-state-requests.ts'

export const handleInitializeShareGroupState: Handler<
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponseInput
> = (broker, request, context) =>
  eachState(broker, context, request, {
    ask: (key, { stateEpoch, startOffset }) =>
      broker.shareStates.initialize(key, { stateEpoch, startOffset }),
    refuse: same,
    show: outcome,
  })
