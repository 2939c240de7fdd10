// The metadata as one reads it who is not the broker: what the broker has, while it runs, and nothing changed by it.
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/io/logger.ts'
import { readMetadata } from '../../../src/storage/read-metadata.ts'
import type { SimDisk } from '../../../src/testing/sim-disk.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const directory = '/data/__cluster_metadata-0'

async function setCluster(broker: SimBroker, name: string, value: string): Promise<void> {
  const { responses } = await broker.ask('IncrementalAlterConfigs', 1, {
    resources: [
      { resourceType: 4, resourceName: '', configs: [{ name, configOperation: 0, value }] },
    ],
    validateOnly: false,
  })
  expect(responses[0]?.errorMessage).toBeNull()
}

function read({ disk, clock }: { disk: SimDisk; clock: SimBroker['clock'] }) {
  return readMetadata(['/elsewhere', '/data'], { disk, clock, logger: silentLogger })
}

/** Every file with its bytes. */
function filesOf(disk: SimDisk): ReadonlyMap<string, string> {
  return new Map(
    disk
      .list(directory)
      .map((name) => [name, disk.readFile(`${directory}/${name}`).toString('latin1')]),
  )
}

describe('the metadata beside a running broker', () => {
  test('is what the broker has, and stays as it is', async () => {
    const broker = await SimBroker.start()
    await broker.createTopic('orders', 2, { 'retention.ms': '5' })
    await setCluster(broker, 'log.retention.ms', '1000000')
    const before = filesOf(broker.disk)
    const image = await read(broker)
    expect(image?.topic('orders')?.configs).toEqual(new Map([['retention.ms', '5']]))
    expect(image?.configs('broker', '').get('log.retention.ms')).toBe('1000000')
    expect(filesOf(broker.disk)).toEqual(before)
    await setCluster(broker, 'log.retention.ms', '2000000')
    expect((await read(broker))?.configs('broker', '').get('log.retention.ms')).toBe('2000000')
  })

  test('is found behind snapshots too, and without the log that they stand for', async () => {
    const broker = await SimBroker.start({
      'metadata.log.max.record.bytes.between.snapshots': '100',
    })
    for (const value of ['1', '2', '3', '4']) {
      await setCluster(broker, 'log.retention.ms', `${value}000000`)
      await new Promise((next) => setImmediate(next))
    }
    const snapshots = broker.disk.list(directory).filter((name) => name.endsWith('.checkpoint'))
    expect(snapshots.length).toBeGreaterThan(0)
    expect((await read(broker))?.configs('broker', '').get('log.retention.ms')).toBe('4000000')
    broker.disk.remove(`${directory}/00000000000000000000.log`)
    expect((await read(broker))?.configs('broker', '').get('log.retention.ms')).toMatch(
      /^\d000000$/,
    )
  })

  test('ends where a batch is not whole', async () => {
    const broker = await SimBroker.start()
    await setCluster(broker, 'log.retention.ms', '1000000')
    const name = `${directory}/00000000000000000000.log`
    const whole = broker.disk.fileSize(name)
    await setCluster(broker, 'log.retention.ms', '2000000')
    for (const cut of [1, 30]) {
      const file = broker.disk.open(name, 'write')
      file.truncate(broker.disk.fileSize(name) - cut)
      file.close()
      expect(broker.disk.fileSize(name)).toBeGreaterThan(whole)
      expect((await read(broker))?.configs('broker', '').get('log.retention.ms')).toBe('1000000')
    }
  })
})

test('a directory in which no broker has started has no metadata', async () => {
  const broker = await SimBroker.start()
  const ports = { disk: broker.disk, clock: broker.clock, logger: silentLogger }
  expect(await readMetadata(['/elsewhere'], ports)).toBeNull()
})
