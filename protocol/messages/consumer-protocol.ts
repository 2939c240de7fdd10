// What classic group members tell each other through the coordinator, which passes it on as bytes.
// On the wire an int16 of the version stands in front.

import {
  array,
  bytes,
  defineMessage,
  int32,
  nullable,
  since,
  string,
  struct,
  topicName,
  withDefault,
} from '../schema.ts'

export const consumerProtocolAssignment = defineMessage({
  name: 'ConsumerProtocolAssignment',
  versions: [0, 3],
  fields: {
    assignedPartitions: array(
      struct('TopicPartition', {
        topic: topicName(),
        partitions: array(int32()),
      }),
    ),
    userData: withDefault(nullable(bytes()), null),
  },
})

export const consumerProtocolSubscription = defineMessage({
  name: 'ConsumerProtocolSubscription',
  versions: [0, 3],
  fields: {
    topics: array(string()),
    userData: withDefault(nullable(bytes()), null),
    ownedPartitions: since(
      1,
      array(
        struct('TopicPartition', {
          topic: topicName(),
          partitions: array(int32()),
        }),
      ),
    ),
    generationId: since(2, int32(), -1),
    rackId: since(3, nullable(string()), null),
  },
})
