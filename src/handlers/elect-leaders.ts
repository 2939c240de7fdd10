/**
 * ElectLeaders (43), v0-2: elects preferred or unclean leaders. On one node the leader is the only
 * candidate, so the truthful answer is that no election is needed.
 * v1 election type (KIP-460) · v2 flexible. Differs from Kafka: not at all.
 */
import type {
  ElectLeadersRequest,
  ElectLeadersResponseInput,
} from '../../protocol/codecs/elect-leaders.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler } from './context.ts'

const preferred = 0
const unclean = 1

export const handleElectLeaders: Handler<ElectLeadersRequest, ElectLeadersResponseInput> = (
  broker,
  request,
  context,
) => {
  const { electionType, topicPartitions } = request
  if (!broker.authorize(context, 'alter', 'cluster', clusterResource)) {
    return refuseAll(request, 'CLUSTER_AUTHORIZATION_FAILED')
  }
  if (electionType !== preferred && electionType !== unclean) {
    return refuseAll(request, 'INVALID_REQUEST', `Unknown election type ${electionType}`)
  }
  if (topicPartitions === null) return answer(electAll(broker, electionType))
  const results = topicPartitions.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partition) =>
      resultOf(partition, refusalOf(broker, { topic, partition }, electionType)),
    ),
  }))
  return answer(results)
}

function answer(
  replicaElectionResults: ElectLeadersResponseInput['replicaElectionResults'],
): ElectLeadersResponseInput {
  return { throttleTimeMs: 0, errorCode: 0, replicaElectionResults }
}

/** All partitions; those that need no election are left out of the answer. */
function electAll(broker: BrokerServices, electionType: number) {
  return [...broker.catalog.topics()].map(({ name, partitions }) => ({
    topic: name,
    partitionResult: partitions.flatMap(({ partition }) => {
      const refusal = refusalOf(broker, { topic: name, partition }, electionType)
      return refusal.error === 'ELECTION_NOT_NEEDED' ? [] : [resultOf(partition, refusal)]
    }),
  }))
}

/** Why nothing is elected: with one candidate there is always a reason. */
function refusalOf(
  broker: BrokerServices,
  { topic, partition }: { topic: string; partition: number },
  electionType: number,
): Refusal {
  const image = broker.catalog.topic(topic)
  if (image === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${topic}`)
  const { leader, replicas } = image.partitions[partition] ?? {}
  if (leader === undefined || replicas === undefined) {
    return refuse('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${topic}-${partition}`)
  }
  if (electionType === unclean) {
    return refuse(leader < 0 ? 'ELIGIBLE_LEADERS_NOT_AVAILABLE' : 'ELECTION_NOT_NEEDED')
  }
  return refuse(replicas[0] === leader ? 'ELECTION_NOT_NEEDED' : 'PREFERRED_LEADER_NOT_AVAILABLE')
}

function resultOf(partitionId: number, { error, message }: Refusal) {
  return { partitionId, errorCode: errorCode(error), errorMessage: message }
}

function refuseAll(
  { topicPartitions }: ElectLeadersRequest,
  error: ErrorName,
  message = errorText(error),
): ElectLeadersResponseInput {
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partition) => resultOf(partition, { error, message })),
  }))
  return { throttleTimeMs: 0, errorCode: errorCode(error), replicaElectionResults }
}
