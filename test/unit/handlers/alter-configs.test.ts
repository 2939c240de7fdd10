// AlterConfigs: what it does not name goes.
import { describe, expect, test } from 'vitest'
import { SimBroker } from '../../support/sim-broker.ts'

async function alter(
  broker: SimBroker,
  resource: { type: number; name: string; configs: Record<string, string | null> },
): Promise<number | undefined> {
  const configs = Object.entries(resource.configs).map(([name, value]) => ({ name, value }))
  const { responses } = await broker.ask('AlterConfigs', 2, {
    resources: [{ resourceType: resource.type, resourceName: resource.name, configs }],
    validateOnly: false,
  })
  return responses[0]?.errorCode
}

describe('AlterConfigs', () => {
  test('replaces all that a topic had', async () => {
    const broker = await SimBroker.start()
    await broker.createTopic('a', 1, { 'retention.ms': '5', 'segment.ms': '6' })
    expect(await alter(broker, { type: 2, name: 'a', configs: { 'retention.ms': '7' } })).toBe(0)
    expect([...broker.core.services.catalog.configs('topic', 'a')]).toEqual([['retention.ms', '7']])
    expect(await alter(broker, { type: 2, name: 'a', configs: {} })).toBe(0)
    expect(broker.core.services.catalog.configs('topic', 'a').size).toBe(0)
  })

  test('a broker’s values are replaced and in force', async () => {
    const broker = await SimBroker.start()
    await alter(broker, { type: 4, name: '1', configs: { 'max.connections': '7' } })
    await alter(broker, { type: 4, name: '1', configs: { 'message.max.bytes': '9' } })
    const { config } = broker.core.services
    expect([config.maxConnections, config.messageMaxBytes]).toEqual([2 ** 31 - 1, 9])
  })

  test.each([
    [{ type: 2, name: 'a', configs: { 'retention.ms': null } }, 42],
    [{ type: 2, name: 'a', configs: { 'no.such': '1' } }, 40],
    [{ type: 2, name: 'nope', configs: {} }, 3],
    [{ type: 8, name: '1', configs: { root: 'DEBUG' } }, 42],
    [{ type: 4, name: '', configs: { 'message.max.bytes': '5' } }, 40],
    [{ type: 4, name: '1', configs: { 'num.partitions': '5' } }, 42],
  ])('%o is refused', async (resource, error) => {
    const broker = await SimBroker.start()
    await broker.createTopic('a')
    expect(await alter(broker, resource)).toBe(error)
  })
})
