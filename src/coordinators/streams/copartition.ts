// Topics that a Streams application reads together must have the same number of partitions: existing
// ones must have it already, repartition topics without a count of their own are given it.
import { assert } from '../../base/assert.ts'
import type { Status, Subtopology, Topology } from './topology.ts'

/** The topics do not fit the topology now; they may later. */
export class TopologyProblem extends Error {
  readonly code: Status['code']

  constructor(code: Status['code'], message: string) {
    super(message)
    this.code = code
  }
}

type CountOf = (topic: string) => number | undefined

/** Counts of repartition topics that follow from what they are read together with. */
export function copartitioned(topology: Topology, countOf: CountOf): Map<string, number> {
  const wanted = new Map<string, number>()
  for (const { repartitionSourceTopics } of topology.subtopologies) {
    for (const { name, partitions } of repartitionSourceTopics) wanted.set(name, partitions)
  }
  const decided = new Map<string, number>()
  const current: CountOf = (topic) => decided.get(topic) ?? countOf(topic)
  for (const part of topology.subtopologies) {
    for (const topics of groupsOf(part)) {
      const count = commonCount(topics, wanted, current)
      for (const topic of topics) if (wanted.get(topic) === 0) decided.set(topic, count)
    }
  }
  return decided
}

function groupsOf(part: Subtopology): string[][] {
  const { sourceTopics, repartitionSourceTopics } = part
  return part.copartitionGroups
    .map((group) => [
      ...group.sourceTopics.flatMap((index) => sourceTopics[index] ?? []),
      ...group.repartitionSourceTopics.flatMap((index) => {
        return repartitionSourceTopics[index]?.name ?? []
      }),
    ])
    .filter((topics) => topics.length > 0)
}

/** What the group's topics agree on: the application's own topics, else fixed counts, else the most. */
function commonCount(
  topics: readonly string[],
  wanted: ReadonlyMap<string, number>,
  countOf: CountOf,
): number {
  const external = topics.filter((topic) => !wanted.has(topic))
  const fixed = topics.filter((topic) => (wanted.get(topic) ?? 0) !== 0)
  let count = Math.max(...topics.map((topic) => countOf(topic) ?? 0))
  if (external.length > 0) count = sameCount(external, countOf)
  else if (fixed.length > 0) count = sameCount(fixed, countOf)
  for (const topic of fixed) {
    const own = wanted.get(topic)
    if (own === count) continue
    throw new TopologyProblem(
      'INCORRECTLY_PARTITIONED_TOPICS',
      `Number of partitions [${own}] of repartition topic [${topic}] doesn't match number of partitions [${count}] of the source topic.`,
    )
  }
  return count
}

function sameCount(topics: readonly string[], countOf: CountOf): number {
  const counts = [...topics].sort().map((topic) => [topic, countOf(topic) ?? 0] as const)
  const count = counts[0]?.[1] ?? 0
  assert(counts.length > 0, 'a group of topics has topics')
  if (counts.every(([, other]) => other === count)) return count
  const list = counts.map(([topic, other]) => `${topic}=${other}`).join(', ')
  throw new TopologyProblem(
    'INCORRECTLY_PARTITIONED_TOPICS',
    `Following topics do not have the same number of partitions: [{${list}}]`,
  )
}
