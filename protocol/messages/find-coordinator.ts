// FindCoordinator (10): Which broker runs a group or a transaction; since v4 for several keys
// (KIP-699).

import {
  array,
  between,
  defineApi,
  int16,
  int32,
  int8,
  nullable,
  since,
  string,
  struct,
  until,
} from '../schema.ts'

export const findCoordinator = defineApi({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexibleFrom: 3,
  request: {
    key: until(3, string()),
    keyType: since(1, int8(), 0),
    coordinatorKeys: since(4, array(string())),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    errorCode: until(3, int16()),
    errorMessage: between(1, 3, nullable(string())),
    nodeId: until(3, int32()),
    host: until(3, string()),
    port: until(3, int32()),
    coordinators: since(
      4,
      array(
        struct('Coordinator', {
          key: string(),
          nodeId: int32(),
          host: string(),
          port: int32(),
          errorCode: int16(),
          errorMessage: nullable(string()),
        }),
      ),
    ),
  },
})
