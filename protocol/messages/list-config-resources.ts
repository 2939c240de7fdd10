// ListConfigResources (74): The resources that have configs of their own; v0 lists client metrics
// only.

import { array, defineApi, int16, int32, int8, since, string, struct } from '../schema.ts'

export const listConfigResources = defineApi({
  key: 74,
  name: 'ListConfigResources',
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    resourceTypes: since(1, array(int8())),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array(
      struct('ConfigResource', {
        resourceName: string(),
        resourceType: since(1, int8(), 16),
      }),
    ),
  },
})
