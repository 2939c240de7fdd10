/**
 * What AddRaftVoter and RemoveRaftVoter have in common: a cluster of one node has one voter, which
 * is this one, so that neither ever changes anything. What they refuse, they refuse as Kafka does.
 */
import { errorCode } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, RequestContext } from './context.ts'

interface VoterRequest {
  readonly clusterId: string | null
  readonly voterId: number
  readonly voterDirectoryId: string
}

/** Why a request to change the voters is not looked at any further; null when it is. */
export function refusedVoterRequest(
  broker: BrokerServices,
  context: RequestContext,
  action: 'Add' | 'Remove',
  { clusterId, voterId, voterDirectoryId }: VoterRequest,
): Refusal | null {
  if (!broker.authorize(context, 'alter', 'cluster', clusterResource)) {
    return refuse('CLUSTER_AUTHORIZATION_FAILED')
  }
  const { clusterId: ours } = broker.catalog
  if (clusterId !== null && clusterId !== ours) {
    const message = `The given id "${clusterId}" doesn't match the cluster id "${ours}"`
    return refuse('INCONSISTENT_CLUSTER_ID', message)
  }
  if (voterId < 0 || voterDirectoryId === zeroUuid) {
    return refuse('INVALID_REQUEST', `${action} voter request didn't include a valid voter`)
  }
  return null
}

/** A voter as Kafka's messages name it. */
export function voterText(voterId: number, directoryId: string): string {
  return `ReplicaKey(id=${voterId}, directoryId=${directoryId})`
}

/** The voters as Kafka's messages name them: this node. */
export function votersText({ catalog }: BrokerServices): string {
  return `[${voterText(catalog.nodeId, catalog.metadataDirectory ?? zeroUuid)}]`
}

export function voterAnswer({ error, message }: Refusal) {
  return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage: message }
}
