// DeleteTopics decided: by name, by id, and what each may learn.
import { describe, expect, test } from 'vitest'
import { toTopicId, zeroTopicId } from '../../../src/base/brands.ts'
import { MetadataImage } from '../../../src/catalog/image.ts'
import { planCreateTopics } from '../../../src/catalog/topic-control.ts'
import { planDeleteTopics } from '../../../src/catalog/topic-deletion.ts'
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

describe('deleting topics', () => {
  const everything = { mayDescribe: () => true, mayDelete: () => true }
  const byName = (name: string) => ({ name, topicId: zeroTopicId })
  const byId = (topicId: string) => ({ name: null, topicId })

  test('names and ids are both understood', () => {
    const image = imageWith('a', 'b')
    const b = image.topic('b')?.id ?? ''
    const { records, outcomes } = planDeleteTopics(image, [byId(b), byName('a')], everything)
    expect(records).toHaveLength(2)
    expect(outcomes).toMatchObject([
      { name: 'b', topicId: b, refusal: null },
      { name: 'a', refusal: null },
    ])
  })

  test('what is unknown, twice or badly named is refused', () => {
    const image = imageWith('a', 'b', 'c')
    const ids = ['b', 'c'].map((name) => image.topic(name)?.id ?? '')
    const [b = '', c = ''] = ids
    const references = [
      byName('x'),
      byId('AAAAAAAAAAAAAAAAAAAAcQ'),
      { name: null, topicId: zeroTopicId },
      { name: 'a', topicId: b },
      byName('a'),
      byName('a'),
      byId(b),
      byId(b),
      byName('c'),
      byId(c),
    ]
    const { records, outcomes } = planDeleteTopics(image, references, everything)
    expect(records).toEqual([])
    const errors = outcomes.map(({ name, refusal }) => [name, refusal?.error])
    expect(new Set(errors)).toEqual(
      new Set([
        ['x', 'UNKNOWN_TOPIC_OR_PARTITION'],
        [null, 'UNKNOWN_TOPIC_ID'],
        [null, 'INVALID_REQUEST'],
        ['a', 'INVALID_REQUEST'],
        ['a', 'INVALID_REQUEST'],
        [null, 'INVALID_REQUEST'],
        ['c', 'INVALID_REQUEST'],
      ]),
    )
    expect(outcomes).toHaveLength(7)
  })

  test('those who may not see a topic do not learn of it', () => {
    const image = imageWith('secret')
    const id = image.topic('secret')?.id ?? ''
    const nothing = { mayDescribe: () => false, mayDelete: () => false }
    const { records, outcomes } = planDeleteTopics(image, [byName('none'), byId(id)], nothing)
    expect(records).toEqual([])
    expect(outcomes.map(({ name, refusal }) => [name, refusal?.error])).toEqual([
      [null, 'TOPIC_AUTHORIZATION_FAILED'],
      ['none', 'TOPIC_AUTHORIZATION_FAILED'],
    ])
  })
})
