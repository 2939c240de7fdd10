// CreatePartitions decided: every refusal Kafka knows.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { MetadataImage } from '../../../src/catalog/image.ts'
import { planCreateTopics } from '../../../src/catalog/topic-control.ts'
import { planCreatePartitions } from '../../../src/catalog/partition-control.ts'
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

describe('adding partitions', () => {
  function grow(count: number, assignments: { brokerIds: number[] }[] | null = null) {
    return planCreatePartitions(imageWith('t'), [{ name: 't', count, assignments }], placement())
  }

  test('the new partitions follow the old ones', () => {
    const { records, outcomes } = grow(3)
    expect(outcomes).toEqual([{ name: 't', refusal: null }])
    expect(records).toMatchObject([{ data: { partitionId: 1 } }, { data: { partitionId: 2 } }])
  })

  test.each([
    ['as many partitions', 1, null, 'INVALID_PARTITIONS'],
    ['fewer partitions', 0, null, 'INVALID_PARTITIONS'],
    ['too many partitions', 2 ** 31 - 1, null, 'POLICY_VIOLATION'],
    ['an assignment too few', 3, [{ brokerIds: [1] }], 'INVALID_REPLICA_ASSIGNMENT'],
    ['an unknown broker', 2, [{ brokerIds: [7] }], 'INVALID_REPLICA_ASSIGNMENT'],
    ['no replica', 2, [{ brokerIds: [] }], 'INVALID_REPLICA_ASSIGNMENT'],
  ] as const)('%s is refused', (_what, count, assignments, error) => {
    const given =
      assignments === null
        ? null
        : assignments.map(({ brokerIds }) => ({ brokerIds: [...brokerIds] }))
    const { records, outcomes } = grow(count, given)
    expect(outcomes).toMatchObject([{ refusal: { error } }])
    expect(records).toEqual([])
  })

  test('an unknown topic is refused without a message, as in Kafka; a name twice with one', () => {
    const topics = ['x', 't', 't'].map((name) => ({ name, count: 2, assignments: null }))
    const { outcomes } = planCreatePartitions(imageWith('t'), topics, placement())
    expect(outcomes).toEqual([
      { name: 'x', refusal: { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: null } },
      { name: 't', refusal: { error: 'INVALID_REQUEST', message: 'Duplicate topic name.' } },
    ])
  })
})
