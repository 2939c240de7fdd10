/**
 * ListPartitionReassignments (46), v0: moves of replicas that are in progress (KIP-455). With one
 * broker nothing ever is. Differs from Kafka: not at all.
 */
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponseInput,
} from '../../protocol/codecs/list-partition-reassignments.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

export const handleListPartitionReassignments: Handler<
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponseInput
> = (broker, _request, context) => {
  if (broker.authorize(context, 'describe', 'cluster', clusterResource)) {
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, topics: [] }
  }
  const error = 'CLUSTER_AUTHORIZATION_FAILED'
  const errorMessage = errorText(error)
  return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage, topics: [] }
}
