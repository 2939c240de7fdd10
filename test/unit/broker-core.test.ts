import { expect, test } from 'vitest'
import { SimBroker } from '../support/sim-broker.ts'

test('what is in the metadata log counts, though the disk had no room to sync it', async () => {
  const broker = await SimBroker.start()
  broker.disk.fail({
    call: 'write',
    path: '__cluster_metadata-0/00000000000000000000.index',
    code: 'ENOSPC',
  })
  const refused: string[] = []
  for (let n = 0; refused.length === 0; n++) {
    await broker.createTopic(`t${n}`).catch(() => refused.push(`t${n}`))
  }
  const [name = ''] = refused
  await expect(broker.createTopic(name)).rejects.toThrow(`Topic '${name}' already exists.`)
  broker.disk.heal()
  await broker.createTopic('later')
  const again = await SimBroker.start({}, { disk: broker.disk.kill() })
  const { topics } = await again.ask('Metadata', 12, { topics: [{ name }, { name: 'later' }] })
  expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, 0])
})

test('a broker whose metadata cannot be written any more stops in order all the same', async () => {
  const broker = await SimBroker.start()
  await broker.createTopic('kept')
  broker.disk.fail({ call: 'sync', path: '__cluster_metadata', code: 'EIO' })
  await expect(broker.createTopic('refused')).rejects.toThrow('not created')
  await broker.core.close()
  expect(broker.bugs).toEqual([])
  const disk = broker.disk.kill()
  expect(disk.exists('/data/.kafka_cleanshutdown')).toBe(false)
  const again = await SimBroker.start({}, { disk })
  const { topics } = await again.ask('Metadata', 12, { topics: null })
  expect(topics.map(({ name }) => name)).toContain('kept')
})
