// DescribeClientQuotas (48): The quotas of users, client ids and addresses.

import {
  array,
  bool,
  defineApi,
  float64,
  int16,
  int32,
  int8,
  nullable,
  string,
  struct,
} from '../schema.ts'

export const describeClientQuotas = defineApi({
  key: 48,
  name: 'DescribeClientQuotas',
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    components: array(
      struct('ComponentData', {
        entityType: string(),
        matchType: int8(),
        match: nullable(string()),
      }),
    ),
    strict: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullable(string()),
    entries: nullable(
      array(
        struct('EntryData', {
          entity: array(
            struct('EntityData', {
              entityType: string(),
              entityName: nullable(string()),
            }),
          ),
          values: array(
            struct('ValueData', {
              key: string(),
              value: float64(),
            }),
          ),
        }),
      ),
    ),
  },
})
