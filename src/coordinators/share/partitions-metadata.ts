// Which share partitions must be given a state before members may fetch from them, and the record
// that keeps count of it: being made (initializing), there (initialized), going (deleting).
import { assert } from '../../base/assert.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { TopicsView } from '../consumer/step.ts'
import type { InitializedTopic, SharePartitionsMetadata } from './state.ts'

/** Partitions by topic id and name. */
export type NamedPartitions = ReadonlyMap<string, InitializedTopic>

/** The partitions of these topics that have no state yet; one that is being made may have failed. */
export function uninitialized(
  { initialized }: SharePartitionsMetadata,
  topicNames: Iterable<string>,
  topics: TopicsView,
): NamedPartitions {
  const missing = new Map<string, InitializedTopic>()
  for (const topicName of topicNames) {
    const topic = topics.byName(topicName)
    if (topic === undefined) continue
    const known = new Set(initialized.get(topic.id)?.partitions)
    const all = Array.from({ length: topic.partitionCount }, (_, index) => index)
    const partitions = all.filter((partition) => !known.has(partition))
    if (partitions.length > 0) missing.set(topic.id, { topicName, partitions })
  }
  return missing
}

/** These are being made. What was going is no longer. */
export function withInitializing(
  before: SharePartitionsMetadata,
  added: NamedPartitions,
): SharePartitionsMetadata {
  const deleting = new Map([...before.deleting].filter(([topicId]) => !added.has(topicId)))
  return { ...before, initializing: joined(before.initializing, added), deleting }
}

/** These are there. */
export function withInitialized(
  before: SharePartitionsMetadata,
  made: NamedPartitions,
): SharePartitionsMetadata {
  const initializing = without(before.initializing, made)
  return { ...before, initializing, initialized: joined(before.initialized, made) }
}

/** These could not be made. */
export function withoutInitializing(
  before: SharePartitionsMetadata,
  failed: NamedPartitions,
): SharePartitionsMetadata {
  return { ...before, initializing: without(before.initializing, failed) }
}

/** The states of these topics are going, all partitions. */
export function withDeleting(
  before: SharePartitionsMetadata,
  topics: ReadonlyMap<string, string>,
): SharePartitionsMetadata {
  const initialized = new Map([...before.initialized].filter(([topicId]) => !topics.has(topicId)))
  return { ...before, initialized, deleting: new Map([...before.deleting, ...topics]) }
}

/** Nothing is known of these topics any more. */
export function withoutTopics(
  before: SharePartitionsMetadata,
  topicIds: ReadonlySet<string>,
): SharePartitionsMetadata {
  const rest = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...map].filter(([topicId]) => !topicIds.has(topicId)))
  return {
    initializing: rest(before.initializing),
    initialized: rest(before.initialized),
    deleting: rest(before.deleting),
  }
}

/** The partitions that an assignment may hold. */
export function assignable({ initialized }: SharePartitionsMetadata): TopicPartitions {
  return new Map(Array.from(initialized, ([topicId, { partitions }]) => [topicId, partitions]))
}

function joined(left: NamedPartitions, right: NamedPartitions): NamedPartitions {
  const both = new Map(left)
  for (const [topicId, { topicName, partitions }] of right) {
    const all = new Set([...(left.get(topicId)?.partitions ?? []), ...partitions])
    both.set(topicId, { topicName, partitions: [...all].sort((a, b) => a - b) })
  }
  assert(both.size >= left.size, 'what is joined loses nothing')
  return both
}

function without(left: NamedPartitions, right: NamedPartitions): NamedPartitions {
  const rest = new Map<string, InitializedTopic>()
  for (const [topicId, { topicName, partitions }] of left) {
    const gone = new Set(right.get(topicId)?.partitions)
    const kept = partitions.filter((partition) => !gone.has(partition))
    if (kept.length > 0) rest.set(topicId, { topicName, partitions: kept })
  }
  return rest
}
