// DescribeCluster (60): Cluster id, controller and brokers or controllers.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int8,
  nullable,
  since,
  string,
  struct,
  withDefault,
} from '../schema.ts'

export const describeCluster = defineApi({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    includeClusterAuthorizedOperations: bool(),
    endpointType: since(1, int8(), 1),
    includeFencedBrokers: since(2, bool()),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: withDefault(nullable(string()), null),
    endpointType: since(1, int8(), 1),
    clusterId: string(),
    controllerId: withDefault(int32(), -1),
    brokers: array(
      struct('DescribeClusterBroker', {
        brokerId: int32(),
        host: string(),
        port: int32(),
        rack: withDefault(nullable(string()), null),
        isFenced: since(2, bool()),
      }),
    ),
    clusterAuthorizedOperations: withDefault(int32(), -2147483648),
  },
})
