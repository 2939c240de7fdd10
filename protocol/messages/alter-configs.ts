// AlterConfigs (33): Replaces all dynamic configs of resources (the old way; see
// IncrementalAlterConfigs).

import { array, bool, defineApi, int16, int32, int8, nullable, string, struct } from '../schema.ts'

export const alterConfigs = defineApi({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    resources: array(
      struct('AlterConfigsResource', {
        resourceType: int8(),
        resourceName: string(),
        configs: array(
          struct('AlterableConfig', {
            name: string(),
            value: nullable(string()),
          }),
        ),
      }),
    ),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array(
      struct('AlterConfigsResourceResponse', {
        errorCode: int16(),
        errorMessage: nullable(string()),
        resourceType: int8(),
        resourceName: string(),
      }),
    ),
  },
})
