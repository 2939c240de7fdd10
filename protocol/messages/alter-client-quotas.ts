// AlterClientQuotas (49): Changes the quotas of users, client ids and addresses.

import {
  array,
  bool,
  defineApi,
  float64,
  int16,
  int32,
  nullable,
  string,
  struct,
} from '../schema.ts'

export const alterClientQuotas = defineApi({
  key: 49,
  name: 'AlterClientQuotas',
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    entries: array(
      struct('EntryData', {
        entity: array(
          struct('EntityData', {
            entityType: string(),
            entityName: nullable(string()),
          }),
        ),
        ops: array(
          struct('OpData', {
            key: string(),
            value: float64(),
            remove: bool(),
          }),
        ),
      }),
    ),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    entries: array(
      struct('EntryData', {
        errorCode: int16(),
        errorMessage: nullable(string()),
        entity: array(
          struct('EntityData', {
            entityType: string(),
            entityName: nullable(string()),
          }),
        ),
      }),
    ),
  },
})
