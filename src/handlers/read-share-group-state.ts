/**
 * ReadShareGroupState (84), v0: the stored state of share partitions (KIP-932), for the broker that
 * leads them; its leader epoch fences those before it.
 * Differs from Kafka: not at all.
 */
import type {
  ReadShareGroupStateRequest,
  ReadShareGroupStateResponseInput,
} from '../../protocol/codecs/read-share-group-state.ts'
import type { Handler } from './context.ts'
import { eachState, outcome } from './share-state-requests.ts'

export const handleReadShareGroupState: Handler<
  ReadShareGroupStateRequest,
  ReadShareGroupStateResponseInput
> = (broker, request, context) =>
  eachState(broker, context, request, {
    ask: (key, { leaderEpoch }) => broker.shareStates.read(key, leaderEpoch),
    refuse: (answer) => ({ ...answer, state: null }),
    show: (partition, { state, ...answer }) => ({
      ...outcome(partition, answer),
      stateEpoch: state?.stateEpoch ?? 0,
      startOffset: state?.startOffset ?? 0,
      stateBatches: state?.batches ?? [],
    }),
  })
