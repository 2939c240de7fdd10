// What AlterPartitionReassignments decides with one broker: replicas can only be reduced to this
// node, which is done at once, so nothing is ever in progress. Pure.
import type { TopicImage } from './image.ts'
import { replicasRecord } from './records.ts'
import type { MetadataRecord } from './records.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { refusalOfReplicas } from './topic-control.ts'

/** A partition as the request names it; null replicas: cancel the move. */
export interface Reassignment {
  readonly partitionIndex: number
  readonly replicas: readonly number[] | null
}

/** Decides on one partition. */
export function planReassignment(
  topic: { readonly name: string; readonly image: TopicImage | undefined },
  { partitionIndex, replicas }: Reassignment,
  rules: { readonly nodeId: number; readonly mayChangeFactor: boolean },
): { readonly refusal: Refusal | null; readonly records: readonly MetadataRecord[] } {
  const refused = (refusal: Refusal) => ({ refusal, records: [] })
  if (topic.image === undefined) {
    const message = `Unable to find a topic named ${topic.name}.`
    return refused(refuse('UNKNOWN_TOPIC_OR_PARTITION', message))
  }
  const partition = topic.image.partitions[partitionIndex]
  if (partition === undefined) {
    const message = `Unable to find partition ${topic.name}:${partitionIndex}.`
    return refused(refuse('UNKNOWN_TOPIC_OR_PARTITION', message))
  }
  if (replicas === null) return refused(refuse('NO_REASSIGNMENT_IN_PROGRESS', null))
  const refusal = refusalOfReplicas(replicas, rules.nodeId)
  if (refusal !== null) return refused(refusal)
  const isSame = partition.replicas.join() === replicas.join()
  if (isSame) return { refusal: null, records: [] }
  if (!rules.mayChangeFactor && partition.replicas.length !== replicas.length) {
    const message = `The replication factor is changed from ${partition.replicas.length} to ${replicas.length}`
    return refused(refuse('INVALID_REPLICATION_FACTOR', message))
  }
  const own = partition.replicas.indexOf(rules.nodeId)
  const directories = partition.directories.slice(own, own + 1)
  const kept = { replicas, directories: own === -1 ? null : directories }
  return { refusal: null, records: [replicasRecord(topic.image.id, partitionIndex, kept)] }
}
