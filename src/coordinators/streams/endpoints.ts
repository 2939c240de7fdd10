// Which partitions interactive queries find at which process of an application.
import type { StreamsMember } from './state.ts'
import type { EndpointPartitions, StreamsDraft, TopicPartitionsOf } from './step.ts'
import type { OwnedPartitions } from '../consumer/state.ts'
import type { ConfiguredTopology } from './topology.ts'

/** Source partitions of the tasks of all members with an endpoint; none before the topology is sized. */
export function endpointPartitions(
  { members, input }: StreamsDraft,
  configured: ConfiguredTopology,
): EndpointPartitions[] {
  const { subtopologies } = configured
  if (subtopologies === null) return []
  const countOf = (topic: string): number => input.topics.byName(topic)?.partitionCount ?? 0
  const partitionsOf = (held: OwnedPartitions): TopicPartitionsOf[] =>
    subtopologies.flatMap(({ subtopologyId, sourceTopics, repartitionSourceTopics }) => {
      const tasks = [...(held.get(subtopologyId)?.keys() ?? [])].sort((a, b) => a - b)
      if (tasks.length === 0) return []
      const topics = [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]
      return topics.map((topic) => {
        return { topic, partitions: tasks.filter((partition) => partition < countOf(topic)) }
      })
    })
  return [...members.values()].flatMap(({ userEndpoint, assigned }: StreamsMember) => {
    if (userEndpoint === null) return []
    const active = partitionsOf(assigned.active)
    return [{ endpoint: userEndpoint, active, standby: partitionsOf(assigned.standby) }]
  })
}
