// ListConfigResources names what has configs.
import { expect, test } from 'vitest'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { configRecord } from '../../../src/catalog/records.ts'
import { handleListConfigResources } from '../../../src/handlers/list-config-resources.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

async function brokerWithAll(): Promise<AdminBroker> {
  const broker = await createAdminBroker()
  await createMissingTopics(broker.catalog, ['a'], broker.services)
  await broker.catalog.commit([
    configRecord('clientMetrics', 'm', { name: 'interval.ms', value: '500' }),
    configRecord('group', 'g', { name: 'consumer.session.timeout.ms', value: '50000' }),
  ])
  return broker
}

async function list(broker: AdminBroker, version: number, resourceTypes: number[]) {
  const context = broker.context(version)
  const answer = await answerOf(
    handleListConfigResources(broker.services, { resourceTypes }, context),
  )
  const found = answer.configResources.map((one) => `${one.resourceType} ${one.resourceName}`)
  return { error: answer.errorCode, found }
}

test('without types all resources are listed, in version 0 only client metrics', async () => {
  const broker = await brokerWithAll()
  expect(await list(broker, 1, [])).toEqual({
    error: 0,
    found: ['2 a', '4 1', '8 1', '16 m', '32 g'],
  })
  expect(await list(broker, 0, [])).toEqual({ error: 0, found: ['16 m'] })
})

test('only the types that were asked for are listed', async () => {
  expect((await list(await brokerWithAll(), 1, [32, 4])).found).toEqual(['32 g', '4 1'])
})

test('an unknown type, or no right to describe the cluster’s configs, fails the request', async () => {
  const broker = await brokerWithAll()
  expect(await list(broker, 1, [2, 77])).toEqual({ error: 35, found: [] })
  broker.denied.add('describe-configs cluster *')
  expect(await list(broker, 1, [])).toEqual({ error: 31, found: [] })
})
