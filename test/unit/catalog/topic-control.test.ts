// CreateTopics decided: every refusal Kafka knows, and the records of what is made.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { MetadataImage } from '../../../src/catalog/image.ts'
import { partitionsPerRequestMax } from '../../../src/catalog/refusal.ts'
import { planCreateTopics } from '../../../src/catalog/topic-control.ts'
import type { NewTopic, Placement } from '../../../src/catalog/topic-control.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'

const directory = 'yZc-Tb1eSB65A4eGrMSmIw'

function placement(overrides: Record<string, string> = {}): Placement {
  let made = 0
  return {
    nodeId: 1,
    directory,
    broker: brokerConfigWith(overrides),
    newTopicId: () => toTopicId(`topicId${String(++made).padStart(15, '0')}`),
  }
}

function newTopic(name: string, changes: Partial<NewTopic> = {}): NewTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...changes }
}

/** An image with the given topics, one partition each. */
function imageWith(...names: string[]): MetadataImage {
  const image = new MetadataImage()
  const plan = planCreateTopics(
    image,
    names.map((name) => newTopic(name)),
    placement(),
  )
  for (const record of plan.records) image.apply(record)
  return image
}

/** The error of a topic that is created alone. */
function errorOf(topic: NewTopic, image = new MetadataImage()): string | null {
  const { outcomes, records } = planCreateTopics(image, [topic], placement())
  const [outcome] = outcomes
  if (outcome === undefined || !('refusal' in outcome)) return null
  expect(records).toEqual([])
  expect(outcome.refusal.message).not.toBe('')
  return outcome.refusal.error
}

describe('creating topics', () => {
  test('a topic becomes a topic record, its configs, then its partitions', () => {
    const configs = [{ name: 'retention.ms', value: '1000' }]
    const topic = newTopic('orders', { numPartitions: 2, configs })
    const { records, outcomes } = planCreateTopics(new MetadataImage(), [topic], placement())
    expect(records.map((record) => record.type)).toEqual([
      'Topic',
      'Config',
      'Partition',
      'Partition',
    ])
    expect(outcomes).toEqual([
      {
        name: 'orders',
        topicId: 'topicId000000000000001',
        partitionCount: 2,
        replicationFactor: 1,
        configs: new Map([['retention.ms', '1000']]),
      },
    ])
    expect(records[3]).toMatchObject({
      data: {
        partitionId: 1,
        replicas: [1],
        isr: [1],
        leader: 1,
        leaderEpoch: 0,
        directories: [directory],
      },
    })
  })

  test('-1 takes the broker’s defaults, and a default replication factor above one is accepted', () => {
    const rules = placement({ 'num.partitions': '3', 'default.replication.factor': '3' })
    const topic = newTopic('t', { numPartitions: -1, replicationFactor: -1 })
    const { outcomes } = planCreateTopics(new MetadataImage(), [topic], rules)
    expect(outcomes).toMatchObject([{ partitionCount: 3, replicationFactor: 1 }])
  })

  test.each([
    [
      'a replication factor above the brokers',
      { replicationFactor: 3 },
      'INVALID_REPLICATION_FACTOR',
    ],
    ['replication factor 0', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    ['replication factor -2', { replicationFactor: -2 }, 'INVALID_REPLICATION_FACTOR'],
    ['0 partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['-2 partitions', { numPartitions: -2 }, 'INVALID_PARTITIONS'],
    ['more partitions than one request may make', { numPartitions: 10_001 }, 'POLICY_VIOLATION'],
    ['2^31-1 partitions', { numPartitions: 2 ** 31 - 1 }, 'POLICY_VIOLATION'],
    [
      'a config that does not exist',
      { configs: [{ name: 'no.such', value: '1' }] },
      'INVALID_CONFIG',
    ],
    [
      'a config without a value',
      { configs: [{ name: 'cleanup.policy', value: null }] },
      'INVALID_CONFIG',
    ],
    [
      'a config out of range',
      { configs: [{ name: 'retention.ms', value: '-2' }] },
      'INVALID_CONFIG',
    ],
    [
      'an assignment beside a count',
      { assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
      'INVALID_REQUEST',
    ],
  ] as const)('%s is refused', (_what, changes, error) => {
    expect(errorOf(newTopic('t', changes))).toBe(error)
  })

  test.each([
    ['of an unknown broker', [{ partitionIndex: 0, brokerIds: [99] }]],
    ['without replicas', [{ partitionIndex: 0, brokerIds: [] }]],
    ['of one broker twice', [{ partitionIndex: 0, brokerIds: [1, 1] }]],
    ['with a gap', [{ partitionIndex: 1, brokerIds: [1] }]],
    [
      'of one partition twice',
      [
        { partitionIndex: 0, brokerIds: [1] },
        { partitionIndex: 0, brokerIds: [1] },
      ],
    ],
  ])('an assignment %s is refused', (_what, assignments) => {
    const topic = newTopic('t', { numPartitions: -1, replicationFactor: -1, assignments })
    expect(errorOf(topic)).toBe('INVALID_REPLICA_ASSIGNMENT')
  })

  test('an assignment to this broker makes as many partitions', () => {
    const assignments = [
      { partitionIndex: 1, brokerIds: [1] },
      { partitionIndex: 0, brokerIds: [1] },
    ]
    const topic = newTopic('t', { numPartitions: -1, replicationFactor: -1, assignments })
    const { outcomes } = planCreateTopics(new MetadataImage(), [topic], placement())
    expect(outcomes).toMatchObject([{ partitionCount: 2 }])
  })

  test('names that are taken, illegal, colliding or reserved are refused', () => {
    const image = imageWith('orders', 'a.b')
    expect(errorOf(newTopic('orders'), image)).toBe('TOPIC_ALREADY_EXISTS')
    expect(errorOf(newTopic('a.b'), image)).toBe('TOPIC_ALREADY_EXISTS')
    expect(errorOf(newTopic('a_b'), image)).toBe('INVALID_TOPIC_EXCEPTION')
    expect(errorOf(newTopic('a/b'), image)).toBe('INVALID_TOPIC_EXCEPTION')
    expect(errorOf(newTopic('__cluster_metadata'), image)).toBe('INVALID_REQUEST')
    expect(errorOf(newTopic('a-b'), image)).toBeNull()
  })

  test('a name that comes twice is refused once, and the others are made', () => {
    const topics = [newTopic('dup'), newTopic('fine'), newTopic('dup', { numPartitions: 2 })]
    const { outcomes, records } = planCreateTopics(new MetadataImage(), topics, placement())
    expect(outcomes.map((outcome) => outcome.name)).toEqual(['dup', 'fine'])
    expect(outcomes[0]).toMatchObject({ refusal: { error: 'INVALID_REQUEST' } })
    expect(records.filter((record) => record.type === 'Topic')).toHaveLength(1)
  })

  test('too many partitions over all topics refuse the whole request', () => {
    const topics = [newTopic('a', { numPartitions: partitionsPerRequestMax }), newTopic('b')]
    const { outcomes, records } = planCreateTopics(new MetadataImage(), topics, placement())
    expect(outcomes).toMatchObject([
      { refusal: { error: 'POLICY_VIOLATION' } },
      { refusal: { error: 'POLICY_VIOLATION' } },
    ])
    expect(records).toEqual([])
  })

  test('a topic that may not be created is refused before its existence is told', () => {
    const plan = planCreateTopics(imageWith('t'), [newTopic('t')], placement(), () => false)
    expect(plan.outcomes).toMatchObject([{ refusal: { error: 'TOPIC_AUTHORIZATION_FAILED' } }])
  })
})
