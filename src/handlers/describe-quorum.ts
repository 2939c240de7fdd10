/**
 * DescribeQuorum (55), v0-2: who leads and votes on the metadata log (KIP-595). This node does.
 * v1 times of the last fetch (KIP-836) · v2 directory ids, error messages and nodes (KIP-853).
 * Differs from Kafka: the node's endpoint is the one that serves clients; there is no other.
 */
import type {
  DescribeQuorumRequest,
  DescribeQuorumResponseInput,
} from '../../protocol/codecs/describe-quorum.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { clusterMetadataTopic } from '../catalog/topic-names.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

/** Not null where nothing is wrong: so does Kafka. */
const noMessage = ''

export const handleDescribeQuorum: Handler<DescribeQuorumRequest, DescribeQuorumResponseInput> = (
  broker,
  request,
  context,
) => {
  if (!broker.authorize(context, 'describe', 'cluster', clusterResource)) {
    const error = 'CLUSTER_AUTHORIZATION_FAILED'
    return { errorCode: errorCode(error), errorMessage: errorText(error), topics: [], nodes: [] }
  }
  let isKnown = false
  const topics = request.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) => {
      const isMetadata = topicName === clusterMetadataTopic && partitionIndex === 0
      isKnown ||= isMetadata
      return isMetadata ? metadataQuorum(broker, context) : unknownPartition(partitionIndex)
    }),
  }))
  const nodes = isKnown ? [thisNode(broker, context)] : []
  return { errorCode: 0, errorMessage: noMessage, topics, nodes }
}

function metadataQuorum({ catalog, storage }: BrokerServices, { nowMs }: RequestContext) {
  const highWatermark = catalog.lastOffset + 1
  return {
    partitionIndex: 0,
    errorCode: 0,
    errorMessage: noMessage,
    leaderId: catalog.nodeId,
    leaderEpoch: storage.partition(clusterMetadataTopic, 0)?.leaderEpoch ?? 0,
    highWatermark,
    currentVoters: [
      {
        replicaId: catalog.nodeId,
        replicaDirectoryId: catalog.metadataDirectory ?? zeroUuid,
        logEndOffset: highWatermark,
        lastFetchTimestamp: nowMs,
        lastCaughtUpTimestamp: nowMs,
      },
    ],
    observers: [],
  }
}

function unknownPartition(partitionIndex: number) {
  const error = 'UNKNOWN_TOPIC_OR_PARTITION'
  return {
    partitionIndex,
    errorCode: errorCode(error),
    errorMessage: errorText(error),
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  }
}

function thisNode({ catalog }: BrokerServices, { connection }: RequestContext) {
  const { host, port } = connection.advertised
  return { nodeId: catalog.nodeId, listeners: [{ name: connection.listenerName, host, port }] }
}
