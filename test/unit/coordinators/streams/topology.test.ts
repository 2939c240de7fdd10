// A Streams application's topology laid over topics: how many tasks, which internal topics, and what is
// told where it does not fit. The texts are Apache Kafka's.
import { describe, expect, test } from 'vitest'
import {
  configureTopology,
  sameTopology,
  topologyDefect,
} from '../../../../src/coordinators/streams/topology.ts'
import type { Subtopology, Topology } from '../../../../src/coordinators/streams/topology.ts'
import { TestTopics } from '../../../support/test-topics.ts'

function part(more: Partial<Subtopology> = {}): Subtopology {
  return {
    subtopologyId: '0',
    sourceTopics: [],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...more,
  }
}

const internal = (name: string, partitions = 0) => {
  return { name, partitions, replicationFactor: 0, topicConfigs: [] }
}

const together = (sourceTopics: number[], repartitionSourceTopics: number[] = []) => {
  return [{ sourceTopics, sourceTopicRegex: [], repartitionSourceTopics }]
}

const of = (...subtopologies: Subtopology[]): Topology => ({ epoch: 0, subtopologies })

/** Topics by partition count. */
function topics(counts: Record<string, number>): TestTopics {
  const made = new TestTopics()
  for (const [name, count] of Object.entries(counts)) made.create(name, count)
  return made
}

const found = topics({ two: 2, three: 3 })

describe('a topology that fits', () => {
  test('has as many tasks as its largest source topic has partitions', () => {
    const { problem, subtopologies } = configureTopology(
      of(part({ sourceTopics: ['two', 'three'] })),
      found,
    )
    expect(problem).toBeNull()
    expect(subtopologies?.map(({ taskCount }) => taskCount)).toEqual([3])
  })

  test('sizes repartition topics by what is upstream, through several of them', () => {
    const { missing } = configureTopology(
      of(
        part({ sourceTopics: ['two'], repartitionSinkTopics: ['a'] }),
        part({
          subtopologyId: '1',
          repartitionSourceTopics: [internal('a')],
          repartitionSinkTopics: ['b'],
        }),
        part({
          subtopologyId: '2',
          repartitionSourceTopics: [internal('b')],
          stateChangelogTopics: [internal('c')],
        }),
      ),
      found,
    )
    expect(missing.map(({ name, partitions }) => [name, partitions])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ])
  })

  test('gives a repartition topic the count of what it is read together with', () => {
    const { missing } = configureTopology(
      of(
        part({ sourceTopics: ['two'], repartitionSinkTopics: ['a'] }),
        part({
          subtopologyId: '1',
          sourceTopics: ['three'],
          repartitionSourceTopics: [internal('a')],
          copartitionGroups: together([0], [0]),
        }),
      ),
      found,
    )
    expect(missing.map(({ name, partitions }) => [name, partitions])).toEqual([['a', 3]])
  })

  test('may have a source topic as the changelog of its state', () => {
    const both = part({ sourceTopics: ['two'], stateChangelogTopics: [internal('two')] })
    expect(configureTopology(of(both), found)).toMatchObject({ problem: null, missing: [] })
  })

  test('is the same in another order of its subtopologies', () => {
    const [a, b] = [part({ sourceTopics: ['two'] }), part({ subtopologyId: '1' })]
    expect(sameTopology(of(a, b), of(b, a))).toBe(true)
    expect(sameTopology(of(a, b), of(a))).toBe(false)
  })
})

describe('a topology that does not fit now', () => {
  const cases: readonly (readonly [string, Topology, string, string])[] = [
    [
      'names three of the missing source topics',
      of(part({ sourceTopics: ['e', 'd', 'c', 'b', 'a', 'two'] })),
      'MISSING_SOURCE_TOPICS',
      'Source topics a, b, c and 2 additional topics are missing.',
    ],
    [
      'names the missing internal topics',
      of(part({ sourceTopics: ['two'], stateChangelogTopics: [internal('c'), internal('b')] })),
      'MISSING_INTERNAL_TOPICS',
      'Internal topics are missing: b, c',
    ],
    [
      'names an internal topic of another size',
      of(part({ sourceTopics: ['three'], stateChangelogTopics: [internal('two')] })),
      'INCORRECTLY_PARTITIONED_TOPICS',
      'Existing topic two has different number of partitions: expected 3, found 2',
    ],
    [
      'names source topics that must have equal counts',
      of(part({ sourceTopics: ['two', 'three'], copartitionGroups: together([0, 1]) })),
      'INCORRECTLY_PARTITIONED_TOPICS',
      'Following topics do not have the same number of partitions: [{three=3, two=2}]',
    ],
    [
      'names a repartition topic of a fixed count that is read together with another',
      of(
        part({ sourceTopics: ['two'], repartitionSinkTopics: ['r'] }),
        part({
          subtopologyId: '1',
          sourceTopics: ['three'],
          repartitionSourceTopics: [internal('r', 4)],
          copartitionGroups: together([0], [0]),
        }),
      ),
      'INCORRECTLY_PARTITIONED_TOPICS',
      "Number of partitions [4] of repartition topic [r] doesn't match number of partitions [3] of the source topic.",
    ],
  ]

  test.each(cases)('%s', (_name, topology, code, detail) => {
    expect(configureTopology(topology, found).problem).toEqual({ code, detail })
  })
})

describe('a topology that no topics fit', () => {
  test.each([
    ['reads nothing', of(part()), 'No source topics found for subtopology 0'],
    [
      'goes in a circle',
      of(part({ repartitionSinkTopics: ['r'], repartitionSourceTopics: [internal('r')] })),
      'Failed to compute number of partitions for all repartition topics. There may be loops in the topology that cannot be resolved.',
    ],
    [
      'reads a repartition topic that nobody writes',
      of(part({ sourceTopics: ['two'], repartitionSourceTopics: [internal('r')] })),
      'Failed to compute number of partitions for all repartition topics, because a repartition source topic is never used as a sink topic.',
    ],
  ])('%s', (_name, topology, detail) => {
    expect(() => configureTopology(topology, found)).toThrow(
      expect.objectContaining({ errorName: 'STREAMS_INVALID_TOPOLOGY', detail }),
    )
  })
})

describe('a topology that cannot be', () => {
  const source = { sourceTopics: ['two'] }
  test.each([
    ['has a negative epoch', { epoch: -1, subtopologies: [part(source)] }],
    ['has a subtopology twice', of(part(source), part(source))],
    ['has a negative partition count', of(part({ stateChangelogTopics: [internal('c', -5)] }))],
    ['reads topics together that it has not', of(part({ copartitionGroups: together([1]) }))],
    ['counts topics from below 0', of(part({ ...source, copartitionGroups: together([-1]) }))],
  ])('%s', (_name, topology) => {
    expect(topologyDefect(topology)).not.toBeNull()
  })

  test('is told from one that can', () => {
    expect(topologyDefect(of(part(source), part({ subtopologyId: '1' })))).toBeNull()
  })
})
