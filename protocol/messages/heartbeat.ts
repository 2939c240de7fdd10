// Heartbeat (12): A classic group member says it is alive.

import { defineApi, groupId, int16, int32, nullable, since, string } from '../schema.ts'

export const heartbeat = defineApi({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    groupId: groupId(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: since(3, nullable(string()), null),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    errorCode: int16(),
  },
})
