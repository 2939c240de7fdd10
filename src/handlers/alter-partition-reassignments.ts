/**
 * AlterPartitionReassignments (45), v0-1: moves replicas to other brokers (KIP-455); with one
 * broker there is only this one.
 * v1 allowReplicationFactorChange (KIP-860). Differs from Kafka: not at all.
 */
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponseInput,
} from '../../protocol/codecs/alter-partition-reassignments.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MetadataImage } from '../catalog/image.ts'
import { planReassignment } from '../catalog/reassignment-control.ts'
import type { MetadataRecord } from '../catalog/records.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'
import { orRefusal } from './or-refusal.ts'

type Request = AlterPartitionReassignmentsRequest
type Response = AlterPartitionReassignmentsResponseInput

export const handleAlterPartitionReassignments: Handler<Request, Response> = (
  broker,
  request,
  context,
) => {
  if (!broker.authorize(context, 'alter', 'cluster', clusterResource)) {
    return refuseAll(request, refuse('CLUSTER_AUTHORIZATION_FAILED'))
  }
  const { nodeId } = broker.catalog
  const outcome = orRefusal<Response>(
    () => broker.catalog.change((image) => decide(image, request, nodeId)),
    ({ errorName, detail }) => refuseAll(request, refuse(errorName, detail)),
  )
  return chain(outcome, (response) => response)
}

function decide(image: MetadataImage, request: Request, nodeId: number) {
  const rules = { nodeId, mayChangeFactor: request.allowReplicationFactorChange }
  const records: MetadataRecord[] = []
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => {
      const plan = planReassignment({ name, image: image.topic(name) }, partition, rules)
      records.push(...plan.records)
      const { refusal } = plan
      return {
        partitionIndex: partition.partitionIndex,
        errorCode: refusal === null ? 0 : errorCode(refusal.error),
        errorMessage: refusal?.message ?? null,
      }
    }),
  }))
  return { records, answer: answer(request, null, responses) }
}

/** The refusal of the request stands at every partition too. */
function refuseAll(request: Request, refusal: Refusal): Response {
  const code = errorCode(refusal.error)
  const message = refusal.message ?? errorText(refusal.error)
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      return { partitionIndex, errorCode: code, errorMessage: message }
    }),
  }))
  return answer(request, refusal, responses)
}

function answer(
  { allowReplicationFactorChange }: Request,
  refusal: Refusal | null,
  responses: Response['responses'],
): Response {
  return {
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: refusal === null ? 0 : errorCode(refusal.error),
    errorMessage: refusal === null ? null : (refusal.message ?? errorText(refusal.error)),
    responses,
  }
}
