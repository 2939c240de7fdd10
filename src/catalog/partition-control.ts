// What CreatePartitions decides: from the image and a request to records and refusals. Pure.
import type { TopicImage } from './image.ts'
import type { MetadataRecord } from './records.ts'
import {
  chargeNothing,
  duplicatesOf,
  partitionsPerRequestMax,
  refuse,
  tooManyPartitions,
} from './refusal.ts'
import type { ChargePartitions, Refusal } from './refusal.ts'
import { addPartitions, refusalOfReplicas } from './topic-control.ts'
import type { Placement, TopicView } from './topic-control.ts'

/** A topic as CreatePartitions asks for it. */
export interface GrownTopic {
  readonly name: string
  /** Partitions in all. */
  readonly count: number
  /** Replicas of the new partitions in order; null: wherever. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null
}

/** A name, and why nothing was done; null: done. */
export interface TopicOutcome {
  readonly name: string
  readonly refusal: Refusal | null
}

/** Decides on CreatePartitions. */
export function planCreatePartitions(
  view: TopicView,
  topics: readonly GrownTopic[],
  placement: Placement,
  charge: ChargePartitions = chargeNothing,
): { readonly records: readonly MetadataRecord[]; readonly outcomes: readonly TopicOutcome[] } {
  const duplicates = duplicatesOf(topics.map((topic) => topic.name))
  const records: MetadataRecord[] = []
  const outcomes = new Map<string, TopicOutcome>()
  for (const grown of topics) {
    if (outcomes.has(grown.name)) continue
    const topic = view.topic(grown.name)
    const refusal = duplicates.has(grown.name)
      ? refuse('INVALID_REQUEST', 'Duplicate topic name.')
      : (refusalToGrow(topic, grown, { nodeId: placement.nodeId, planned: records.length }) ??
        charge(grown.count - (topic?.partitions.length ?? 0)))
    outcomes.set(grown.name, { name: grown.name, refusal })
    if (refusal === null && topic !== undefined) {
      const range = { from: topic.partitions.length, to: grown.count }
      addPartitions(topic.id, range, placement, records)
    }
  }
  return { records, outcomes: [...outcomes.values()] }
}

function refusalToGrow(
  topic: TopicImage | undefined,
  grown: GrownTopic,
  state: { nodeId: number; planned: number },
): Refusal | null {
  if (topic === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION', null)
  const current = topic.partitions.length
  if (grown.count === current) {
    return refuse('INVALID_PARTITIONS', `Topic already has ${current} partition(s).`)
  }
  if (grown.count < current) {
    return refuse(
      'INVALID_PARTITIONS',
      `The topic ${topic.name} currently has ${current} partition(s); ` +
        `${grown.count} would not be an increase.`,
    )
  }
  const added = grown.count - current
  if (grown.assignments !== null && grown.assignments.length !== added) {
    return refuse(
      'INVALID_REPLICA_ASSIGNMENT',
      `Attempted to add ${added} additional partition(s), ` +
        `but only ${grown.assignments.length} assignment(s) were specified.`,
    )
  }
  if (state.planned + added > partitionsPerRequestMax) return tooManyPartitions()
  for (const { brokerIds } of grown.assignments ?? []) {
    const refusal = refusalOfReplicas(brokerIds, state.nodeId)
    if (refusal !== null) return refusal
  }
  return null
}
