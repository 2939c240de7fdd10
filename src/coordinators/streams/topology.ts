// The topology of a Streams application laid over the topics that there are: how many tasks each
// subtopology has, which internal topics it needs and with how many partitions, and what is wrong.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { TopicsView } from '../consumer/step.ts'
import { topicsHash } from '../consumer/subscription.ts'
import { copartitioned, TopologyProblem } from './copartition.ts'

/** A topic that the application leaves to the broker to make. */
export interface InternalTopic {
  readonly name: string
  /** 0: as many as follow from the source topics. */
  readonly partitions: number
  /** 0: the broker's default. */
  readonly replicationFactor: number
  readonly topicConfigs: readonly { readonly key: string; readonly value: string }[]
}

/** Indices into the lists of the subtopology: topics that must have the same partition count. */
export interface CopartitionGroup {
  readonly sourceTopics: readonly number[]
  readonly sourceTopicRegex: readonly number[]
  readonly repartitionSourceTopics: readonly number[]
}

/** A part of the topology whose tasks are handed out as a whole. */
export interface Subtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly sourceTopicRegex: readonly string[]
  readonly stateChangelogTopics: readonly InternalTopic[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly InternalTopic[]
  readonly copartitionGroups: readonly CopartitionGroup[]
}

/** As members send it and the group stores it (StreamsGroupTopologyValue). */
export interface Topology {
  readonly epoch: number
  readonly subtopologies: readonly Subtopology[]
}

/** Kafka's status codes of StreamsGroupHeartbeat. */
export const statusCodes = {
  STALE_TOPOLOGY: 0,
  MISSING_SOURCE_TOPICS: 1,
  INCORRECTLY_PARTITIONED_TOPICS: 2,
  MISSING_INTERNAL_TOPICS: 3,
  SHUTDOWN_APPLICATION: 4,
  ASSIGNMENT_DELAYED: 5,
} as const

export interface Status {
  readonly code: keyof typeof statusCodes
  readonly detail: string
}

/** An internal topic with the partition count that follows from the topology. */
export type SizedTopic = InternalTopic

export interface ConfiguredSubtopology {
  readonly subtopologyId: string
  readonly taskCount: number
  /** Of source topics and repartition topics: what the tasks read. */
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly SizedTopic[]
  readonly stateChangelogTopics: readonly SizedTopic[]
}

export interface ConfiguredTopology {
  readonly epoch: number
  readonly metadataHash: number
  /** By id, ascending; null: the topics do not let them be sized. */
  readonly subtopologies: readonly ConfiguredSubtopology[] | null
  /** Internal topics that do not exist yet. */
  readonly missing: readonly SizedTopic[]
  /** Null: tasks can be handed out. */
  readonly problem: Status | null
}

/** Why nothing can be made of the topology, whatever topics there are; null when something can. */
export function topologyDefect({ epoch, subtopologies }: Topology): string | null {
  if (epoch < 0) return `The topology epoch ${epoch} is negative.`
  const ids = new Set<string>()
  for (const part of subtopologies) {
    const { subtopologyId, repartitionSourceTopics, stateChangelogTopics } = part
    if (ids.has(subtopologyId)) return `There are two subtopologies ${subtopologyId}.`
    ids.add(subtopologyId)
    for (const { name, partitions } of [...repartitionSourceTopics, ...stateChangelogTopics]) {
      if (partitions < 0) return `The partition count ${partitions} of ${name} is negative.`
    }
    if (!part.copartitionGroups.every((group) => isWithin(group, part))) {
      return `A copartition group of subtopology ${subtopologyId} names topics that it does not have.`
    }
  }
  return null
}

function isWithin(group: CopartitionGroup, part: Subtopology): boolean {
  const inside = (indices: readonly number[], { length }: readonly unknown[]) =>
    indices.every((index) => index >= 0 && index < length)
  return (
    inside(group.sourceTopics, part.sourceTopics) &&
    inside(group.sourceTopicRegex, part.sourceTopicRegex) &&
    inside(group.repartitionSourceTopics, part.repartitionSourceTopics)
  )
}

