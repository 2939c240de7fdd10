// AddRaftVoter (80): Adds a voter to the controller quorum (KIP-853).

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

export const addRaftVoter = defineApi({
  key: 80,
  name: 'AddRaftVoter',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    clusterId: nullable(string()),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array(
      struct('Listener', {
        name: string(),
        host: string(),
        port: uint16(),
      }),
    ),
    ackWhenCommitted: since(1, bool(), true),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
  },
})
