// UnregisterBroker forgets other nodes, never this one.
import { expect, test } from 'vitest'
import { handleUnregisterBroker } from '../../../src/handlers/unregister-broker.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

async function unregister(broker: AdminBroker, brokerId: number): Promise<number> {
  const handled = handleUnregisterBroker(broker.services, { brokerId }, broker.context(0))
  return (await answerOf(handled)).errorCode
}

test('this node, unknown nodes and the unauthorized are refused', async () => {
  const broker = await createAdminBroker()
  expect(await unregister(broker, 1)).toBe(42)
  expect(await unregister(broker, 42)).toBe(102)
  broker.denied.add('alter cluster *')
  expect(await unregister(broker, 42)).toBe(31)
  expect(broker.catalog.registration).toBeDefined()
})

test('a node that is gone for good is forgotten', async () => {
  const broker = await createAdminBroker()
  const registration = broker.catalog.registration
  if (registration === undefined) throw new Error('this broker is not registered')
  await broker.catalog.commit([
    {
      type: 'RegisterBroker',
      data: {
        ...registration,
        brokerId: 2,
        isMigratingZkBroker: false,
        endPoints: [],
        features: [],
        inControlledShutdown: false,
        logDirs: [],
        cordonedLogDirs: [],
      },
    },
  ])
  expect(await unregister(broker, 2)).toBe(0)
  expect(broker.catalog.image.broker(2)).toBeUndefined()
})