/** All topics of the topology by name, internal ones too. */
export function requiredTopics({ subtopologies }: Topology): ReadonlySet<string> {
  const names = new Set<string>()
  for (const part of subtopologies) {
    for (const name of part.sourceTopics) names.add(name)
    for (const { name } of part.repartitionSourceTopics) names.add(name)
    for (const { name } of part.stateChangelogTopics) names.add(name)
  }
  return names
}

/** The subtopology that reads a topic. */
export function readerOf({ subtopologies }: Topology, topic: string): Subtopology | undefined {
  return subtopologies.find(({ sourceTopics, repartitionSourceTopics }) => {
    return sourceTopics.includes(topic) || repartitionSourceTopics.some((one) => one.name === topic)
  })
}

/** Stands for the topics that the topology needs and that exist; 0 for none. */
export function topologyHash(topology: Topology, topics: TopicsView): number {
  return topicsHash(requiredTopics(topology), topics)
}

/** Whether both say the same; the order of subtopologies says nothing. */
export function sameTopology(left: Topology, right: Topology): boolean {
  return left.epoch === right.epoch && canonical(left) === canonical(right)
}

function canonical({ subtopologies }: Topology): string {
  return JSON.stringify(
    byId(subtopologies).map((part) => [
      part.subtopologyId,
      part.sourceTopics,
      part.sourceTopicRegex,
      part.stateChangelogTopics.map(topicFields),
      part.repartitionSinkTopics,
      part.repartitionSourceTopics.map(topicFields),
      part.copartitionGroups.map((group) => [
        group.sourceTopics,
        group.sourceTopicRegex,
        group.repartitionSourceTopics,
      ]),
    ]),
  )
}

function topicFields({ name, partitions, replicationFactor, topicConfigs }: InternalTopic) {
  return [name, partitions, replicationFactor, topicConfigs.map(({ key, value }) => [key, value])]
}

function byId<T extends { readonly subtopologyId: string }>(parts: readonly T[]): T[] {
  return [...parts].sort((a, b) => compareText(a.subtopologyId, b.subtopologyId))
}

/** By UTF-16 units, as Java compares. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/**
 * Lays the topology over the topics. @throws KafkaError STREAMS_INVALID_TOPOLOGY when no topics could
 * ever fit it.
 */
export function configureTopology(topology: Topology, topics: TopicsView): ConfiguredTopology {
  const head = { epoch: topology.epoch, metadataHash: topologyHash(topology, topics) }
  try {
    const decided = partitionCounts(topology, topics)
    const subtopologies = byId(topology.subtopologies).map((part) =>
      configured(part, decided, (topic) => countOf(topic, topics, decided)),
    )
    const missing = missingTopics(subtopologies, topics)
    if (missing.length === 0) return { ...head, subtopologies, missing, problem: null }
    const detail = `Internal topics are missing: ${some(missing.map(({ name }) => name))}`
    const problem = { code: 'MISSING_INTERNAL_TOPICS', detail } as const
    return { ...head, subtopologies, missing, problem }
  } catch (error) {
    if (!(error instanceof TopologyProblem)) throw error
    const problem = { code: error.code, detail: error.message }
    return { ...head, subtopologies: null, missing: [], problem }
  }
}

/** So many topics are named; of the others the number. */
const namedMax = 3

function some(names: readonly string[]): string {
  const more = names.length - namedMax
  const named = names.slice(0, namedMax).join(', ')
  return more > 0 ? `${named} and ${more} additional topics` : named
}

type Counts = ReadonlyMap<string, number>

function countOf(topic: string, topics: TopicsView, decided: Counts): number | undefined {
  return topics.byName(topic)?.partitionCount ?? decided.get(topic)
}

function partitionCounts(topology: Topology, topics: TopicsView): Counts {
  const { subtopologies } = topology
  const missing = new Set<string>()
  for (const { sourceTopics } of subtopologies) {
    for (const topic of sourceTopics) if (topics.byName(topic) === undefined) missing.add(topic)
  }
  if (missing.size > 0) {
    const names = some([...missing].sort(compareText))
    throw new TopologyProblem('MISSING_SOURCE_TOPICS', `Source topics ${names} are missing.`)
  }
  const decided = repartitionCounts(topology, topics)
  for (const [topic, count] of copartitioned(topology, (name) => countOf(name, topics, decided))) {
    decided.set(topic, count)
  }
  for (const part of subtopologies) {
    const count = taskCountOf(part, (topic) => countOf(topic, topics, decided))
    for (const { name } of changelogs(part)) decided.set(name, count)
  }
  return decided
}

