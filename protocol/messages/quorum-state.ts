// The quorum-state file of a KRaft node.

import {
  array,
  defineMessage,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  until,
  uuid,
  withDefault,
} from '../schema.ts'

export const quorumStateData = defineMessage({
  name: 'QuorumStateData',
  versions: [0, 1],
  flexibleFrom: 0,
  fields: {
    clusterId: until(0, string()),
    leaderId: withDefault(int32(), -1),
    leaderEpoch: withDefault(int32(), -1),
    votedId: withDefault(int32(), -1),
    votedDirectoryId: since(1, uuid()),
    appliedOffset: until(0, int64()),
    currentVoters: until(
      0,
      nullable(
        array(
          struct('Voter', {
            voterId: int32(),
          }),
        ),
      ),
    ),
  },
})
