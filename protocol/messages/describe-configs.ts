// DescribeConfigs (32): Configs of topics, brokers and groups, with their sources and synonyms.

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
} from '../schema.ts'

export const describeConfigs = defineApi({
  key: 32,
  name: 'DescribeConfigs',
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    resources: array(
      struct('DescribeConfigsResource', {
        resourceType: int8(),
        resourceName: string(),
        configurationKeys: nullable(array(string())),
      }),
    ),
    includeSynonyms: since(1, bool(), false),
    includeDocumentation: since(3, bool(), false),
  },
  response: {
    throttleTimeMs: int32(),
    results: array(
      struct('DescribeConfigsResult', {
        errorCode: int16(),
        errorMessage: nullable(string()),
        resourceType: int8(),
        resourceName: string(),
        configs: array(
          struct('DescribeConfigsResourceResult', {
            name: string(),
            value: nullable(string()),
            readOnly: bool(),
            isDefault: until(0, bool()),
            configSource: since(1, int8(), -1),
            isSensitive: bool(),
            synonyms: since(
              1,
              array(
                struct('DescribeConfigsSynonym', {
                  name: string(),
                  value: nullable(string()),
                  source: int8(),
                }),
              ),
            ),
            configType: since(3, int8(), 0),
            documentation: since(3, nullable(string())),
          }),
        ),
      }),
    ),
  },
})
