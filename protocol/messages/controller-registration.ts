// ControllerRegistration (70): A controller tells the active one about itself.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  nullable,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

export const controllerRegistration = defineApi({
  key: 70,
  name: 'ControllerRegistration',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
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
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
  },
})
