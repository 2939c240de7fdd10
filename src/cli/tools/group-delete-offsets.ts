// --delete-offsets of kafka-consumer-groups and kafka-streams-groups: forgets offsets, and says what became of each.
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import { deleteOffsets } from '../../client/offsets.ts'
import { compareText, type TopicPartition } from '../../client/topics.ts'
import { partitionsNamed } from './group-reset.ts'
import type { ToolHost } from './tool.ts'

interface DeletionRow extends TopicPartition {
  readonly status: string
}

/** What to forget: partitions, and `topic:0,1` or all of a `topic`. */
export interface DeletionScope {
  readonly groupId: string
  readonly partitions?: readonly TopicPartition[]
  readonly topics: readonly string[]
}

/** Deletes the offsets and prints how that went. A topic there is not is a row of its own. */
export async function removeGroupOffsets(
  host: ToolHost,
  cluster: Cluster,
  scope: DeletionScope,
): Promise<void> {
  const { groupId, topics } = scope
  const partitions: TopicPartition[] = [...(scope.partitions ?? [])]
  const rows: DeletionRow[] = []
  for (const topic of topics) {
    try {
      partitions.push(...(await partitionsNamed(cluster, [topic])))
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      rows.push({ topic, partition: -1, status: `Error: ${error.toString()}` })
    }
  }
  const outcome = await deleteOffsets(cluster, groupId, partitions)
  for (const { topic, partition, error } of outcome.partitions) {
    rows.push({
      topic,
      partition,
      status: error === null ? 'Successful' : `Error: ${error.toString()}`,
    })
  }
  await host.out(deletionHead(groupId, outcome))
  const columns = 15
  const width = Math.max(columns, ...rows.map(({ topic }) => topic.length))
  const line = (topic: string, partition: string, status: string): string =>
    `\n${topic.padEnd(width)} ${partition.padEnd(10)} ${status.padEnd(columns)}`
  rows.sort((left, right) =>
    compareText(`${left.topic}${left.partition}`, `${right.topic}${right.partition}`),
  )
  const lines = rows.map(({ topic, partition, status }) =>
    line(topic, partition < 0 ? '-' : String(partition), status),
  )
  await host.out(`${[line('TOPIC', 'PARTITION', 'STATUS'), ...lines].join('')}\n`)
}

function deletionHead(groupId: string, outcome: Awaited<ReturnType<typeof deleteOffsets>>): string {
  const error = outcome.error ?? outcome.partitions.find((partition) => partition.error)?.error
  if (error === null || error === undefined) {
    return `Request succeeded for deleting offsets from group ${groupId}.\n`
  }
  switch (error.errorName) {
    case 'INVALID_GROUP_ID':
    case 'GROUP_ID_NOT_FOUND':
    case 'GROUP_AUTHORIZATION_FAILED':
    case 'NON_EMPTY_GROUP':
      return `\nError: ${error.message}\n`
    case 'GROUP_SUBSCRIBED_TO_TOPIC':
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return '\nError: Encountered some partition-level error, see the follow-up details.\n'
    default:
      return `\nError: Encountered some unknown error: ${error.errorName}\n`
  }
}
