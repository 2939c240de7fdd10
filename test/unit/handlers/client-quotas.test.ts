import { expect, test } from 'vitest'
import { SimBroker } from '../../support/sim-broker.ts'

const alice = [{ entityType: 'user', entityName: 'alice' }]
const op = (value: number) => [{ key: 'producer_byte_rate', value, remove: false }]

test('quotas are kept through a restart', async () => {
  const broker = await SimBroker.start()
  const request = { entries: [{ entity: alice, ops: op(1000) }], validateOnly: false }
  const altered = await broker.ask('AlterClientQuotas', 1, request)
  expect(altered.entries).toMatchObject([{ errorCode: 0, errorMessage: null, entity: alice }])
  await broker.core.close()
  const again = await SimBroker.start({}, { disk: broker.disk })
  const found = await again.ask('DescribeClientQuotas', 1, { components: [], strict: false })
  expect(found).toMatchObject({
    errorCode: 0,
    errorMessage: '',
    entries: [{ entity: alice, values: [{ key: 'producer_byte_rate', value: 1000 }] }],
  })
  await again.core.close()
})

test('an entity’s quotas are listed as Kafka lists them, whatever the order they were set in', async () => {
  const broker = await SimBroker.start()
  const keys = ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage']
  const ops = keys.map((key) => ({ key, value: 10, remove: false }))
  const entries = [{ entity: alice, ops }]
  await broker.ask('AlterClientQuotas', 1, { entries, validateOnly: false })
  const found = await broker.ask('DescribeClientQuotas', 1, { components: [], strict: false })
  expect(found.entries?.[0]?.values.map(({ key }) => key)).toEqual([
    'consumer_byte_rate',
    'request_percentage',
    'producer_byte_rate',
  ])
  await broker.core.close()
})

test('validateOnly answers and changes nothing; refused entities do not hold up others', async () => {
  const broker = await SimBroker.start()
  const entries = [
    { entity: alice, ops: op(1000) },
    { entity: [{ entityType: 'user', entityName: '' }], ops: op(1) },
  ]
  const describe = () => broker.ask('DescribeClientQuotas', 1, { components: [], strict: false })
  const checked = await broker.ask('AlterClientQuotas', 1, { entries, validateOnly: true })
  expect(checked.entries.map((entry) => entry.errorCode)).toEqual([0, 42])
  expect((await describe()).entries).toEqual([])
  await broker.ask('AlterClientQuotas', 1, { entries, validateOnly: false })
  expect((await describe()).entries).toHaveLength(1)
  await broker.core.close()
})

test('a filter that makes no sense is refused as a whole', async () => {
  const broker = await SimBroker.start()
  const components = [{ entityType: 'foo', matchType: 2, match: null }]
  const refused = await broker.ask('DescribeClientQuotas', 1, { components, strict: false })
  expect(refused).toMatchObject({ errorCode: 35, entries: null })
  await broker.core.close()
})
