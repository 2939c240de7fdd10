// What the metadata says of log directories follows where storage puts replicas.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { planDirectories } from '../../../src/catalog/replica-directories.ts'
import { unassignedDirectory } from '../../../src/catalog/records.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const topicId = toTopicId('aaaaaaaaaaaaaaaaaaaaaA')
const place = { topicId, partition: 0, directoryId: 'D1' }

function imageWith(replicas: number[], directories: string[]) {
  const partition = { partition: 0, replicas, directories }
  return { topicById: () => ({ partitions: [partition] }) } as never
}

describe('a record is written', () => {
  test('where the own replica lies elsewhere, and other nodes’ replicas stay', () => {
    const [record] = planDirectories(imageWith([2, 1], ['D2', 'D0']), 1, [place])
    expect(record?.data).toMatchObject({ directories: ['D2', 'D1'], leader: -2, replicas: null })
  })

  test('where nothing was said yet', () => {
    const [record] = planDirectories(imageWith([2, 1], []), 1, [place])
    expect(record?.data).toMatchObject({ directories: [unassignedDirectory, 'D1'] })
  })

  test.each([
    ['what is said already', imageWith([1], ['D1'])],
    ['a replica of others', imageWith([2], ['D2'])],
    ['a topic that is gone', { topicById: () => undefined } as never],
  ])('not for %s', (_what, image) => {
    expect(planDirectories(image, 1, [place])).toEqual([])
  })
})

describe('with several log directories', () => {
  const settings = { 'log.dirs': '/data,/more' }
  const directoriesOf = (sim: SimBroker, topic: string): (string | undefined)[] =>
    sim.core.services.catalog
      .topic(topic)!
      .partitions.map(({ directories: [directory] }) => directory)

  const recorded = async (sim: SimBroker): Promise<void> => {
    sim.clock.advance(1)
    // A change waits for its sync.
    await new Promise((resolve) => setImmediate(resolve))
  }

  test('each new partition has the directory that it was put in, in one change', async () => {
    const sim = await SimBroker.start(settings)
    await sim.createTopic('orders', 2)
    const { catalog } = sim.core.services
    const before = catalog.lastOffset
    expect(directoriesOf(sim, 'orders')).toEqual([unassignedDirectory, unassignedDirectory])
    await recorded(sim)
    expect(new Set(directoriesOf(sim, 'orders'))).toEqual(new Set(sim.core.storage.directoryIds))
    expect(catalog.lastOffset).toBe(before + 2)
    await recorded(sim)
    expect(catalog.lastOffset).toBe(before + 2)
  })

  test('what was moved by hand while the broker was down is noticed at the start', async () => {
    const sim = await SimBroker.start(settings)
    await sim.createTopic('orders', 1)
    await recorded(sim)
    const [first] = directoriesOf(sim, 'orders')
    const from = sim.core.storage.partition('orders', 0)!
    const path = from instanceof Object && 'directory' in from ? String(from.directory) : ''
    await sim.core.close()
    sim.disk.rename(path, path.startsWith('/data') ? '/more/orders-0' : '/data/orders-0')
    const again = await SimBroker.start(settings, { disk: sim.disk })
    await recorded(again)
    const [second] = directoriesOf(again, 'orders')
    expect(second).not.toBe(first)
    expect(again.core.storage.directoryIds).toContain(second)
  })
})
