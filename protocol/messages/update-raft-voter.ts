// UpdateRaftVoter (82): A voter tells its new endpoints (KIP-853).

import {
  array,
  defineApi,
  int16,
  int32,
  nullable,
  string,
  struct,
  tagged,
  uint16,
  uuid,
  withDefault,
} from '../schema.ts'

export const updateRaftVoter = defineApi({
  key: 82,
  name: 'UpdateRaftVoter',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    clusterId: nullable(string()),
    currentLeaderEpoch: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array(
      struct('Listener', {
        name: string(),
        host: string(),
        port: uint16(),
      }),
    ),
    kRaftVersionFeature: struct('KRaftVersionFeature', {
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    currentLeader: tagged(
      0,
      struct('CurrentLeader', {
        leaderId: withDefault(int32(), -1),
        leaderEpoch: withDefault(int32(), -1),
        host: string(),
        port: int32(),
      }),
    ),
  },
})
