// ApiVersions (18): Which APIs, versions and features a broker speaks. Its response header is
// always version 0.

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
  tagged,
} from '../schema.ts'

export const apiVersions = defineApi({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    clientSoftwareName: since(3, string()),
    clientSoftwareVersion: since(3, string()),
    clusterId: since(5, nullable(string()), null),
    nodeId: since(5, int32(), -1),
  },
  response: {
    errorCode: int16(),
    apiKeys: array(
      struct('ApiVersion', {
        apiKey: int16(),
        minVersion: int16(),
        maxVersion: int16(),
      }),
    ),
    throttleTimeMs: since(1, int32()),
    supportedFeatures: since(
      3,
      tagged(
        0,
        array(
          struct('SupportedFeatureKey', {
            name: string(),
            minVersion: int16(),
            maxVersion: int16(),
          }),
        ),
      ),
    ),
    finalizedFeaturesEpoch: since(3, tagged(1, int64(), -1)),
    finalizedFeatures: since(
      3,
      tagged(
        2,
        array(
          struct('FinalizedFeatureKey', {
            name: string(),
            maxVersionLevel: int16(),
            minVersionLevel: int16(),
          }),
        ),
      ),
    ),
    zkMigrationReady: since(3, tagged(3, bool(), false)),
  },
})
