// BrokerRegistration (62): A broker joins the cluster of a KRaft controller.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  uint16,
  uuid,
  withDefault,
} from '../schema.ts'

export const brokerRegistration = defineApi({
  key: 62,
  name: 'BrokerRegistration',
  versions: [0, 4],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    clusterId: string(),
    incarnationId: uuid(),
    listeners: array(
      struct('Listener', {
        name: string(),
        host: string(),
        port: uint16(),
        securityProtocol: int16(),
      }),
    ),
    features: array(
      struct('Feature', {
        name: string(),
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    ),
    rack: nullable(string()),
    isMigratingZkBroker: since(1, bool(), false),
    logDirs: since(2, array(uuid())),
    previousBrokerEpoch: since(3, int64(), -1),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    brokerEpoch: withDefault(int64(), -1),
  },
})
