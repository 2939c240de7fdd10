import { expect, test } from 'vitest'
import { SimBroker } from '../support/sim-broker.ts'

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
