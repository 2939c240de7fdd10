// What records make of the image, and which records contradict it.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { AssertionFailure } from '../../../src/base/assert.ts'
import { MetadataImage } from '../../../src/catalog/image.ts'
import {
  configRecord,
  featureLevelRecord,
  leaderChangeRecord,
  newPartitionRecord,
  noLeader,
  producerIdsRecord,
  removeTopicRecord,
  topicRecord,
} from '../../../src/catalog/records.ts'

const id = toTopicId('MLgrI7vhSz9bltcBNUkHWw')
const otherId = toTopicId('W0iRQT_xt-Cm00hjnNNnSA')

function imageWithTopic(name = 'a'): MetadataImage {
  const image = new MetadataImage()
  image.apply(topicRecord(name, id))
  image.apply(newPartitionRecord(id, 0, { replicas: [1], directory: 'd' }))
  return image
}

describe('the metadata image', () => {
  test('a new leader raises both epochs', () => {
    const image = imageWithTopic()
    image.apply(leaderChangeRecord(id, 0, { leader: noLeader, isr: null }))
    expect(image.topic('a')?.partitions[0]).toMatchObject({ leader: -1, leaderEpoch: 1, isr: [1] })
    image.apply(leaderChangeRecord(id, 0, { leader: 1, isr: [1] }))
    expect(image.topic('a')?.partitions[0]).toMatchObject({
      leader: 1,
      leaderEpoch: 2,
      partitionEpoch: 2,
    })
  })

  test('a topic that is made again does not have its old configs', () => {
    const image = imageWithTopic()
    image.apply(configRecord('topic', 'a', { name: 'retention.ms', value: '1' }))
    expect(image.topic('a')?.configs.get('retention.ms')).toBe('1')
    image.apply(removeTopicRecord(id))
    image.apply(topicRecord('a', otherId))
    expect(image.configs('topic', 'a').size).toBe(0)
    image.apply(configRecord('topic', 'a', { name: 'retention.ms', value: '2' }))
    expect(image.topic('a')?.configs.get('retention.ms')).toBe('2')
  })

  test('a collision is found as long as the other topic exists', () => {
    const image = imageWithTopic('a.b')
    expect(image.collidingTopic('a_b')).toBe('a.b')
    expect(image.collidingTopic('a.b')).toBeUndefined()
    expect(image.collidingTopic('ab')).toBeUndefined()
    image.apply(removeTopicRecord(id))
    expect(image.collidingTopic('a_b')).toBeUndefined()
  })

  test('a config is taken back by null, and a feature by level 0', () => {
    const image = new MetadataImage()
    image.apply(configRecord('broker', '', { name: 'min.insync.replicas', value: '1' }))
    expect(image.configuredNames('broker')).toEqual([''])
    image.apply(configRecord('broker', '', { name: 'min.insync.replicas', value: null }))
    expect(image.configuredNames('broker')).toEqual([])
    image.apply(featureLevelRecord('metadata.version', 25))
    expect(image.features.get('metadata.version')).toBe(25)
    image.apply(featureLevelRecord('metadata.version', 0))
    expect(image.features.size).toBe(0)
  })

  test('a registration is fenced and unfenced by its epoch only', () => {
    const image = new MetadataImage()
    const data = { brokerId: 1, brokerEpoch: 7, incarnationId: 'i', rack: null, fenced: true }
    image.apply({
      type: 'RegisterBroker',
      data: {
        ...data,
        isMigratingZkBroker: false,
        endPoints: [],
        features: [],
        inControlledShutdown: false,
        logDirs: [],
        cordonedLogDirs: null,
      },
    })
    const change = { brokerId: 1, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null }
    image.apply({
      type: 'BrokerRegistrationChange',
      data: { ...change, brokerEpoch: 6, fenced: -1 },
    })
    expect(image.broker(1)?.fenced).toBe(true)
    image.apply({
      type: 'BrokerRegistrationChange',
      data: { ...change, brokerEpoch: 7, fenced: -1 },
    })
    expect(image.broker(1)?.fenced).toBe(false)
    image.apply({ type: 'UnregisterBroker', data: { brokerId: 1, brokerEpoch: 7 } })
    expect(image.broker(1)).toBeUndefined()
  })

  test('records that contradict the image stop the broker', () => {
    const image = imageWithTopic()
    const broker = { brokerId: 1, brokerEpoch: 1 }
    image.apply(producerIdsRecord(broker, 1000))
    const gap = newPartitionRecord(id, 5, { replicas: [1], directory: 'd' })
    for (const record of [
      topicRecord('a', otherId),
      topicRecord('b', id),
      gap,
      removeTopicRecord(otherId),
      producerIdsRecord(broker, 0),
    ]) {
      expect(() => image.apply(record)).toThrow(AssertionFailure)
    }
  })
})
