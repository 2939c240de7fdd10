// UpdateFeatures raises and lowers levels, all or none.
import { expect, test } from 'vitest'
import { handleUpdateFeatures } from '../../../src/handlers/update-features.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

const [upgrade, safe, unsafe] = [1, 2, 3]
const elr = 'eligible.leader.replicas.version'

async function update(
  broker: AdminBroker,
  updates: readonly [feature: string, level: number, type: number][],
  { validateOnly = false, version = 2 } = {},
) {
  const featureUpdates = updates.map(([feature, maxVersionLevel, upgradeType]) => ({
    feature,
    maxVersionLevel,
    upgradeType,
    allowDowngrade: upgradeType !== upgrade,
  }))
  const request = { timeoutMs: 1000, featureUpdates, validateOnly }
  return answerOf(handleUpdateFeatures(broker.services, request, broker.context(version)))
}

test('levels go up and down, and the log keeps them', async () => {
  const broker = await createAdminBroker()
  expect(await update(broker, [['metadata.version', 30, upgrade]])).toMatchObject({ errorCode: 0 })
  expect(broker.catalog.features.get('metadata.version')).toBe(30)
  expect(await update(broker, [[elr, 0, safe]])).toMatchObject({ errorCode: 0 })
  expect(broker.catalog.features.has(elr)).toBe(false)
  await update(broker, [[elr, 1, upgrade]])
  expect(broker.catalog.features.get(elr)).toBe(1)
  expect(broker.catalog.configs('broker', '').get('min.insync.replicas')).toBe('1')
})

test('validateOnly and the level that is there change nothing', async () => {
  const broker = await createAdminBroker()
  const before = broker.catalog.lastOffset
  expect(await update(broker, [[elr, 0, unsafe]], { validateOnly: true })).toMatchObject({
    errorCode: 0,
  })
  expect(await update(broker, [[elr, 1, upgrade]])).toMatchObject({ errorCode: 0, results: [] })
  expect(await update(broker, [['kraft.version', 1, upgrade]])).toMatchObject({ errorCode: 0 })
  expect(broker.catalog.lastOffset).toBe(before)
})

test('up to version 1 each feature has a result; version 0 says allowDowngrade', async () => {
  const broker = await createAdminBroker()
  const results = [{ feature: elr, errorCode: 0 }]
  expect(await update(broker, [[elr, 0, safe]], { version: 0 })).toMatchObject({ results })
  expect(await update(broker, [[elr, 1, upgrade]], { version: 1 })).toMatchObject({ results })
})

test.each<[string, number, number]>([
  ['no.such', 1, upgrade],
  [elr, 99, upgrade],
  [elr, -1, upgrade],
  [elr, 0, upgrade],
  [elr, 1, 0],
  [elr, 1, 9],
  ['metadata.version', 34, upgrade],
  ['metadata.version', 26, safe],
  ['metadata.version', 7, safe],
  ['metadata.version', 7, unsafe],
  ['metadata.version', 0, unsafe],
  ['kraft.version', 0, safe],
])('%s to level %i by type %i is refused, with all that came along', async (...wanted) => {
  const broker = await createAdminBroker()
  const before = broker.catalog.lastOffset
  const answer = await update(broker, [['metadata.version', 30, upgrade], wanted])
  expect(answer).toMatchObject({ errorCode: 95, results: [] })
  expect(broker.catalog.lastOffset).toBe(before)
})

test('the cluster’s right to alter is needed', async () => {
  const broker = await createAdminBroker()
  broker.denied.add('alter cluster *')
  expect(await update(broker, [])).toMatchObject({ errorCode: 31 })
})
