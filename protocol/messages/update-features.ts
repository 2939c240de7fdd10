// UpdateFeatures (57): Raises and lowers finalized feature levels (KIP-584).

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
  until,
  withDefault,
} from '../schema.ts'

export const updateFeatures = defineApi({
  key: 57,
  name: 'UpdateFeatures',
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    timeoutMs: withDefault(int32(), 60000),
    featureUpdates: array(
      struct('FeatureUpdateKey', {
        feature: string(),
        maxVersionLevel: int16(),
        allowDowngrade: until(0, bool()),
        upgradeType: since(1, int8(), 1),
      }),
    ),
    validateOnly: since(1, bool(), false),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    results: until(
      1,
      array(
        struct('UpdatableFeatureResult', {
          feature: string(),
          errorCode: int16(),
          errorMessage: nullable(string()),
        }),
      ),
    ),
  },
})
