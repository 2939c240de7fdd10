// Topics and partitions as transaction requests list them: to and from the coordinator's form.
import type { ErrorName } from '../../protocol/errors.ts'
import { errorCode } from '../../protocol/errors.ts'

/** Topic → partitions. */
export type PartitionsByTopic = ReadonlyMap<string, ReadonlySet<number>>

/** A topic or partition that is named twice counts once. */
export function partitionsByTopic(
  topics: readonly { readonly name: string; readonly partitions: readonly number[] }[],
): PartitionsByTopic {
  const byTopic = new Map<string, Set<number>>()
  for (const { name, partitions } of topics) {
    const known = byTopic.get(name) ?? new Set()
    for (const partition of partitions) known.add(partition)
    byTopic.set(name, known)
  }
  return byTopic
}

/** An error for each partition. */
export function resultsByTopic(
  partitions: PartitionsByTopic,
  errorOf: (topic: string, partition: number) => ErrorName,
): {
  name: string
  resultsByPartition: { partitionIndex: number; partitionErrorCode: number }[]
}[] {
  return Array.from(partitions, ([name, ids]) => ({
    name,
    resultsByPartition: Array.from(ids, (partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: errorCode(errorOf(name, partitionIndex)),
    })),
  }))
}

/** Clients that do not know PRODUCER_FENCED yet are told what it was before (KIP-588). */
export function fencedAsKnown(error: ErrorName, knowsFenced: boolean): ErrorName {
  return error === 'PRODUCER_FENCED' && !knowsFenced ? 'INVALID_PRODUCER_EPOCH' : error
}
