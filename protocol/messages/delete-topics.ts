// DeleteTopics (20): Deletes topics, by name or (v6) by id.

import {
  array,
  defineApi,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  topicName,
  until,
  uuid,
  withDefault,
} from '../schema.ts'

export const deleteTopics = defineApi({
  key: 20,
  name: 'DeleteTopics',
  versions: [0, 6],
  flexibleFrom: 4,
  request: {
    topics: since(
      6,
      array(
        struct('DeleteTopicState', {
          name: withDefault(nullable(topicName()), null),
          topicId: uuid(),
        }),
      ),
    ),
    topicNames: until(5, array(topicName())),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: since(1, int32()),
    responses: array(
      struct('DeletableTopicResult', {
        name: nullable(topicName(), { since: 6 }),
        topicId: since(6, uuid()),
        errorCode: int16(),
        errorMessage: since(5, nullable(string()), null),
      }),
    ),
  },
})
