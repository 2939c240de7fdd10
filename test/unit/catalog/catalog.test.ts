// The catalog commits in order, all or nothing, and tells its subscribers.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { Catalog } from '../../../src/catalog/catalog.ts'
import type { CatalogJournal } from '../../../src/catalog/catalog.ts'
import {
  configRecord,
  newPartitionRecord,
  removeTopicRecord,
  topicRecord,
  unassignedDirectory,
} from '../../../src/catalog/records.ts'
import type { MetadataRecord } from '../../../src/catalog/records.ts'
import { KafkaError } from '../../../protocol/errors.ts'

const id = toTopicId('MLgrI7vhSz9bltcBNUkHWw')
const identity = { clusterId: 'c', nodeId: 1, directoryIds: ['yZc-Tb1eSB65A4eGrMSmIw'] }

class FakeJournal implements CatalogJournal {
  lastOffset = -1
  readonly commits: (readonly MetadataRecord[])[] = []
  mode: 'now' | 'later' | 'fail' = 'now'

  append(records: readonly MetadataRecord[]): void | Promise<void> {
    if (this.mode === 'fail') throw new KafkaError('KAFKA_STORAGE_ERROR', 'disk full')
    this.commits.push(records)
    this.lastOffset += records.length
    return this.mode === 'later' ? Promise.resolve() : undefined
  }
}

function partition(number: number): MetadataRecord {
  return newPartitionRecord(id, number, { replicas: [1], directory: unassignedDirectory })
}

describe('the catalog', () => {
  test('a committed topic is found by name and by id, and no more after its removal', async () => {
    const catalog = new Catalog(identity, new FakeJournal())
    await catalog.commit([topicRecord('a', id), partition(0)])
    expect(catalog.topic('a')).toBe(catalog.topicById(id))
    expect(catalog.topic('a')?.partitions).toMatchObject([
      { partition: 0, leader: 1, leaderEpoch: 0 },
    ])
    expect([catalog.topicCount, catalog.partitionCount]).toEqual([1, 1])
    await catalog.commit([removeTopicRecord(id)])
    expect(catalog.topic('a')).toBeUndefined()
    expect(catalog.topicById(id)).toBeUndefined()
    expect([catalog.topicCount, catalog.partitionCount]).toEqual([0, 0])
  })

  test('a commit on a synchronous journal is done when it returns', () => {
    const catalog = new Catalog(identity, new FakeJournal())
    expect(catalog.commit([topicRecord('a', id), partition(0)])).toBeUndefined()
    expect(catalog.topic('a')).toBeDefined()
  })

  test('closing waits for changes that were taken, and takes no more', async () => {
    const journal = new FakeJournal()
    journal.mode = 'later'
    const catalog = new Catalog(identity, journal)
    const taken = [catalog.commit([topicRecord('a', id)]), catalog.commit([partition(0)])]
    await catalog.close()
    expect(journal.commits).toHaveLength(2)
    expect(catalog.partitionCount).toBe(1)
    for (const each of taken) await each
    expect(() => catalog.commit([partition(1)])).toThrow(KafkaError)
  })

  test('nothing is applied or told when the journal refuses', () => {
    const journal = new FakeJournal()
    const catalog = new Catalog(identity, journal)
    const told: string[] = []
    catalog.subscribe({ topicCreated: ({ name }) => told.push(name) })
    journal.mode = 'fail'
    expect(() => catalog.commit([topicRecord('a', id)])).toThrow(KafkaError)
    expect(catalog.topic('a')).toBeUndefined()
    expect(told).toEqual([])
  })

  test('subscribers hear of a commit once per topic, after all of it is applied', async () => {
    const catalog = new Catalog(identity, new FakeJournal())
    const told: unknown[] = []
    const unsubscribe = catalog.subscribe({
      topicCreated: (topic) => told.push(['created', topic.name, topic.partitions.length]),
      partitionsAdded: (topic, first) => told.push(['added', first, topic.partitions.length]),
      topicDeleted: (topic) => told.push(['deleted', topic.name, topic.partitions.length]),
      topicConfigChanged: (topic) => told.push(['config', [...topic.configs]]),
      brokerConfigChanged: (name) => told.push(['broker', name]),
      groupConfigChanged: (name) => told.push(['group', name]),
    })
    const config = { name: 'retention.ms', value: '5' }
    await catalog.commit([topicRecord('a', id), configRecord('topic', 'a', config), partition(0)])
    await catalog.commit([partition(1), partition(2)])
    await catalog.commit([configRecord('topic', 'a', { name: 'retention.ms', value: null })])
    await catalog.commit([configRecord('broker', '', config), configRecord('group', 'g', config)])
    await catalog.commit([removeTopicRecord(id)])
    unsubscribe()
    await catalog.commit([topicRecord('a', id)])
    expect(told).toEqual([
      ['created', 'a', 1],
      ['added', 1, 3],
      ['config', []],
      ['broker', ''],
      ['group', 'g'],
      ['deleted', 'a', 3],
    ])
  })

  test('changes are decided one after another, each on the result of the one before', async () => {
    const journal = new FakeJournal()
    journal.mode = 'later'
    const catalog = new Catalog(identity, journal)
    const create = () =>
      catalog.change((image) =>
        image.topic('a') === undefined
          ? { records: [topicRecord('a', id), partition(0)], answer: 'created' }
          : { records: [], answer: 'exists' },
      )
    expect(await Promise.all([create(), create(), create()])).toEqual([
      'created',
      'exists',
      'exists',
    ])
    expect(journal.commits).toHaveLength(1)
    journal.mode = 'now'
    expect(catalog.commit([partition(1)])).toBeUndefined()
  })

  test('a change that fails does not fail those behind it', async () => {
    const journal = new FakeJournal()
    journal.mode = 'later'
    const catalog = new Catalog(identity, journal)
    const first = catalog.commit([topicRecord('a', id)])
    const second = Promise.resolve(
      catalog.change(() => {
        journal.mode = 'fail'
        return { records: [partition(0)], answer: null }
      }),
    )
    const third = catalog.change(() => {
      journal.mode = 'now'
      return { records: [partition(0)], answer: 'fine' }
    })
    await first
    await expect(second).rejects.toThrow('KAFKA_STORAGE_ERROR')
    expect(await third).toBe('fine')
    expect(catalog.partitionCount).toBe(1)
  })

  test('a new replica is in the only directory, and unassigned where there are several', () => {
    const two = { ...identity, directoryIds: ['a', 'b'] }
    expect(new Catalog(identity, new FakeJournal()).newReplicaDirectory).toBe(
      identity.directoryIds[0],
    )
    expect(new Catalog(two, new FakeJournal()).newReplicaDirectory).toBe(unassignedDirectory)
  })
})
