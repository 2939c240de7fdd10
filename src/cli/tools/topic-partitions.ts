// Partitions as users write them: `topic:0,1,2`.
import type { TopicPartition } from '../../client/topics.ts'
import { UsageError } from './tool.ts'

/** The partitions in `topic:0,1,2`. @throws UsageError */
export function parseTopicPartitions(text: string): readonly TopicPartition[] {
  const [topic, list, ...more] = text.split(':')
  if (topic === undefined || list === undefined || list === '' || more.length > 0) {
    throw new UsageError(`Invalid topic arg '${text}', expected topic name and partitions`)
  }
  return list.split(',').map((partition) => {
    if (!/^[+-]?\d+$/.test(partition)) {
      throw new UsageError(`Invalid partition '${partition}' specified in topic arg '${text}''`)
    }
    return { topic, partition: Number(partition) }
  })
}
