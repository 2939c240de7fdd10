// IncrementalAlterConfigs (44): Sets, deletes, appends to and subtracts from single configs
// (KIP-339).

import { array, bool, defineApi, int16, int32, int8, nullable, string, struct } from '../schema.ts'

export const incrementalAlterConfigs = defineApi({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    resources: array(
      struct('AlterConfigsResource', {
        resourceType: int8(),
        resourceName: string(),
        configs: array(
          struct('AlterableConfig', {
            name: string(),
            configOperation: int8(),
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
