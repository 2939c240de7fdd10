/**
 * ReadShareGroupStateSummary (87), v0-1: start offset and epochs of share partitions (KIP-932), for
 * the group coordinator. v1 how many records are over.
 * Differs from Kafka: not at all.
 */
import type {
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponseInput,
} from '../../protocol/codecs/read-share-group-state-summary.ts'
import type { Handler } from './context.ts'
import { eachState, outcome } from './share-state-requests.ts'

export const handleReadShareGroupStateSummary: Handler<
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponseInput
> = (broker, request, context) =>
  eachState(broker, context, request, {
    ask: (key) => broker.shareStates.summary(key),
    refuse: (answer) => ({ ...answer, state: null }),
    show: (partition, { state, ...answer }) => ({
      ...outcome(partition, answer),
      stateEpoch: state?.stateEpoch ?? 0,
      leaderEpoch: state?.leaderEpoch ?? 0,
      // A partition without a state is no error: it has no offset yet.
      startOffset: state?.startOffset ?? (answer.error === 'NONE' ? -1 : 0),
      deliveryCompleteCount: state?.deliveryCompleteCount ?? -1,
    }),
  })
