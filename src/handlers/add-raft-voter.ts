/**
 * AddRaftVoter (80), v0-1: asks for one more voter on the metadata log (KIP-853).
 * v1 says whether to answer before the voter is committed (KIP-1186).
 * Differs from Kafka: no other node ever joins, so that every new voter is answered as one that
 * cannot be reached.
 */
import type {
  AddRaftVoterRequest,
  AddRaftVoterResponseInput,
} from '../../protocol/codecs/add-raft-voter.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { refusedVoterRequest, voterAnswer, votersText, voterText } from './quorum-voters.ts'

export const handleAddRaftVoter: Handler<AddRaftVoterRequest, AddRaftVoterResponseInput> = (
  broker,
  request,
  context,
) => voterAnswer(refusal(broker, request, context))

function refusal(
  broker: BrokerServices,
  request: AddRaftVoterRequest,
  context: RequestContext,
): Refusal {
  const refused = refusedVoterRequest(broker, context, 'Add', request)
  if (refused !== null) return refused
  const listener = broker.config.controllerListenerNames[0]
  if (!request.listeners.some(({ name }) => name === listener)) {
    const message = `Add voter request didn't include the endpoint for the listener ${listener}`
    return refuse('INVALID_REQUEST', message)
  }
  const voter = voterText(request.voterId, request.voterDirectoryId)
  if (request.voterId === broker.catalog.nodeId) {
    const voters = votersText(broker)
    const message = `The voter id for ${voter} is already part of the set of voters ${voters}.`
    return refuse('DUPLICATE_VOTER', message)
  }
  const message = `Aborted add voter operation for ${voter}: the cluster takes no other node`
  return refuse('REQUEST_TIMED_OUT', message)
}