/** As many as the source topics of whoever writes to it have, unless the application says. */
function repartitionCounts({ subtopologies }: Topology, topics: TopicsView): Map<string, number> {
  const decided = new Map<string, number>()
  const open = new Set<string>()
  for (const { repartitionSourceTopics } of subtopologies) {
    for (const { name, partitions } of repartitionSourceTopics) {
      if (partitions === 0) open.add(name)
      else decided.set(name, partitions)
    }
  }
  while (open.size > 0) {
    const before = open.size
    for (const topic of open) {
      let count = 0
      for (const part of subtopologies) {
        if (!part.repartitionSinkTopics.includes(topic)) continue
        for (const source of part.sourceTopics) {
          count = Math.max(count, topics.byName(source)?.partitionCount ?? 0)
        }
        for (const { name } of part.repartitionSourceTopics) {
          count = Math.max(count, decided.get(name) ?? 0)
        }
      }
      if (count === 0) continue
      decided.set(topic, count)
      open.delete(topic)
    }
    if (open.size === before) {
      const sinks = new Set(subtopologies.flatMap((part) => part.repartitionSinkTopics))
      const why = [...open].every((topic) => sinks.has(topic))
        ? '. There may be loops in the topology that cannot be resolved.'
        : ', because a repartition source topic is never used as a sink topic.'
      throw new KafkaError(
        'STREAMS_INVALID_TOPOLOGY',
        `Failed to compute number of partitions for all repartition topics${why}`,
      )
    }
  }
  return decided
}

function taskCountOf(part: Subtopology, count: (topic: string) => number | undefined): number {
  const names = [...part.sourceTopics, ...part.repartitionSourceTopics.map(({ name }) => name)]
  if (names.length === 0) {
    throw new KafkaError(
      'STREAMS_INVALID_TOPOLOGY',
      `No source topics found for subtopology ${part.subtopologyId}`,
    )
  }
  let most = 0
  for (const name of names) most = Math.max(most, count(name) ?? 0)
  assert(most > 0, 'every source topic has a partition count by now')
  return most
}

/** Changelogs that are not a source topic at the same time. */
function changelogs({ stateChangelogTopics, sourceTopics }: Subtopology): readonly InternalTopic[] {
  return stateChangelogTopics.filter(({ name }) => !sourceTopics.includes(name))
}

/** Internal topics are sized as they must be, not as they are found: the two are compared after. */
function configured(
  part: Subtopology,
  decided: Counts,
  count: (topic: string) => number | undefined,
): ConfiguredSubtopology {
  const sized = (topic: InternalTopic): SizedTopic => {
    const partitions = decided.get(topic.name) ?? count(topic.name) ?? 0
    assert(partitions > 0, 'every internal topic has a partition count by now')
    return { ...topic, partitions: topic.partitions === 0 ? partitions : topic.partitions }
  }
  return {
    subtopologyId: part.subtopologyId,
    taskCount: taskCountOf(part, count),
    sourceTopics: part.sourceTopics,
    repartitionSinkTopics: part.repartitionSinkTopics,
    repartitionSourceTopics: part.repartitionSourceTopics.map(sized),
    stateChangelogTopics: part.stateChangelogTopics.map(sized),
  }
}

function missingTopics(
  subtopologies: readonly ConfiguredSubtopology[],
  topics: TopicsView,
): readonly SizedTopic[] {
  const missing = new Map<string, SizedTopic>()
  for (const { repartitionSourceTopics, stateChangelogTopics } of subtopologies) {
    for (const topic of [...repartitionSourceTopics, ...stateChangelogTopics]) {
      const found = topics.byName(topic.name)?.partitionCount
      if (found === undefined) missing.set(topic.name, topic)
      else if (found !== topic.partitions) {
        throw new TopologyProblem(
          'INCORRECTLY_PARTITIONED_TOPICS',
          `Existing topic ${topic.name} has different number of partitions: expected ${topic.partitions}, found ${found}`,
        )
      }
    }
  }
  return [...missing.values()].sort((a, b) => compareText(a.name, b.name))
}
