/**
 * RemoveRaftVoter (81), v0: takes a voter off the metadata log (KIP-853). Others than this node are
 * not found, and the last voter stays: Kafka answers both alike.
 */
import type {
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponseInput,
} from '../../protocol/codecs/remove-raft-voter.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Handler } from './context.ts'
import { refusedVoterRequest, voterAnswer, votersText, voterText } from './quorum-voters.ts'

export const handleRemoveRaftVoter: Handler<
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponseInput
> = (broker, request, context) => {
  const refused = refusedVoterRequest(broker, context, 'Remove', request)
  if (refused !== null) return voterAnswer(refused)
  const voter = voterText(request.voterId, request.voterDirectoryId)
  const message = `Cannot remove voter ${voter} from the set of voters ${votersText(broker)}`
  return voterAnswer(refuse('VOTER_NOT_FOUND', message))
}
