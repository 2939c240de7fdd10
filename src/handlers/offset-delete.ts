/**
 * OffsetDelete (47), v0 (KIP-496): removes committed offsets of topics that the group does not
 * read. Differs from Kafka: not at all.
 */
import type {
  OffsetDeleteRequest,
  OffsetDeleteResponseInput,
} from '../../protocol/codecs/offset-delete.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { defined } from '../base/assert.ts'
import { chain } from '../base/maybe-promise.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

export const handleOffsetDelete: Handler<OffsetDeleteRequest, OffsetDeleteResponseInput> = (
  broker,
  request,
  context,
) => {
  const { groupId } = request
  if (!broker.authorize(context, 'delete', 'group', groupId)) {
    return refused('GROUP_AUTHORIZATION_FAILED')
  }
  const partitions: { topic: string; partition: number }[] = []
  const checked = request.topics.map(({ name, partitions: given }) => ({
    name,
    partitions: given.map(({ partitionIndex }) => {
      const error = partitionError(broker, context, name, partitionIndex)
      if (error === null) partitions.push({ topic: name, partition: partitionIndex })
      return { partitionIndex, error }
    }),
  }))
  return chain(broker.groups.offsets.delete({ groupId, partitions }), (answer) => {
    if (answer.error !== 'NONE') return refused(answer.error)
    const errors = answer.partitions.values()
    const topics = checked.map(({ name, partitions: asked }) => ({
      name,
      partitions: asked.map(({ partitionIndex, error }) => {
        const shown = error ?? defined(errors.next().value, 'every partition is answered')
        return { partitionIndex, errorCode: errorCode(shown) }
      }),
    }))
    return { errorCode: 0, throttleTimeMs: 0, topics }
  })
}

function partitionError(
  broker: BrokerServices,
  context: RequestContext,
  topic: string,
  partition: number,
): ErrorName | null {
  if (!broker.authorize(context, 'read', 'topic', topic)) return 'TOPIC_AUTHORIZATION_FAILED'
  const exists = broker.catalog.topic(topic)?.partitions[partition] !== undefined
  return exists ? null : 'UNKNOWN_TOPIC_OR_PARTITION'
}

function refused(error: ErrorName): OffsetDeleteResponseInput {
  return { errorCode: errorCode(error), throttleTimeMs: 0, topics: [] }
}
