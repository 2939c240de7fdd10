// BrokerHeartbeat (63): A broker tells the controller that it lives.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  since,
  tagged,
  uuid,
  withDefault,
} from '../schema.ts'

export const brokerHeartbeat = defineApi({
  key: 63,
  name: 'BrokerHeartbeat',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    brokerEpoch: withDefault(int64(), -1),
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: since(1, tagged(0, array(uuid()))),
    cordonedLogDirs: since(2, tagged(1, nullable(array(uuid())), null)),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: withDefault(bool(), false),
    isFenced: withDefault(bool(), true),
    shouldShutDown: bool(),
  },
})
